//! `replace_regex`, and the old `replace` with its arguments the other way round.
//!
//! The rewrite refers to groups as `\1`; the regex crate wants `${1}`, so it is translated once.

use std::sync::Arc;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    pattern::{constant, constant_text},
    read::strings,
    types::STRING,
};
use crate::{
    args::{Args, most_text, out_texts, too_much_text},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const REPLACE_REGEX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "replace_regex",
        params: &[
            Param::any("text"),
            Param::of("regex", STRING).fixed(),
            Param::of("rewrite", STRING).fixed(),
        ],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: r"The text with every match of the pattern replaced; `\1` in the rewrite is the first \
               group's match, `\0` the whole one.",
        examples: &[
            (r"replace_regex('Number is 1', @'is (\d+)', @'was: \1')", "Number was: 1"),
            (r"replace_regex('a$b', @'\$', '$1')", "a$1b"),
        ],
    },
    lower: Lower::Bound(|call| lower(call, [0, 1, 2])),
};

pub(in super::super) const REPLACE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "replace",
        params: &[
            Param::of("regex", STRING).fixed(),
            Param::of("rewrite", STRING).fixed(),
            Param::any("text"),
        ],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The old form of `replace_regex`, with the text last.",
        examples: &[(r"replace('b+', '-', 'abba')", "a-a")],
    },
    lower: Lower::Bound(|call| lower(call, [2, 0, 1])),
};

fn lower(call: &Call<'_>, [text, regex, rewrite]: [usize; 3]) -> Result<Kernel, EngineError> {
    let regex = constant(call, regex)?;
    let rewrite = translate(constant_text(call, rewrite)?);
    Ok(Arc::new(move |args: &Args<'_>| {
        let source = strings(args, text)?;
        // Every letter may be a match, and every piece of the rewrite the whole text.
        let longest = |row: usize| (source.get(row).len() + 1).saturating_mul(rewrite.len());
        if (0..args.rows()).any(|row| longest(row) > most_text()) {
            return Err(too_much_text());
        }
        Ok(out_texts(args.rows(), |row| Some(regex.replace_all(source.get(row), rewrite.as_str()))))
    }))
}

fn translate(rewrite: &str) -> String {
    let mut out = String::with_capacity(rewrite.len());
    let mut letters = rewrite.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '$' => out.push_str("$$"),
            '\\' => match letters.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    out.push_str("${");
                    out.push(digit);
                    out.push('}');
                }
                Some('\\') | None => out.push('\\'),
                Some(other) => {
                    out.push('\\');
                    out.push_str(if other == '$' { "$$" } else { "" });
                    if other != '$' {
                        out.push(other);
                    }
                }
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translates() {
        assert_eq!(translate(r"\1-$1\\\x\"), r"${1}-$$1\\x\");
    }
}

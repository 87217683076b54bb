//! `parse_command_line`: a Windows command line as its arguments, by the rules that C programs there
//! follow: blanks part arguments, quotes hold blanks, and backslashes matter only before a quote.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{pattern::constant_text, read::strings, types::STRING};
use std::sync::Arc;

use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const PARSE_COMMAND_LINE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_command_line",
        params: &[Param::any("command"), Param::of("parser", STRING).fixed()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The arguments of a Windows command line as an array. The parser must be `windows`.",
        examples: &[(
            r#"parse_command_line('echo "hello world!" a\\b', 'windows')"#,
            r#"["echo","hello world!","a\\b"]"#,
        )],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let parser = constant_text(call, 1)?;
    if !parser.eq_ignore_ascii_case("windows") {
        return Err(EngineError::refused(format!("`{parser}` is no parser; there is `windows`")));
    }
    Ok(Arc::new(|args: &Args<'_>| {
        let text = strings(args, 0)?;
        Ok(out_json(args.rows(), |row| {
            let found = parse(text.get(row));
            if found.is_empty() { Json::Null } else { Json::from(found) }
        }))
    }))
}

fn parse(command: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut letters = command.chars().peekable();
    let mut current: Option<String> = None;
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' | '\r' if !quoted => out.extend(current.take()),
            '\\' => {
                let mut count = 1;
                while letters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let argument = current.get_or_insert_default();
                if letters.peek() == Some(&'"') {
                    // Pairs are backslashes; one left over makes the quote a plain letter.
                    argument.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        letters.next();
                        argument.push('"');
                    }
                } else {
                    argument.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' => {
                let argument = current.get_or_insert_default();
                if quoted && letters.next_if_eq(&'"').is_some() {
                    argument.push('"');
                } else {
                    quoted = !quoted;
                }
            }
            other => current.get_or_insert_default().push(other),
        }
    }
    out.extend(current);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_rules() {
        assert_eq!(parse(r#""a b" c"#), ["a b", "c"]);
        assert_eq!(parse(r#"a\\\"b c:\dir\ "" d"#), [r#"a\"b"#, r"c:\dir\", "", "d"]);
        assert_eq!(parse(r#""a \\" b"#), [r"a \", "b"]);
        assert_eq!(parse("  "), Vec::<String>::new());
        assert_eq!(parse(r#""open"#), ["open"]);
    }
}

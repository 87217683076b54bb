//! `substring`: characters of a text by position.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{read::strings, types::LONG};
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SUBSTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "substring",
        params: &[Param::any("text"), Param::of("start", LONG), Param::of("length", LONG).opt()],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The characters from `start` (from zero) on, at most `length` of them. A negative \
              start counts from the end. Past the text there is nothing.",
        examples: &[
            ("substring('abcdefg', 2)", "cdefg"),
            ("substring('abcdefg', 5, 10)", "fg"),
            ("substring('language', -3, 2)", "ag"),
            ("substring('abc', -10)", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, start) = (strings(args, 0)?, args.longs(1)?);
    let length = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    Ok(out_texts(args.rows(), |row| {
        let length = match &length {
            Some(length) => length.get(row)?,
            None => i64::MAX,
        };
        Some(cut(text.get(row), start.get(row)?, length))
    }))
}

/// The characters `start..start + length`, as a slice.
pub(super) fn cut(text: &str, start: i64, length: i64) -> &str {
    let Some(from) = byte_at(text, start) else { return "" };
    let rest = text.get(from..).unwrap_or("");
    match usize::try_from(length) {
        Err(_) | Ok(0) => "",
        Ok(length) if length >= rest.len() => rest,
        Ok(length) => {
            let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
            rest.get(..end).unwrap_or("")
        }
    }
}

/// Where the character at this position begins; the end is a position, nothing past it is.
fn byte_at(text: &str, position: i64) -> Option<usize> {
    if position < 0 {
        let back = usize::try_from(position.unsigned_abs()).ok()?;
        return text.char_indices().rev().nth(back - 1).map(|(at, _)| at);
    }
    let position = usize::try_from(position).ok()?;
    if text.is_ascii() {
        return (position <= text.len()).then_some(position);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_characters() {
        assert_eq!(cut("naïve", 2, 2), "ïv");
        assert_eq!(cut("naïve", -3, 1), "ï");
        assert_eq!(cut("naïve", 5, 1), "");
        assert_eq!(cut("naïve", 6, 1), "");
        assert_eq!(cut("abc", 1, 0), "");
        assert_eq!(cut("abc", 1, -1), "");
        assert_eq!(cut("abc", i64::MIN, i64::MAX), "");
        assert_eq!(cut("abc", i64::MAX, i64::MAX), "");
    }
}

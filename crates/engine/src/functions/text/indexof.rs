//! `indexof`, `indexof_regex`: where something stands in a text, in characters from zero.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    pattern::constant,
    read::strings,
    types::{LONG, STRING},
};
use crate::{
    args::{Args, Longs, out_longs},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const INDEXOF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "indexof",
        params: &[
            Param::any("text"),
            Param::any("lookup"),
            Param::of("start", LONG).opt(),
            Param::of("length", LONG).opt(),
            Param::of("occurrence", LONG).opt(),
        ],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The position of `lookup`, or -1. The search may begin at `start` (from the end when \
              negative), be limited to `length` characters, and look for a later occurrence. Null \
              for an empty lookup.",
        examples: &[
            ("indexof('abcabc', 'c')", "2"),
            ("indexof('abcabc', 'c', 3)", "5"),
            ("indexof('abcabc', 'a', 0, -1, 2)", "3"),
            ("indexof('abc', 'x')", "-1"),
        ],
    },
    lower: Lower::Rows(plain),
};

pub(in super::super) const INDEXOF_REGEX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "indexof_regex",
        params: &[
            Param::any("text"),
            Param::of("regex", STRING).fixed(),
            Param::of("start", LONG).opt(),
            Param::of("length", LONG).opt(),
            Param::of("occurrence", LONG).opt(),
        ],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The position of a match of the pattern, or -1; with the same limits as `indexof`.",
        examples: &[
            (r"indexof_regex('abc123', @'\d')", "3"),
            (r"indexof_regex('abcabc', @'a.c', 1)", "3"),
            (r"indexof_regex('abc', @'\d')", "-1"),
        ],
    },
    lower: Lower::Bound(regex),
};

fn plain(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, lookup, limits) = (strings(args, 0)?, strings(args, 1)?, Limits::new(args)?);
    Ok(out_longs(args.rows(), |row| {
        let (text, lookup) = (text.get(row), lookup.get(row));
        if lookup.is_empty() {
            return None;
        }
        limits.search(row, text, |window, from| {
            let at = window.get(from..)?.find(lookup)? + from;
            Some((at, at + lookup.len()))
        })
    }))
}

fn regex(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let regex = constant(call, 1)?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let (text, limits) = (strings(args, 0)?, Limits::new(args)?);
        Ok(out_longs(args.rows(), |row| {
            limits.search(row, text.get(row), |window, from| {
                if from > window.len() {
                    return None;
                }
                let found = regex.find_at(window, from)?;
                Some((found.start(), found.end()))
            })
        }))
    }))
}

/// `start`, `length` and `occurrence` as far as they are given.
struct Limits(Vec<Longs>);

impl Limits {
    fn new(args: &Args<'_>) -> Result<Self, EngineError> {
        Ok(Self((2..args.len()).map(|at| args.longs(at)).collect::<Result<_, _>>()?))
    }

    /// `find` gives the bytes of the next match from a byte on.
    fn search(
        &self,
        row: usize,
        text: &str,
        find: impl Fn(&str, usize) -> Option<(usize, usize)>,
    ) -> Option<i64> {
        let limit = |at: usize, default: i64| match self.0.get(at) {
            Some(limit) => limit.get(row),
            None => Some(default),
        };
        let (start, length, occurrence) = (limit(0, 0)?, limit(1, -1)?, limit(2, 1)?);
        if length < -1 || occurrence < 1 {
            return None;
        }
        let characters = if text.is_ascii() { text.len() } else { text.chars().count() };
        let first = if start < 0 {
            characters.saturating_sub(usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX))
        } else {
            usize::try_from(start).ok()?
        };
        if first > characters {
            return Some(-1);
        }
        let byte = |character: usize| {
            if text.is_ascii() {
                return character;
            }
            text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
        };
        let end = usize::try_from(length)
            .map_or(text.len(), |length| byte(first.saturating_add(length).min(characters)));
        let window = text.get(..end)?;
        let mut from = byte(first);
        let mut found = None;
        for _ in 0..occurrence {
            let Some((at, after)) = find(window, from) else { return Some(-1) };
            found = Some(at);
            // An empty match must not be found again.
            let step = window.get(at..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8);
            from = after.max(at + step);
        }
        let before = text.get(..found?)?;
        i64::try_from(before.chars().count()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, lookup: &str) -> Option<i64> {
        Limits(Vec::new()).search(0, text, |window, from| {
            let at = window.get(from..)?.find(lookup)? + from;
            Some((at, at + lookup.len()))
        })
    }

    #[test]
    fn counts_characters() {
        assert_eq!(at("naïve", "v"), Some(3));
        assert_eq!(at("naïve", "x"), Some(-1));
    }
}

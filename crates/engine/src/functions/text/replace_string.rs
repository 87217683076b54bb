//! `replace_string`, `replace_strings`: plain texts for plain texts.

use std::borrow::Cow;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{
    read::{Jsons, json_text, strings},
    types::DYNAMIC,
};
use crate::{
    args::{Args, most_text, out_texts, too_much_text},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const REPLACE_STRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "replace_string",
        params: &[Param::any("text"), Param::any("lookup"), Param::any("rewrite")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with every occurrence of `lookup` replaced.",
        examples: &[("replace_string('abcb', 'b', '1')", "a1c1")],
    },
    lower: Lower::Rows(one),
};

pub(in super::super) const REPLACE_STRINGS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "replace_strings",
        params: &[
            Param::any("text"),
            Param::of("lookups", DYNAMIC),
            Param::of("rewrites", DYNAMIC),
        ],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with every lookup replaced by the rewrite at the same position. Lookups take \
              their turns in the order of the array; what one replaced, the next leaves alone.",
        examples: &[(
            "replace_strings('a cat, a dog', dynamic(['cat', 'dog']), dynamic(['dog', 'emu']))",
            "a dog, a emu",
        )],
    },
    lower: Lower::Rows(many),
};

fn one(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, lookup, rewrite) = (strings(args, 0)?, strings(args, 1)?, strings(args, 2)?);
    let longest = |row: usize| {
        let places = text.get(row).len() / lookup.get(row).len().max(1);
        places.saturating_mul(rewrite.get(row).len())
    };
    if (0..args.rows()).any(|row| longest(row) > most_text()) {
        return Err(too_much_text());
    }
    Ok(out_texts(args.rows(), |row| {
        let (text, lookup) = (text.get(row), lookup.get(row));
        Some(if lookup.is_empty() {
            text.to_owned()
        } else {
            text.replace(lookup, rewrite.get(row))
        })
    }))
}

fn many(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, lookups, rewrites) = (strings(args, 0)?, Jsons::new(args, 1)?, Jsons::new(args, 2)?);
    let mut too_long = false;
    let out = out_texts(args.rows(), |row| {
        let (lookups, rewrites) = (lookups.get(row), rewrites.get(row));
        let (Json::Array(lookups), Json::Array(rewrites)) = (lookups.as_ref(), rewrites.as_ref())
        else {
            return Some(text.get(row).to_owned());
        };
        let pairs = lookups.iter().zip(rewrites);
        let pairs: Vec<_> = pairs.map(|(from, to)| (json_text(from), to.as_str())).collect();
        let longest = pairs.iter().filter_map(|(_, to)| *to).map(str::len).max().unwrap_or(0);
        if text.get(row).len().saturating_mul(longest) > most_text() {
            too_long = true;
            return None;
        }
        Some(replace(text.get(row), &pairs))
    });
    if too_long { Err(too_much_text()) } else { Ok(out) }
}

/// A piece of the text: still open for later lookups, or settled by an earlier one.
enum Piece<'a> {
    Open(&'a str),
    Settled(&'a str),
}

/// Lookups take their turns, and what one has taken is closed to the next, so that a rewrite is
/// never rewritten. A rewrite that is no text leaves what it takes as it is.
fn replace(text: &str, pairs: &[(Cow<'_, str>, Option<&str>)]) -> String {
    let mut pieces = vec![Piece::Open(text)];
    for (from, to) in pairs.iter().filter(|(from, _)| !from.is_empty()) {
        let mut next = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Piece::Open(text) = piece else {
                next.push(piece);
                continue;
            };
            for (at, rest) in text.split(from.as_ref()).enumerate() {
                if at > 0 {
                    next.push(Piece::Settled(to.unwrap_or(from)));
                }
                if !rest.is_empty() {
                    next.push(Piece::Open(rest));
                }
            }
        }
        pieces = next;
    }
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Open(text) | Piece::Settled(text) => *text,
    });
    texts.collect()
}

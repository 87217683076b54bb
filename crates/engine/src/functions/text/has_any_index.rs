//! `has_any_index`: which of several terms a text has first, by the order of the terms.

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
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
    text::{
        find::Needle,
        term::{Ends, stands},
    },
};

pub(in super::super) const HAS_ANY_INDEX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "has_any_index",
        params: &[Param::any("text"), Param::of("terms", DYNAMIC)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The position in the array of the first term that stands in the text as a whole term, \
              whatever its case; -1 when none does.",
        examples: &[
            ("has_any_index('this is an example', dynamic(['not', 'example']))", "1"),
            ("has_any_index('this is an example', dynamic([]))", "-1"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, terms) = (strings(args, 0)?, Jsons::new(args, 1)?);
    // Terms nearly always are one constant array, whose needles need preparing only once.
    let once = if args.is_constant(1) { Some(needles(&terms.get(0))) } else { None };
    Ok(out_longs(args.rows(), |row| {
        let whole = Ends { start: true, end: true };
        let has = |needle: &Needle| stands(needle, text.get(row), whole);
        let found = match &once {
            Some(needles) => needles.iter().position(has),
            None => needles(&terms.get(row)).iter().position(has),
        };
        Some(found.map_or(-1, |at| at as i64))
    }))
}

fn needles(terms: &Json) -> Vec<Needle> {
    let each = |term: &Json| Needle::new(&json_text(term), true);
    terms.as_array().map_or_else(Vec::new, |terms| terms.iter().map(each).collect())
}

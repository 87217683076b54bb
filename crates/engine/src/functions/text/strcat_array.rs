//! `strcat_array`: the elements of an array as one text.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{
    read::{Jsons, json_text, strings, written},
    types::DYNAMIC,
};
use crate::{
    args::{Args, is_too_long},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const STRCAT_ARRAY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strcat_array",
        params: &[Param::of("array", DYNAMIC), Param::any("delimiter")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The texts of an array's elements in one, with the delimiter between them. What is no \
              array gives an empty text.",
        examples: &[
            ("strcat_array(dynamic([1, 2, 3]), '->')", "1->2->3"),
            ("strcat_array(dynamic([]), ',')", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const ARRAY_STRCAT: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "array_strcat", examples: &[], ..STRCAT_ARRAY.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (array, delimiter) = (Jsons::new(args, 0)?, strings(args, 1)?);
    Ok(written(args.rows(), |row, out| {
        let array = array.get(row);
        let Json::Array(elements) = array.as_ref() else { return };
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                out.push_str(delimiter.get(row));
            }
            out.push_str(&json_text(element));
            if is_too_long(out) {
                return;
            }
        }
    }))
}

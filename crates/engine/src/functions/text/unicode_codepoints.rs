//! `unicode_codepoints_from_string`, `unicode_codepoints_to_string`, and the old `to_utf8` and
//! `make_string`: a text as the numbers of its characters, and back.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::read::{jsons_from, strings, written};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const FROM_STRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "unicode_codepoints_from_string",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The code points of a text as an array.",
        examples: &[("unicode_codepoints_from_string('aé')", "[97,233]")],
    },
    lower: Lower::Rows(from_string),
};

pub(in super::super) const TO_UTF8: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "to_utf8", examples: &[], ..FROM_STRING.def },
    lower: Lower::Rows(from_string),
};

pub(in super::super) const TO_STRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "unicode_codepoints_to_string",
        params: &[Param::any("codepoint").many()],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text of code points, given one by one or in arrays. What is none is left out.",
        examples: &[("unicode_codepoints_to_string(75, dynamic([113, 108]))", "Kql")],
    },
    lower: Lower::Rows(to_string),
};

pub(in super::super) const MAKE_STRING: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "make_string", examples: &[], ..TO_STRING.def },
    lower: Lower::Rows(to_string),
};

fn from_string(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_json(args.rows(), |row| text.get(row).chars().map(|it| Json::from(it as u32)).collect()))
}

fn to_string(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let values = jsons_from(args, 0)?;
    Ok(written(args.rows(), |row, out| {
        for value in &values {
            match value.get(row).as_ref() {
                Json::Array(codes) => out.extend(codes.iter().filter_map(letter)),
                code => out.extend(letter(code)),
            }
        }
    }))
}

fn letter(code: &Json) -> Option<char> {
    char::from_u32(u32::try_from(code.as_u64()?).ok()?)
}

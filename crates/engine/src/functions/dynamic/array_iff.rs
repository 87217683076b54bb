//! `array_iff`, `array_iif`: element by element, one of two values.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{read::Jsons, types::DYNAMIC};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_IFF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_iff",
        params: &[Param::of("conditions", DYNAMIC), Param::any("then"), Param::any("otherwise")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "For each condition the element of `then` or `otherwise` at its position; either may \
              be one value for all. Numbers are true unless zero; what is neither gives null, as \
              do arrays that are too short.",
        examples: &[("array_iff(dynamic([true, false, 1]), dynamic([1, 2]), 0)", "[1,0,null]")],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const ARRAY_IIF: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "array_iif", ..ARRAY_IFF.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let conditions = Jsons::new(args, 0)?;
    let (then, otherwise) = (Jsons::new(args, 1)?, Jsons::new(args, 2)?);
    Ok(out_json(args.rows(), |row| {
        let conditions = conditions.get(row);
        let Json::Array(conditions) = conditions.as_ref() else { return Json::Null };
        let (then, otherwise) = (then.get(row), otherwise.get(row));
        let each = conditions.iter().enumerate().map(|(at, condition)| {
            let from = match condition {
                Json::Bool(true) => &then,
                Json::Bool(false) => &otherwise,
                Json::Number(number) if number.as_f64() != Some(0.0) => &then,
                Json::Number(_) => &otherwise,
                _ => return Json::Null,
            };
            match from.as_ref() {
                Json::Array(values) => values.get(at).cloned().unwrap_or(Json::Null),
                value => value.clone(),
            }
        });
        each.collect()
    }))
}

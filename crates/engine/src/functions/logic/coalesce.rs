//! `coalesce`: the first value that is there.

use datafusion::logical_expr::{Expr, lit, when};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::{
    error::EngineError,
    function_impl::{Call, FunctionImpl, Lower},
};

pub(in super::super) const COALESCE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "coalesce",
        params: &[Param::any("first"), Param::any("next").many()],
        returns: Returns::CommonFrom(0),
        naming: Naming::Position,
        doc: "The first argument that is not null; among texts, the first that is not empty.",
        examples: &[
            ("coalesce(tolong('none'), 42)", "42"),
            ("coalesce('', 'fallback')", "fallback"),
            ("coalesce(int(null), int(null))", ""),
        ],
    },
    lower: Lower::Expr(lower),
};

fn lower(call: &Call<'_>) -> Result<Expr, EngineError> {
    let Some((last, others)) = call.args.split_last() else {
        return Err(EngineError::plan("`coalesce` without arguments"));
    };
    let there = |arg: &Expr| match call.returns {
        Type::String => {
            arg.clone().not_eq(lit(datafusion::scalar::ScalarValue::Utf8View(Some(String::new()))))
        }
        _ => arg.clone().is_not_null(),
    };
    let mut others = others.iter();
    let Some(first) = others.next() else {
        return Ok(last.clone());
    };
    let mut case = when(there(first), first.clone());
    for arg in others {
        case = case.when(there(arg), arg.clone());
    }
    Ok(case.otherwise(last.clone())?)
}

//! `isempty`, `isnotempty`, the old `notempty`: an empty text or a null.

use datafusion::{
    logical_expr::{Expr, lit},
    scalar::ScalarValue,
};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::{
    error::EngineError,
    function_impl::{Call, FunctionImpl, Lower},
};

pub(in super::super) const ISEMPTY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isempty",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for an empty text, a null, and a dynamic that holds an empty text.",
        examples: &[
            ("isempty('')", "True"),
            ("isempty(' ')", "False"),
            ("isempty(long(null))", "True"),
            ("isempty(dynamic(0))", "False"),
        ],
    },
    lower: Lower::Expr(empty),
};

pub(in super::super) const ISNOTEMPTY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isnotempty",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True unless the value is an empty text or null.",
        examples: &[("isnotempty('abc')", "True"), ("isnotempty('')", "False")],
    },
    lower: NOT_EMPTY,
};

pub(in super::super) const NOTEMPTY: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "notempty", examples: &[], ..ISNOTEMPTY.def },
    lower: NOT_EMPTY,
};

const NOT_EMPTY: Lower = Lower::Expr(|call| Ok(datafusion::logical_expr::not(empty(call)?)));

/// A comparison with constants, so that the optimiser and file statistics can use it.
fn empty(call: &Call<'_>) -> Result<Expr, EngineError> {
    let arg = call.arg(0)?;
    Ok(match call.ty(0)? {
        Type::String => arg.eq(text("")),
        Type::Dynamic => arg.clone().is_null().or(arg.eq(text("\"\""))),
        _ => arg.is_null(),
    })
}

fn text(text: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(text.to_owned())))
}

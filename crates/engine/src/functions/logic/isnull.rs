//! `isnull`, `isnotnull`, the old `notnull`. A string is never null, only empty.

use datafusion::logical_expr::lit;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::function_impl::{FunctionImpl, Lower};

pub(in super::super) const ISNULL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isnull",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for a null. Texts have no null: test them with `isempty`.",
        examples: &[
            ("isnull(int(null))", "True"),
            ("isnull(0)", "False"),
            ("isnull('')", "False"),
            ("isnull(dynamic(null))", "True"),
        ],
    },
    lower: Lower::Expr(|call| {
        let arg = call.arg(0)?;
        Ok(if call.ty(0)? == Type::String { lit(false) } else { arg.is_null() })
    }),
};

pub(in super::super) const ISNOTNULL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isnotnull",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True unless the value is null. Always true for texts.",
        examples: &[("isnotnull(0)", "True"), ("isnotnull(real(null))", "False")],
    },
    lower: NOT_NULL,
};

pub(in super::super) const NOTNULL: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "notnull", examples: &[], ..ISNOTNULL.def },
    lower: NOT_NULL,
};

const NOT_NULL: Lower = Lower::Expr(|call| {
    let arg = call.arg(0)?;
    Ok(if call.ty(0)? == Type::String { lit(true) } else { arg.is_not_null() })
});

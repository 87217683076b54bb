//! `not`: the opposite of a bool; of null, null.

use datafusion::logical_expr::not;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::BOOL;
use crate::function_impl::{FunctionImpl, Lower};

pub(in super::super) const NOT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "not",
        params: &[Param::of("value", BOOL)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for false, false for true, null for null.",
        examples: &[("not(1 == 2)", "True"), ("not(bool(null))", "")],
    },
    lower: Lower::Expr(|call| Ok(not(call.arg(0)?))),
};

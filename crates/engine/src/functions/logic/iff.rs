//! `iff`, `iif`: one of two values.

use datafusion::logical_expr::when;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use crate::function_impl::{FunctionImpl, Lower};

pub(in super::super) const IFF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "iff",
        params: &[
            Param::of("predicate", &[Type::Bool]),
            Param::any("then"),
            Param::any("otherwise"),
        ],
        returns: Returns::CommonFrom(1),
        naming: Naming::Position,
        doc: "`then` where the predicate is true, else `otherwise`; a null predicate counts as \
              false.",
        examples: &[
            ("iff(1 < 2, 'yes', 'no')", "yes"),
            ("iff(bool(null), 1, 2)", "2"),
            ("iff(true, 1, 2.5)", "1.0"),
        ],
    },
    lower: LOWER,
};

pub(in super::super) const IIF: FunctionImpl =
    FunctionImpl { def: FunctionDef { name: "iif", ..IFF.def }, lower: LOWER };

const LOWER: Lower =
    Lower::Expr(|call| Ok(when(call.arg(0)?, call.arg(1)?).otherwise(call.arg(2)?)?));

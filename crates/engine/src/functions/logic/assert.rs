//! `assert`: a query that stops with a message unless something holds.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::{BOOL, STRING};
use crate::{
    args::out_bools,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ASSERT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "assert",
        params: &[Param::of("predicate", BOOL).fixed(), Param::of("message", STRING).fixed()],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the constant condition holds; otherwise the query fails with the message.",
        examples: &[("assert(1 < 2, 'order')", "True")],
    },
    lower: Lower::Rows(|args| {
        let (predicate, message) = (args.bools(0)?, args.texts(1)?);
        for row in 0..args.rows() {
            if predicate.get(row) != Some(true) {
                return Err(EngineError::refused(message.get(row)));
            }
        }
        Ok(out_bools(args.rows(), |_| Some(true)))
    }),
};

//! A scalar function: what the binder must know and how it becomes work, side by side.
//!
//! A function is lowered in one of three ways ([`Lower`]): to an expression of ones DataFusion has
//! (so the optimiser sees through it), to a kernel over whole columns, or to a kernel made once per
//! query from its constant arguments (a compiled pattern). Kernels read their arguments through
//! [`Args`](crate::args::Args) and are wrapped once, in `udf.rs`. Arguments arrive as the binder
//! left them: already widened, never a null in a string.

use std::sync::Arc;

use datafusion::{arrow::array::ArrayRef, logical_expr::Expr};
use kql::{function::FunctionDef, types::Type, value::Value};

use crate::{args::Args, error::EngineError};

/// A function of the library, one per file.
pub(crate) struct FunctionImpl {
    /// For the binder and the reference page.
    pub(crate) def: FunctionDef,
    /// For the engine.
    pub(crate) lower: Lower,
}

/// How a call becomes work.
pub(crate) enum Lower {
    /// An expression. Must have the Arrow type of its result and, for a string, never be null.
    Expr(fn(&Call<'_>) -> Result<Expr, EngineError>),
    /// A kernel: as many rows out as `args.rows()` says. Nulls in a string result become `""`.
    Rows(fn(&Args<'_>) -> Result<ArrayRef, EngineError>),
    /// A kernel prepared once per query from what is constant.
    Bound(fn(&Call<'_>) -> Result<Kernel, EngineError>),
}

/// A prepared kernel.
pub(crate) type Kernel =
    Arc<dyn Fn(&Args<'_>) -> Result<ArrayRef, EngineError> + Send + Sync + 'static>;

/// One call as it stands in a query.
pub(crate) struct Call<'a> {
    /// The lowered arguments.
    pub(crate) args: &'a [Expr],
    /// Their types.
    pub(crate) types: &'a [Type],
    /// Their values where they are literals.
    pub(crate) constants: &'a [Option<Value>],
    /// What the binder says comes out.
    pub(crate) returns: Type,
}

impl Call<'_> {
    /// An argument's expression.
    pub(crate) fn arg(&self, at: usize) -> Result<Expr, EngineError> {
        self.args
            .get(at)
            .cloned()
            .ok_or_else(|| EngineError::plan(format!("argument {} is missing", at + 1)))
    }

    /// An argument's type.
    pub(crate) fn ty(&self, at: usize) -> Result<Type, EngineError> {
        self.types
            .get(at)
            .copied()
            .ok_or_else(|| EngineError::plan(format!("argument {} is missing", at + 1)))
    }

    /// An argument's value, when it is there and constant.
    pub(crate) fn constant(&self, at: usize) -> Option<&Value> {
        self.constants.get(at).and_then(Option::as_ref)
    }
}

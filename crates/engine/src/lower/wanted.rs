//! Which columns of a step are wanted above it.
//!
//! Tables have hundreds of columns and queries a dozen steps; a plan that carries every column
//! through every step takes longer to make than to run. A step that knows what it reads says so to
//! the one below, which leaves the rest out of its plan.

use kql::plan::{Expr, ExprKind, Rel};

use super::{LowerCx, Step, rel};
use crate::error::EngineError;

/// The name of a column that nobody above wants.
pub(crate) const UNWANTED: &str = "-";

/// For each column whether it is wanted; none is all.
pub(crate) type Wanted = Option<Vec<bool>>;

/// True when the column at a place is wanted.
pub(crate) fn wants(wanted: &Wanted, at: usize) -> bool {
    wanted.as_ref().is_none_or(|it| it.get(at).is_none_or(|it| *it))
}

/// What these expressions read, out of so many columns.
pub(crate) fn read_by<'e>(width: usize, exprs: impl IntoIterator<Item = &'e Expr>) -> Wanted {
    also(Some(vec![false; width]), exprs)
}

/// What is wanted already, and what these expressions read.
pub(crate) fn also<'e>(wanted: Wanted, exprs: impl IntoIterator<Item = &'e Expr>) -> Wanted {
    let mut wanted = wanted?;
    exprs.into_iter().for_each(|it| mark(it, &mut wanted));
    Some(wanted)
}

fn mark(expr: &Expr, wanted: &mut [bool]) {
    if let ExprKind::Column(at) = expr.kind
        && let Some(it) = wanted.get_mut(at)
    {
        *it = true;
    }
    expr.each_child(&mut |it| mark(it, wanted));
}

/// Lowers an input of which only some columns are wanted; one at least stays, to count rows by.
pub(crate) fn input(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    mut wanted: Wanted,
) -> Result<Step, EngineError> {
    if let Some(wanted) = &mut wanted {
        wanted.resize(input.columns.len(), false);
        if let (false, Some(first)) = (wanted.contains(&true), wanted.first_mut()) {
            *first = true;
        }
    }
    cx.wanted = wanted;
    rel::rel(cx, input)
}

//! `case`: the value beside the first predicate that is true.

use datafusion::logical_expr::{Expr, expr::Case};
use kql::function::{FunctionDef, Naming, Param, Returns};

use crate::{
    error::EngineError,
    function_impl::{Call, FunctionImpl, Lower},
};

pub(in super::super) const CASE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "case",
        params: &[Param::any("predicate"), Param::any("then"), Param::any("otherwise").many()],
        returns: Returns::Case,
        naming: Naming::Position,
        doc: "Pairs of a predicate and a value, then the value for everything else. The first \
              predicate that is true decides.",
        examples: &[
            ("case(5 < 3, 'small', 5 < 10, 'medium', 'large')", "medium"),
            ("case(bool(null), 1, 2)", "2"),
        ],
    },
    lower: Lower::Expr(lower),
};

fn lower(call: &Call<'_>) -> Result<Expr, EngineError> {
    let Some((otherwise, pairs)) = call.args.split_last() else {
        return Err(EngineError::plan("`case` without arguments"));
    };
    let pairs = pairs.chunks(2).map(|pair| match pair {
        [predicate, then] => Ok((Box::new(predicate.clone()), Box::new(then.clone()))),
        _ => Err(EngineError::plan("`case` with a predicate but no value")),
    });
    Ok(Expr::Case(Case {
        expr: None,
        when_then_expr: pairs.collect::<Result<_, _>>()?,
        else_expr: Some(Box::new(otherwise.clone())),
    }))
}

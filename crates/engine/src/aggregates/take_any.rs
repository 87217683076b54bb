//! `take_any`: some value, one that is not null (or empty) if there is one.

use datafusion::{
    functions_aggregate::first_last::first_value_udaf,
    logical_expr::{Expr, lit},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{AggregateCall, AggregateImpl, IF, Made, only_if};
use crate::{error::EngineError, lower::compare::coalesce_text};

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    AggregateDef { name, params, returns: Returns::Arg(0), naming: Naming::FirstArgument, doc }
}

const DOC: &str = "Some value of the group; one that is not null or empty if there is one.";

/// `any`, the old name.
pub(crate) const ANY: AggregateImpl = AggregateImpl {
    def: AggregateDef { naming: Naming::Prefix("any"), ..def("any", &[super::ANY], DOC) },
    lower: |call| made(call, None),
};

/// `take_any`.
pub(crate) const TAKE_ANY: AggregateImpl =
    AggregateImpl { def: def("take_any", &[super::ANY], DOC), lower: |call| made(call, None) };

/// `take_anyif`.
pub(crate) const TAKE_ANYIF: AggregateImpl = AggregateImpl {
    def: def(
        "take_anyif",
        &[super::ANY, IF],
        "`take_any` over the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, Some(&call.arg(1)?.0)),
};

fn made(call: &AggregateCall<'_>, predicate: Option<&Expr>) -> Result<Made, EngineError> {
    let mut aggregates = Vec::new();
    for at in 0..call.returns.len() {
        let (arg, ty) = call.arg(at)?;
        let present = if ty == Type::String {
            arg.clone().not_eq(lit(crate::arrow_types::null(Type::String)))
        } else {
            arg.clone().is_not_null()
        };
        let kept = match predicate {
            Some(predicate) => present.and(predicate.clone()),
            None => present,
        };
        aggregates.push(only_if(first_value_udaf().call(vec![arg]), kept)?);
    }
    Ok(Made {
        aggregates,
        finish: |results, call| {
            let text = |at: usize| call.returns.get(at) == Some(&Type::String);
            let finish = |(at, it): (usize, &Expr)| {
                if text(at) { coalesce_text(it.clone()) } else { it.clone() }
            };
            results.iter().enumerate().map(finish).collect()
        },
    })
}

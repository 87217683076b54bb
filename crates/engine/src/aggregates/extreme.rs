//! `min`, `max` and their `…if` forms. One NaN makes the result NaN.

use datafusion::{
    functions_aggregate::{
        count::count_udaf,
        min_max::{max_udaf, min_udaf},
    },
    logical_expr::{Expr, Operator, lit, when},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    AggregateCall, AggregateImpl, IF, Made,
    decimal::{self, Keep},
    only_if,
};
use crate::{
    error::EngineError,
    lower::compare::{binary, coalesce_text},
};

const ORDERED: Param = Param::any("expr");

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    AggregateDef { name, params, returns: Returns::Arg(0), naming: Naming::Prefix(name), doc }
}

/// `max`.
pub(crate) const MAX: AggregateImpl = AggregateImpl {
    def: def("max", &[ORDERED], "The largest value that is not null."),
    lower: |call| made(call, true, None),
};

/// `maxif`.
pub(crate) const MAXIF: AggregateImpl = AggregateImpl {
    def: def(
        "maxif",
        &[ORDERED, IF],
        "The largest value in the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, true, Some(&call.arg(1)?.0)),
};

/// `min`.
pub(crate) const MIN: AggregateImpl = AggregateImpl {
    def: def("min", &[ORDERED], "The smallest value that is not null."),
    lower: |call| made(call, false, None),
};

/// `minif`.
pub(crate) const MINIF: AggregateImpl = AggregateImpl {
    def: def(
        "minif",
        &[ORDERED, IF],
        "The smallest value in the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, false, Some(&call.arg(1)?.0)),
};

fn made(
    call: &AggregateCall<'_>,
    largest: bool,
    predicate: Option<&Expr>,
) -> Result<Made, EngineError> {
    let (arg, ty) = call.arg(0)?;
    if ty == Type::Dynamic {
        return Err(EngineError::refused("`min` and `max` of a dynamic are not supported yet"));
    }
    let kept = |aggregate: Expr| match predicate {
        Some(predicate) => only_if(aggregate, predicate.clone()),
        None => Ok(aggregate),
    };
    if ty == Type::Decimal {
        let keep = if largest { Keep::Most } else { Keep::Least };
        return Ok(Made::just(kept(decimal::aggregate(keep, arg))?));
    }
    let udaf = if largest { max_udaf() } else { min_udaf() };
    let extreme = kept(udaf.call(vec![arg.clone()]))?;
    if ty != Type::Real {
        return Ok(Made::one(extreme, |results, call| {
            let text = call.returns() == Type::String;
            results
                .iter()
                .map(|it| if text { coalesce_text(it.clone()) } else { it.clone() })
                .collect()
        }));
    }
    let nan = binary(arg, Operator::Eq, lit(f64::NAN));
    let nan = when(nan, lit(1_i64)).end()?;
    let nans = kept(count_udaf().call(vec![nan]))?;
    Ok(Made {
        aggregates: vec![extreme, nans],
        finish: |results, _| {
            let [extreme, nans] = results else { return results.to_vec() };
            let any = nans.clone().gt(lit(0_i64));
            vec![when(any, lit(f64::NAN)).otherwise(extreme.clone()).expect("one type")]
        },
    })
}

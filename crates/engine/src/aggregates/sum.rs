//! `sum` and `sumif`. The sum of nothing is zero.

use datafusion::{
    functions::core::expr_fn::coalesce,
    functions_aggregate::sum::sum_udaf,
    logical_expr::{Expr, lit},
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
use crate::{error::EngineError, lower::expr::cast};

const SUMMED: Param =
    Param::of("expr", &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::TimeSpan]);

/// `sum`.
pub(crate) const SUM: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "sum",
        params: &[SUMMED],
        returns: Returns::ArgWide(0),
        naming: Naming::Prefix("sum"),
        doc: "The sum of the values that are not null.",
    },
    lower: |call| Ok(Made::one(summed(call)?, zero)),
};

/// `sumif`.
pub(crate) const SUMIF: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "sumif",
        params: &[SUMMED, IF],
        returns: Returns::ArgWide(0),
        naming: Naming::Prefix("sumif"),
        doc: "The sum of the values in the rows for which `predicate` is true.",
    },
    lower: |call| Ok(Made::one(only_if(summed(call)?, call.arg(1)?.0)?, zero)),
};

fn summed(call: &AggregateCall<'_>) -> Result<Expr, EngineError> {
    let (arg, ty) = call.arg(0)?;
    if ty == Type::Decimal {
        return Ok(decimal::aggregate(Keep::Sum, arg));
    }
    Ok(sum_udaf().call(vec![cast(arg, ty, call.returns())]))
}

fn zero(results: &[Expr], call: &AggregateCall<'_>) -> Vec<Expr> {
    if call.returns() == Type::Decimal {
        // The fold has its own zero.
        return results.to_vec();
    }
    let zero = if call.returns() == Type::Real { lit(0.0) } else { lit(0_i64) };
    results.iter().map(|result| coalesce(vec![result.clone(), zero.clone()])).collect()
}

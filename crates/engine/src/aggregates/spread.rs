//! `stdev`, `variance` and their forms. The spread of one value or none is zero.

use datafusion::{
    functions::core::expr_fn::coalesce,
    functions_aggregate::{
        stddev::{stddev_pop_udaf, stddev_udaf},
        variance::{var_pop_udaf, var_samp_udaf},
    },
    logical_expr::{AggregateUDF, Expr, lit},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{AggregateCall, AggregateImpl, IF, Made, only_if};
use crate::{error::EngineError, lower::expr::cast};

const NUMBER: Param = Param::of(
    "expr",
    &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan],
);

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    AggregateDef {
        name,
        params,
        returns: Returns::Is(Type::Real),
        naming: Naming::Prefix(name),
        doc,
    }
}

/// `stdev`.
pub(crate) const STDEV: AggregateImpl = AggregateImpl {
    def: def("stdev", &[NUMBER], "The standard deviation of a sample."),
    lower: |call| made(call, &stddev_udaf(), false),
};

/// `stdevif`.
pub(crate) const STDEVIF: AggregateImpl = AggregateImpl {
    def: def("stdevif", &[NUMBER, IF], "`stdev` over the rows for which `predicate` is true."),
    lower: |call| made(call, &stddev_udaf(), true),
};

/// `stdevp`.
pub(crate) const STDEVP: AggregateImpl = AggregateImpl {
    def: def("stdevp", &[NUMBER], "The standard deviation of a whole population."),
    lower: |call| made(call, &stddev_pop_udaf(), false),
};

/// `variance`.
pub(crate) const VARIANCE: AggregateImpl = AggregateImpl {
    def: def("variance", &[NUMBER], "The variance of a sample."),
    lower: |call| made(call, &var_samp_udaf(), false),
};

/// `varianceif`.
pub(crate) const VARIANCEIF: AggregateImpl = AggregateImpl {
    def: def(
        "varianceif",
        &[NUMBER, IF],
        "`variance` over the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, &var_samp_udaf(), true),
};

/// `variancep`.
pub(crate) const VARIANCEP: AggregateImpl = AggregateImpl {
    def: def("variancep", &[NUMBER], "The variance of a whole population."),
    lower: |call| made(call, &var_pop_udaf(), false),
};

/// `variancepif`.
pub(crate) const VARIANCEPIF: AggregateImpl = AggregateImpl {
    def: def(
        "variancepif",
        &[NUMBER, IF],
        "`variancep` over the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, &var_pop_udaf(), true),
};

fn made(
    call: &AggregateCall<'_>,
    udaf: &AggregateUDF,
    conditional: bool,
) -> Result<Made, EngineError> {
    let (arg, ty) = call.arg(0)?;
    let mut spread = udaf.call(vec![cast(arg, ty, Type::Real)]);
    if conditional {
        spread = only_if(spread, call.arg(1)?.0)?;
    }
    Ok(Made::one(spread, |results: &[Expr], _| {
        results.iter().map(|it| coalesce(vec![it.clone(), lit(0.0)])).collect()
    }))
}

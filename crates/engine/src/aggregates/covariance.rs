//! `covariance` and its forms: how far two numbers move together.

use datafusion::{
    functions::core::expr_fn::coalesce,
    functions_aggregate::covariance::{covar_pop_udaf, covar_samp_udaf},
    logical_expr::{AggregateUDF, Expr, lit},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{AggregateCall, AggregateImpl, IF, Made, only_if};
use crate::{error::EngineError, lower::expr::cast};

const NUMBERS: &[Type] =
    &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan];
const ONE: Param = Param::of("expr1", NUMBERS);
const TWO: Param = Param::of("expr2", NUMBERS);

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    AggregateDef {
        name,
        params,
        returns: Returns::Is(Type::Real),
        naming: Naming::Prefix(name),
        doc,
    }
}

/// `covariance`.
pub(crate) const COVARIANCE: AggregateImpl = AggregateImpl {
    def: def("covariance", &[ONE, TWO], "The covariance of a sample of pairs."),
    lower: |call| made(call, &covar_samp_udaf(), false),
};

/// `covarianceif`.
pub(crate) const COVARIANCEIF: AggregateImpl = AggregateImpl {
    def: def(
        "covarianceif",
        &[ONE, TWO, IF],
        "`covariance` over the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, &covar_samp_udaf(), true),
};

/// `covariancep`.
pub(crate) const COVARIANCEP: AggregateImpl = AggregateImpl {
    def: def("covariancep", &[ONE, TWO], "The covariance of a whole population of pairs."),
    lower: |call| made(call, &covar_pop_udaf(), false),
};

/// `covariancepif`.
pub(crate) const COVARIANCEPIF: AggregateImpl = AggregateImpl {
    def: def(
        "covariancepif",
        &[ONE, TWO, IF],
        "`covariancep` over the rows for which `predicate` is true.",
    ),
    lower: |call| made(call, &covar_pop_udaf(), true),
};

fn made(
    call: &AggregateCall<'_>,
    udaf: &AggregateUDF,
    conditional: bool,
) -> Result<Made, EngineError> {
    let real = |at| call.arg(at).map(|(arg, ty)| cast(arg, ty, Type::Real));
    let mut both = udaf.call(vec![real(0)?, real(1)?]);
    if conditional {
        both = only_if(both, call.arg(2)?.0)?;
    }
    Ok(Made::one(both, |results: &[Expr], _| {
        results.iter().map(|it| coalesce(vec![it.clone(), lit(0.0)])).collect()
    }))
}

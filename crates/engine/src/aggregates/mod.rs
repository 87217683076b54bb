//! The aggregates, one file each, and how one is described.

pub(crate) mod arg_extreme;
pub(crate) mod avg;
pub(crate) mod binary_all;
pub(crate) mod buildschema;
pub(crate) mod count;
pub(crate) mod covariance;
pub(crate) mod dcount;
pub(crate) mod decimal;
pub(crate) mod digest;
pub(crate) mod extreme;
pub(crate) mod fold;
pub(crate) mod hll;
pub(crate) mod make_bag;
pub(crate) mod make_list;
pub(crate) mod old_names;
pub(crate) mod percentile;
pub(crate) mod percentile_weighted;
pub(crate) mod series;
pub(crate) mod spread;
pub(crate) mod sum;
pub(crate) mod take_any;
pub(crate) mod tdigest;

use datafusion::logical_expr::{Expr, ExprFunctionExt};
use kql::{
    function::{AggregateDef, Param},
    types::Type,
    value::Value,
};

use crate::error::EngineError;

/// An aggregate of the library.
pub(crate) struct AggregateImpl {
    /// For the binder and the reference page.
    pub(crate) def: AggregateDef,
    /// For the engine.
    pub(crate) lower: fn(&AggregateCall<'_>) -> Result<Made, EngineError>,
}

/// One call as it stands in a query.
pub(crate) struct AggregateCall<'a> {
    /// The lowered arguments and their types.
    pub(crate) args: &'a [(Expr, Type)],
    /// Their values where they are constant.
    pub(crate) constants: &'a [Option<Value>],
    /// The types of the outputs.
    pub(crate) returns: &'a [Type],
}

impl AggregateCall<'_> {
    /// An argument and its type.
    pub(crate) fn arg(&self, at: usize) -> Result<(Expr, Type), EngineError> {
        self.args
            .get(at)
            .cloned()
            .ok_or_else(|| EngineError::plan(format!("argument {} is missing", at + 1)))
    }

    /// The type of the first output.
    pub(crate) fn returns(&self) -> Type {
        self.returns.first().copied().unwrap_or(Type::Dynamic)
    }

    /// A constant whole number, when the argument is there.
    pub(crate) fn whole(&self, at: usize) -> Option<i64> {
        match self.constants.get(at)?.as_ref()? {
            Value::Int(v) => Some(i64::from(*v)),
            Value::Long(v) => Some(*v),
            Value::Real(v) => Some(*v as i64),
            _ => None,
        }
    }

    /// A constant number, when the argument is there.
    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        match self.constants.get(at)?.as_ref()? {
            Value::Int(v) => Some(f64::from(*v)),
            Value::Long(v) => Some(*v as f64),
            Value::Real(v) => Some(*v),
            _ => None,
        }
    }
}

/// What a call becomes: aggregates that DataFusion runs, and the outputs made of their results.
pub(crate) struct Made {
    /// The aggregates.
    pub(crate) aggregates: Vec<Expr>,
    /// From their results to the outputs.
    pub(crate) finish: fn(&[Expr], &AggregateCall<'_>) -> Vec<Expr>,
}

impl Made {
    /// One aggregate that is its own output.
    pub(crate) fn just(aggregate: Expr) -> Self {
        Self { aggregates: vec![aggregate], finish: |results, _| results.to_vec() }
    }

    /// One aggregate whose result is finished.
    pub(crate) fn one(
        aggregate: Expr,
        finish: fn(&[Expr], &AggregateCall<'_>) -> Vec<Expr>,
    ) -> Self {
        Self { aggregates: vec![aggregate], finish }
    }
}

/// The aggregate over the rows where a predicate holds.
pub(crate) fn only_if(aggregate: Expr, predicate: Expr) -> Result<Expr, EngineError> {
    Ok(aggregate.filter(predicate).build()?)
}

/// The same over the rows where another predicate holds as well as its own.
pub(crate) fn also_if(aggregate: Expr, predicate: Expr) -> Result<Expr, EngineError> {
    let Expr::AggregateFunction(mut call) = aggregate else {
        return Err(EngineError::plan("an aggregate is no call"));
    };
    let predicate = match call.params.filter.take() {
        Some(own) => own.and(predicate),
        None => predicate,
    };
    call.params.filter = Some(Box::new(predicate));
    Ok(Expr::AggregateFunction(call))
}

/// What can be counted, listed and compared for being equal.
pub(crate) const ANY: Param = Param::any("expr");
/// The predicate of an `…if`.
pub(crate) const IF: Param = Param::of("predicate", &[Type::Bool]);
/// The most elements of a list.
pub(crate) const MAX_SIZE: Param = Param::of("max_size", &[Type::Int, Type::Long]).opt().fixed();

/// Every aggregate, sorted by name.
pub(crate) const AGGREGATES: &[&AggregateImpl] = &[
    &take_any::ANY,
    &old_names::ANYIF,
    &arg_extreme::ARG_MAX,
    &arg_extreme::ARG_MIN,
    &avg::AVG,
    &avg::AVGIF,
    &binary_all::BINARY_ALL_AND,
    &binary_all::BINARY_ALL_OR,
    &binary_all::BINARY_ALL_XOR,
    &buildschema::BUILDSCHEMA,
    &old_names::CNT,
    &count::COUNT,
    &count::COUNT_DISTINCT,
    &count::COUNT_DISTINCTIF,
    &count::COUNTIF,
    &covariance::COVARIANCE,
    &covariance::COVARIANCEIF,
    &covariance::COVARIANCEP,
    &covariance::COVARIANCEPIF,
    &dcount::DCOUNT,
    &dcount::DCOUNTIF,
    &hll::HLL,
    &hll::HLL_IF,
    &hll::HLL_MERGE,
    &series::POINTS,
    &series::AXIS,
    &make_bag::MAKE_BAG,
    &make_bag::MAKE_BAG_IF,
    &old_names::MAKE_DICTIONARY,
    &make_list::MAKE_LIST,
    &make_list::MAKE_LIST_IF,
    &make_list::MAKE_LIST_WITH_NULLS,
    &make_list::MAKE_SET,
    &make_list::MAKE_SET_IF,
    &old_names::MAKELIST,
    &old_names::MAKESET,
    &extreme::MAX,
    &extreme::MAXIF,
    &tdigest::MERGE_TDIGEST,
    &extreme::MIN,
    &extreme::MINIF,
    &old_names::PASSTHROUGH,
    &percentile::PERCENTILE,
    &percentile_weighted::PERCENTILES_ARRAY,
    &percentile_weighted::PERCENTILESW_ARRAY,
    &percentile_weighted::PERCENTILEW,
    &spread::STDEV,
    &spread::STDEVIF,
    &spread::STDEVP,
    &sum::SUM,
    &sum::SUMIF,
    &take_any::TAKE_ANY,
    &take_any::TAKE_ANYIF,
    &tdigest::TDIGEST,
    &tdigest::TDIGEST_MERGE,
    &spread::VARIANCE,
    &spread::VARIANCEIF,
    &spread::VARIANCEP,
    &spread::VARIANCEPIF,
];

/// An aggregate by its name.
pub(crate) fn find(name: &str) -> Option<&'static AggregateImpl> {
    AGGREGATES.iter().copied().find(|it| it.def.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_by_name() {
        let names: Vec<_> = AGGREGATES.iter().map(|it| it.def.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted);
    }
}

//! `count`, `countif`, `count_distinct`: exact counts.

use datafusion::{
    functions_aggregate::count::count_udaf,
    logical_expr::{ExprFunctionExt, lit},
};
use kql::{
    function::{AggregateDef, Naming, Returns},
    types::Type,
};

use super::{ANY, AggregateImpl, IF, Made, only_if};

/// `count`.
pub(crate) const COUNT: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "count",
        params: &[ANY.opt()],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("count"),
        doc: "The number of rows, whatever `expr` is; of a bool, the rows for which it is true.",
    },
    lower: |call| {
        let counted = count_udaf().call(vec![lit(1_i64)]);
        Ok(Made::just(match call.arg(0) {
            Ok((predicate, Type::Bool)) => only_if(counted, predicate)?,
            _ => counted,
        }))
    },
};

/// `countif`.
pub(crate) const COUNTIF: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "countif",
        params: &[IF],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("countif"),
        doc: "The number of rows for which `predicate` is true.",
    },
    lower: |call| {
        let counted = count_udaf().call(vec![lit(1_i64)]);
        Ok(Made::just(only_if(counted, call.arg(0)?.0)?))
    },
};

/// `count_distinct`.
pub(crate) const COUNT_DISTINCT: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "count_distinct",
        params: &[ANY],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("count_distinct"),
        doc: "The exact number of distinct values that are not null.",
    },
    lower: |call| {
        let counted = count_udaf().call(vec![call.arg(0)?.0]);
        Ok(Made::just(counted.distinct().build()?))
    },
};

/// `count_distinctif`.
pub(crate) const COUNT_DISTINCTIF: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "count_distinctif",
        params: &[ANY, IF],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("count_distinctif"),
        doc: "The exact number of distinct values among the rows for which `predicate` is true.",
    },
    lower: |call| {
        let counted = count_udaf().call(vec![call.arg(0)?.0]);
        Ok(Made::just(counted.distinct().filter(call.arg(1)?.0).build()?))
    },
};

//! `avg` and `avgif`. The average of nothing is NaN; of times it is exact, so it sums in 128 bits.

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Int64Array},
        datatypes::{DataType, Int64Type},
    },
    common::Result,
    functions::core::expr_fn::coalesce,
    functions_aggregate::average::avg_udaf,
    logical_expr::{Expr, lit},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    AggregateCall, AggregateImpl, IF, Made,
    fold::{self, Fold},
    only_if,
};
use crate::{error::EngineError, lower::expr::cast};

const AVERAGED: Param =
    Param::of("expr", &[Type::Int, Type::Long, Type::Real, Type::DateTime, Type::TimeSpan]);

#[allow(clippy::unnecessary_wraps, reason = "the shape `Returns::With` asks for")]
fn returns(types: &[Type]) -> std::result::Result<Type, String> {
    Ok(match types.first() {
        Some(Type::DateTime) => Type::DateTime,
        Some(Type::TimeSpan) => Type::TimeSpan,
        _ => Type::Real,
    })
}

/// `avg`.
pub(crate) const AVG: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "avg",
        params: &[AVERAGED],
        returns: Returns::With(returns),
        naming: Naming::Prefix("avg"),
        doc: "The average of the values that are not null.",
    },
    lower: |call| Ok(Made::one(average(call)?, finish)),
};

/// `avgif`.
pub(crate) const AVGIF: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "avgif",
        params: &[AVERAGED, IF],
        returns: Returns::With(returns),
        naming: Naming::Prefix("avgif"),
        doc: "The average of the values in the rows for which `predicate` is true.",
    },
    lower: |call| Ok(Made::one(only_if(average(call)?, call.arg(1)?.0)?, finish)),
};

fn average(call: &AggregateCall<'_>) -> std::result::Result<Expr, EngineError> {
    let (arg, ty) = call.arg(0)?;
    if call.returns() == Type::Real {
        return Ok(avg_udaf().call(vec![cast(arg, ty, Type::Real)]));
    }
    Ok(fold::aggregate("avg_ticks", String::new(), Ticks, vec![arg], DataType::Int64))
}

fn finish(results: &[Expr], call: &AggregateCall<'_>) -> Vec<Expr> {
    if call.returns() != Type::Real {
        return results.to_vec();
    }
    results.iter().map(|result| coalesce(vec![result.clone(), lit(f64::NAN)])).collect()
}

struct Ticks;

impl Fold for Ticks {
    type State = (i128, u64);
    type Batch = Int64Array;

    fn batch(&self, args: &[ArrayRef]) -> Result<Int64Array> {
        Ok(args[0].as_primitive::<Int64Type>().clone())
    }

    fn row(&self, state: &mut Self::State, batch: &Int64Array, row: usize) {
        if batch.is_valid(row) {
            state.0 += i128::from(batch.value(row));
            state.1 += 1;
        }
    }

    fn merge(&self, state: &mut Self::State, saved: &[u8]) {
        if let Some((sum, count)) = saved.split_first_chunk::<16>()
            && let Ok(count) = count.try_into()
        {
            state.0 += i128::from_le_bytes(*sum);
            state.1 += u64::from_le_bytes(count);
        }
    }

    fn save(&self, state: &Self::State) -> Vec<u8> {
        [state.0.to_le_bytes().as_slice(), &state.1.to_le_bytes()].concat()
    }

    fn finish(&self, states: &[Self::State]) -> Result<ArrayRef> {
        let cells = states.iter().map(|(sum, count)| {
            (*count > 0).then(|| i64::try_from(sum / i128::from(*count)).ok()).flatten()
        });
        Ok(std::sync::Arc::new(cells.collect::<Int64Array>()))
    }

    fn size(_: &Self::State) -> usize {
        0
    }
}

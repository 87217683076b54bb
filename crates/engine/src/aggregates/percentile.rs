//! `percentile`: the value below which a share of the values lie, by nearest rank.
//!
//! Exact: a group keeps its values. They count against the query's memory.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array},
        datatypes::{Float64Type, Int64Type},
    },
    common::Result,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    AggregateImpl, Made,
    fold::{self, Fold},
};
use crate::{arrow_types::arrow_type, error::EngineError, lower::expr::cast};

/// What has percentiles.
pub(super) const VALUE: Param = Param::of(
    "expr",
    &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan],
);

/// The type of a percentile.
#[allow(clippy::unnecessary_wraps, reason = "the shape `Returns::With` asks for")]
pub(super) fn wide(types: &[Type]) -> std::result::Result<Type, String> {
    Ok(match types.first() {
        Some(Type::Decimal | Type::Real) => Type::Real,
        Some(Type::DateTime) => Type::DateTime,
        Some(Type::TimeSpan) => Type::TimeSpan,
        _ => Type::Long,
    })
}

/// `percentile`.
pub(crate) const PERCENTILE: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "percentile",
        params: &[VALUE, Param::of("percentile", &[Type::Int, Type::Long, Type::Real]).fixed()],
        returns: Returns::With(wide),
        naming: Naming::Prefix("percentile"),
        doc: "The value at a percentile from 0 to 100 by nearest rank: always one of the values.",
    },
    lower: |call| {
        let (arg, ty) = call.arg(0)?;
        let returns = call.returns();
        let Some(percent) = call.number(1).filter(|it| (0.0..=100.0).contains(it)) else {
            return Err(EngineError::refused("a percentile must be a number from 0 to 100"));
        };
        let fold = Rank { share: percent / 100.0, real: returns == Type::Real };
        let args = vec![cast(arg, ty, returns)];
        let key = percent.to_string();
        Ok(Made::just(fold::aggregate("percentile", key, fold, args, arrow_type(returns))))
    },
};

struct Rank {
    share: f64,
    real: bool,
}

/// Values as keys that sort as the values do.
#[derive(Default)]
struct Values(Vec<i64>);

/// A real as a whole number that sorts as it does.
pub(super) fn key(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The real behind a key.
pub(super) fn unkey(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

impl Fold for Rank {
    type State = Values;
    type Batch = Int64Array;

    fn batch(&self, args: &[ArrayRef]) -> Result<Int64Array> {
        if self.real {
            return Ok(args[0].as_primitive::<Float64Type>().unary(key));
        }
        Ok(args[0].as_primitive::<Int64Type>().clone())
    }

    fn row(&self, state: &mut Values, batch: &Int64Array, row: usize) {
        if batch.is_valid(row) {
            state.0.push(batch.value(row));
        }
    }

    fn merge(&self, state: &mut Values, saved: &[u8]) {
        let (values, _) = saved.as_chunks::<8>();
        state.0.extend(values.iter().map(|value| i64::from_le_bytes(*value)));
    }

    fn save(&self, state: &Values) -> Vec<u8> {
        state.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn finish(&self, states: &[Values]) -> Result<ArrayRef> {
        let ranked = states.iter().map(|state| {
            let mut values = state.0.clone();
            let rank = (self.share * values.len() as f64).ceil().max(1.0) as usize - 1;
            (rank < values.len()).then(|| *values.select_nth_unstable(rank).1)
        });
        if self.real {
            return Ok(Arc::new(ranked.map(|it| it.map(unkey)).collect::<Float64Array>()));
        }
        Ok(Arc::new(ranked.collect::<Int64Array>()))
    }

    fn size(state: &Values) -> usize {
        state.0.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_reals() {
        let values = [f64::NEG_INFINITY, -2.5, -0.0, 0.0, 1e-9, 7.0, f64::INFINITY];
        let keys: Vec<i64> = values.iter().map(|it| key(*it)).collect();
        assert!(keys.is_sorted());
        assert!(values.iter().all(|it| unkey(key(*it)).to_bits() == it.to_bits()));
    }
}

//! `percentilew`, `percentiles_array`, `percentilesw_array`: percentiles of values that count
//! several times, and several percentiles as one array. Exact, by nearest rank, like `percentile`.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray},
        compute::cast as cast_array,
        datatypes::{DataType, Float64Type, Int64Type},
    },
    common::Result,
    logical_expr::lit,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
    value::Value,
};
use serde_json::Value as Json;

use super::{
    AggregateCall, AggregateImpl, Made,
    fold::{self, Fold},
    percentile::{VALUE, key, unkey, wide},
};
use crate::{
    arrow_types::{arrow_type, dynamic_of},
    error::EngineError,
    lower::expr::cast,
};

const WEIGHT: Param = Param::of("weight", &[Type::Int, Type::Long]);
const PERCENT: Param = Param::of("percentile", &[Type::Int, Type::Long, Type::Real]).fixed();
const PERCENTS: Param =
    Param::of("percentile", &[Type::Int, Type::Long, Type::Real, Type::Dynamic]).many().fixed();

/// `percentilew`.
pub(crate) const PERCENTILEW: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "percentilew",
        params: &[VALUE, WEIGHT, PERCENT],
        returns: Returns::With(wide),
        naming: Naming::Prefix("percentile"),
        doc: "The value at a percentile by nearest rank, where each value counts as often as \
              `weight` says.",
    },
    lower: |call| made(call, Some(1), 2, false),
};

/// `percentiles_array`.
pub(crate) const PERCENTILES_ARRAY: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "percentiles_array",
        params: &[VALUE, PERCENTS],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("percentiles"),
        doc: "The values at several percentiles, given one by one or in an array, as an array.",
    },
    lower: |call| made(call, None, 1, true),
};

/// `percentilesw_array`.
pub(crate) const PERCENTILESW_ARRAY: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "percentilesw_array",
        params: &[VALUE, WEIGHT, PERCENTS],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("percentiles"),
        doc: "`percentiles_array` where each value counts as often as `weight` says.",
    },
    lower: |call| made(call, Some(1), 2, true),
};

fn made(
    call: &AggregateCall<'_>,
    weight: Option<usize>,
    first: usize,
    array: bool,
) -> std::result::Result<Made, EngineError> {
    let (arg, given) = call.arg(0)?;
    let ty = wide(&[given]).map_err(EngineError::refused)?;
    let mut shares = Vec::new();
    for constant in call.constants.iter().skip(first) {
        percents(constant.as_ref(), &mut shares)?;
    }
    let weight = match weight {
        Some(at) => {
            let (weight, ty) = call.arg(at)?;
            cast(weight, ty, Type::Long)
        }
        None => lit(1_i64),
    };
    let args = vec![cast(arg, given, ty), weight];
    let key = format!("{shares:?} {array}");
    let returns = if array { DataType::Utf8View } else { arrow_type(ty) };
    let fold = Ranks { shares, ty, array };
    Ok(Made::just(fold::aggregate("percentilew", key, fold, args, returns)))
}

fn percents(
    constant: Option<&Value>,
    shares: &mut Vec<f64>,
) -> std::result::Result<(), EngineError> {
    let wrong = || EngineError::refused("a percentile must be a number from 0 to 100");
    let mut add = |percent: Option<f64>| match percent {
        Some(it) if (0.0..=100.0).contains(&it) => {
            shares.push(it / 100.0);
            Ok(())
        }
        _ => Err(wrong()),
    };
    match constant {
        Some(Value::Int(it)) => add(Some(f64::from(*it))),
        Some(Value::Long(it)) => add(Some(*it as f64)),
        Some(Value::Real(it)) => add(Some(*it)),
        Some(Value::Dynamic(Json::Array(several))) => {
            several.iter().try_for_each(|it| add(it.as_f64()))
        }
        Some(Value::Dynamic(one)) => add(one.as_f64()),
        _ => Err(wrong()),
    }
}

struct Ranks {
    shares: Vec<f64>,
    ty: Type,
    array: bool,
}

/// Values as keys that sort as the values do, and their weights.
#[derive(Clone, Default)]
pub(super) struct Weighted(Vec<(i64, i64)>);

impl Ranks {
    /// The keys at the shares, none for no values.
    fn at_shares(&self, state: &Weighted) -> Option<Vec<i64>> {
        let mut values = state.0.clone();
        values.sort_unstable();
        let last = values.last()?.0;
        let mut before = 0_i128;
        let sums: Vec<i128> = values
            .iter()
            .map(|(_, weight)| {
                before += i128::from(*weight);
                before
            })
            .collect();
        let value = |share: &f64| {
            let rank = ((share * before as f64).ceil() as i128).max(1);
            let at = sums.partition_point(|sum| *sum < rank);
            values.get(at).map_or(last, |it| it.0)
        };
        Some(self.shares.iter().map(value).collect())
    }

    fn value(&self, key: i64) -> Value {
        match self.ty {
            Type::Real => Value::Real(unkey(key)),
            Type::DateTime => Value::DateTime(key),
            Type::TimeSpan => Value::TimeSpan(key),
            _ => Value::Long(key),
        }
    }
}

impl Fold for Ranks {
    type State = Weighted;
    type Batch = (Int64Array, Int64Array);

    fn batch(&self, args: &[ArrayRef]) -> Result<Self::Batch> {
        let values = if self.ty == Type::Real {
            cast_array(&args[0], &DataType::Float64)?.as_primitive::<Float64Type>().unary(key)
        } else {
            args[0].as_primitive::<Int64Type>().clone()
        };
        Ok((values, cast_array(&args[1], &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
    }

    fn row(&self, state: &mut Weighted, batch: &Self::Batch, row: usize) {
        if batch.0.is_valid(row) && batch.1.is_valid(row) && batch.1.value(row) > 0 {
            state.0.push((batch.0.value(row), batch.1.value(row)));
        }
    }

    fn merge(&self, state: &mut Weighted, saved: &[u8]) {
        let (numbers, _) = saved.as_chunks::<8>();
        let (pairs, _) = numbers.as_chunks::<2>();
        let number = |bytes: &[u8; 8]| i64::from_le_bytes(*bytes);
        state.0.extend(pairs.iter().map(|[value, weight]| (number(value), number(weight))));
    }

    fn save(&self, state: &Weighted) -> Vec<u8> {
        let numbers = state.0.iter().flat_map(|(value, weight)| [*value, *weight]);
        numbers.flat_map(i64::to_le_bytes).collect()
    }

    fn finish(&self, states: &[Weighted]) -> Result<ArrayRef> {
        let found = states.iter().map(|state| self.at_shares(state));
        if self.array {
            let texts = found.map(|keys| {
                let values = keys?.into_iter().map(|key| dynamic_of(&self.value(key)));
                Some(values.collect::<Json>().to_string())
            });
            return Ok(Arc::new(texts.collect::<StringViewArray>()));
        }
        let first = found.map(|keys| keys?.first().copied());
        if self.ty == Type::Real {
            return Ok(Arc::new(first.map(|it| it.map(unkey)).collect::<Float64Array>()));
        }
        Ok(Arc::new(first.collect::<Int64Array>()))
    }

    fn size(state: &Weighted) -> usize {
        state.0.capacity() * 16
    }
}

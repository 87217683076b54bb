//! `tdigest`, `tdigest_merge`, `merge_tdigest`: percentiles that can be kept and added to others.
//!
//! In a query a digest is a dynamic array, `["tdigest", type, [means], [weights]]`, where the type
//! tells what the numbers stand for; only the functions named after it read it.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray},
        compute::cast as cast_array,
        datatypes::{DataType, Float64Type, Int64Type},
    },
    common::Result,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Value as Json, json};

use super::{
    AggregateImpl, Made,
    digest::Digest,
    fold::{self, Fold},
};
use crate::lower::expr::cast;

/// `tdigest`.
pub(crate) const TDIGEST: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "tdigest",
        params: &[
            Param::of(
                "expr",
                &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan],
            ),
            Param::of("weight", &[Type::Int, Type::Long]).opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("tdigest"),
        doc: "A digest of the values (each as often as `weight` says) for `percentile_tdigest` and \
              `tdigest_merge`.",
    },
    lower: |call| {
        let (arg, ty) = call.arg(0)?;
        let mut args = vec![cast(arg, ty, Type::Real)];
        if call.args.len() > 1 {
            let (weight, ty) = call.arg(1)?;
            args.push(cast(weight, ty, Type::Long));
        }
        let fold = Gather { ty };
        let key = ty.name().to_owned();
        Ok(Made::just(fold::aggregate("tdigest", key, fold, args, DataType::Utf8View)))
    },
};

/// `tdigest_merge`.
pub(crate) const TDIGEST_MERGE: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "tdigest_merge",
        params: &[Param::of("tdigest", &[Type::Dynamic])],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("merge_tdigests"),
        doc: "One digest of all.",
    },
    lower: |call| {
        let args = vec![call.arg(0)?.0];
        let merged =
            fold::aggregate("tdigest_merge", String::new(), Merge, args, DataType::Utf8View);
        Ok(Made::just(merged))
    },
};

/// `merge_tdigest`.
pub(crate) const MERGE_TDIGEST: AggregateImpl = AggregateImpl {
    def: AggregateDef { name: "merge_tdigest", ..TDIGEST_MERGE.def },
    lower: TDIGEST_MERGE.lower,
};

/// A digest and what its numbers stand for.
#[derive(Default)]
pub(crate) struct Typed {
    /// The numbers.
    pub(crate) digest: Digest,
    /// The type they had.
    pub(crate) ty: Option<Type>,
}

impl Typed {
    /// Reads a dynamic value; none when it is no digest.
    pub(crate) fn read(json: &Json) -> Option<Self> {
        match json.as_array()?.as_slice() {
            [Json::String(mark), Json::String(ty), Json::Array(means), Json::Array(weights)]
                if mark == "tdigest" && means.len() == weights.len() =>
            {
                let number = |it: &Json| it.as_f64().unwrap_or(f64::NAN);
                let points = means.iter().map(number).zip(weights.iter().map(number));
                let mut digest = Digest::of(points);
                digest.settle();
                Some(Self { digest, ty: Type::parse(ty) })
            }
            _ => None,
        }
    }

    /// Adds another.
    pub(crate) fn add(&mut self, other: &Self) {
        other.digest.points().iter().for_each(|it| self.digest.add(it.0, it.1));
        self.ty = self.ty.or(other.ty);
    }

    /// As a dynamic value; null when it is empty. Settle before.
    pub(crate) fn json(&self) -> Json {
        let points = self.digest.points();
        if points.is_empty() {
            return Json::Null;
        }
        let ty = self.ty.unwrap_or(Type::Real).name();
        let means: Vec<f64> = points.iter().map(|it| it.0).collect();
        let weights: Vec<f64> = points.iter().map(|it| it.1).collect();
        json!(["tdigest", ty, means, weights])
    }
}

fn column<'a>(states: impl Iterator<Item = (&'a Digest, Option<Type>)>) -> ArrayRef {
    let texts = states.map(|(digest, ty)| {
        let mut digest = digest.clone();
        digest.settle();
        match (Typed { digest, ty }).json() {
            Json::Null => None,
            json => Some(json.to_string()),
        }
    });
    Arc::new(texts.collect::<StringViewArray>())
}

fn save(digest: &Digest, out: &mut Vec<u8>) {
    for (mean, weight) in digest.points() {
        out.extend_from_slice(&mean.to_le_bytes());
        out.extend_from_slice(&weight.to_le_bytes());
    }
}

fn load(digest: &mut Digest, saved: &[u8]) {
    let (numbers, _) = saved.as_chunks::<16>();
    for number in numbers {
        let (Some((mean, _)), Some((_, weight))) =
            (number.split_first_chunk::<8>(), number.split_last_chunk::<8>())
        else {
            continue;
        };
        digest.add(f64::from_le_bytes(*mean), f64::from_le_bytes(*weight));
    }
}

struct Gather {
    ty: Type,
}

impl Fold for Gather {
    type State = Digest;
    type Batch = (Float64Array, Option<Int64Array>);

    fn batch(&self, args: &[ArrayRef]) -> Result<Self::Batch> {
        let values =
            cast_array(&args[0], &DataType::Float64)?.as_primitive::<Float64Type>().clone();
        let weights = match args.get(1) {
            Some(weights) => {
                Some(cast_array(weights, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            None => None,
        };
        Ok((values, weights))
    }

    fn row(&self, state: &mut Digest, batch: &Self::Batch, row: usize) {
        let weight = match &batch.1 {
            Some(weights) if weights.is_null(row) => return,
            Some(weights) => weights.value(row) as f64,
            None => 1.0,
        };
        if batch.0.is_valid(row) {
            state.add(batch.0.value(row), weight);
        }
    }

    fn merge(&self, state: &mut Digest, saved: &[u8]) {
        load(state, saved);
    }

    fn save(&self, state: &Digest) -> Vec<u8> {
        let mut out = Vec::new();
        save(state, &mut out);
        out
    }

    fn finish(&self, states: &[Digest]) -> Result<ArrayRef> {
        Ok(column(states.iter().map(|it| (it, Some(self.ty)))))
    }

    fn size(state: &Digest) -> usize {
        state.size()
    }
}

struct Merge;

impl Fold for Merge {
    type State = Typed;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Typed, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row)
            && let Ok(json) = serde_json::from_str(batch.value(row))
            && let Some(other) = Typed::read(&json)
        {
            state.add(&other);
        }
    }

    fn merge(&self, state: &mut Typed, saved: &[u8]) {
        if let Some((ty, points)) = saved.split_first() {
            state.ty = state.ty.or(Type::ALL.get(usize::from(*ty)).copied());
            load(&mut state.digest, points);
        }
    }

    fn save(&self, state: &Typed) -> Vec<u8> {
        let ty = state.ty.and_then(|ty| Type::ALL.iter().position(|it| *it == ty));
        let mut out = vec![ty.map_or(u8::MAX, |it| it as u8)];
        save(&state.digest, &mut out);
        out
    }

    fn finish(&self, states: &[Typed]) -> Result<ArrayRef> {
        Ok(column(states.iter().map(|it| (&it.digest, it.ty))))
    }

    fn size(state: &Typed) -> usize {
        state.digest.size()
    }
}

//! `hll`, `hll_if`, `hll_merge`: a count of distinct values that can be kept and added to others.
//!
//! The state is that of `dcount`, so it is exact while small and of bounded size. In a query it is
//! a dynamic array, `["hll", text]` with the state in base64; only `hll_merge` and `dcount_hll`
//! read it.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        datatypes::DataType,
    },
    common::Result,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Value as Json, json};

use super::{
    AggregateImpl, IF, Made,
    dcount::{Count, Distinct},
    fold::{self, Fold},
    only_if,
};

const HASHED: Param = Param::of(
    "expr",
    &[
        Type::Int,
        Type::Long,
        Type::Decimal,
        Type::String,
        Type::DateTime,
        Type::TimeSpan,
        Type::Guid,
        Type::Dynamic,
    ],
);
const ACCURACY: Param = Param::of("accuracy", &[Type::Int, Type::Long]).opt().fixed();

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    let naming = Naming::Prefix(name);
    AggregateDef { name, params, returns: Returns::Is(Type::Dynamic), naming, doc }
}

/// `hll`.
pub(crate) const HLL: AggregateImpl = AggregateImpl {
    def: def(
        "hll",
        &[HASHED, ACCURACY],
        "The state of `dcount`, for `hll_merge` and `dcount_hll`. `accuracy` is read and has no \
         effect.",
    ),
    lower: |call| {
        let args = vec![call.arg(0)?.0];
        Ok(Made::just(fold::aggregate("hll", String::new(), Hll, args, DataType::Utf8View)))
    },
};

/// `hll_if`.
pub(crate) const HLL_IF: AggregateImpl = AggregateImpl {
    def: def(
        "hll_if",
        &[HASHED, IF, ACCURACY],
        "`hll` over the rows for which `predicate` is true.",
    ),
    lower: |call| {
        let args = vec![call.arg(0)?.0];
        let hll = fold::aggregate("hll", String::new(), Hll, args, DataType::Utf8View);
        Ok(Made::just(only_if(hll, call.arg(1)?.0)?))
    },
};

/// `hll_merge`.
pub(crate) const HLL_MERGE: AggregateImpl = AggregateImpl {
    def: def("hll_merge", &[Param::of("hll", &[Type::Dynamic])], "One `hll` of all."),
    lower: |call| {
        let args = vec![call.arg(0)?.0];
        Ok(Made::just(fold::aggregate("hll_merge", String::new(), Merge, args, DataType::Utf8View)))
    },
};

/// The state in a dynamic value; none when it is not one.
pub(crate) fn read(json: &Json) -> Option<Vec<u8>> {
    match json.as_array()?.as_slice() {
        [Json::String(mark), Json::String(state)] if mark == "hll" => {
            STANDARD_NO_PAD.decode(state).ok()
        }
        _ => None,
    }
}

/// Adds states that were read.
pub(crate) fn merged<'a>(states: impl Iterator<Item = &'a [u8]>) -> Merged {
    let mut all = Distinct::default();
    states.for_each(|state| Count.merge(&mut all, state));
    Merged(all)
}

/// States put together.
pub(crate) struct Merged(Distinct);

impl Merged {
    /// How many distinct values went in.
    pub(crate) fn count(&self) -> i64 {
        self.0.count()
    }

    /// As a dynamic value; null when nothing went in.
    pub(crate) fn json(&self) -> Json {
        json(&self.0)
    }
}

fn json(state: &Distinct) -> Json {
    if state.count() == 0 {
        return Json::Null;
    }
    json!(["hll", STANDARD_NO_PAD.encode(Count.save(state))])
}

fn column(states: &[Distinct]) -> ArrayRef {
    let texts = states.iter().map(|state| match json(state) {
        Json::Null => None,
        json => Some(json.to_string()),
    });
    Arc::new(texts.collect::<StringViewArray>())
}

struct Hll;

impl Fold for Hll {
    type State = Distinct;
    type Batch = <Count as Fold>::Batch;

    fn batch(&self, args: &[ArrayRef]) -> Result<Self::Batch> {
        Count.batch(args)
    }

    fn row(&self, state: &mut Distinct, batch: &Self::Batch, row: usize) {
        Count.row(state, batch, row);
    }

    fn merge(&self, state: &mut Distinct, saved: &[u8]) {
        Count.merge(state, saved);
    }

    fn save(&self, state: &Distinct) -> Vec<u8> {
        Count.save(state)
    }

    fn finish(&self, states: &[Distinct]) -> Result<ArrayRef> {
        Ok(column(states))
    }

    fn size(state: &Distinct) -> usize {
        Count::size(state)
    }
}

struct Merge;

impl Fold for Merge {
    type State = Distinct;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Distinct, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row)
            && let Ok(json) = serde_json::from_str(batch.value(row))
            && let Some(saved) = read(&json)
        {
            Count.merge(state, &saved);
        }
    }

    fn merge(&self, state: &mut Distinct, saved: &[u8]) {
        Count.merge(state, saved);
    }

    fn save(&self, state: &Distinct) -> Vec<u8> {
        Count.save(state)
    }

    fn finish(&self, states: &[Distinct]) -> Result<ArrayRef> {
        Ok(column(states))
    }

    fn size(state: &Distinct) -> usize {
        Count::size(state)
    }
}

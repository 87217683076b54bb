//! `make_bag`: the bags of a group as one; the first value of a key stays.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        datatypes::DataType,
    },
    common::Result,
    logical_expr::Expr,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value};

use super::{
    AggregateCall, AggregateImpl, IF, MAX_SIZE, Made,
    fold::{self, Fold},
    only_if,
};
use crate::error::EngineError;

const BAG: Param = Param::of("expr", &[Type::Dynamic]);
const DEFAULT_SIZE: usize = 1_048_576;

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    let naming = Naming::Prefix("bag");
    AggregateDef { name, params, returns: Returns::Is(Type::Dynamic), naming, doc }
}

/// `make_bag`.
pub(crate) const MAKE_BAG: AggregateImpl = AggregateImpl {
    def: def(
        "make_bag",
        &[BAG, MAX_SIZE],
        "One bag of all the bags' members, at most `max_size` of them.",
    ),
    lower: |call| Ok(Made::just(merged(call, 1)?)),
};

/// `make_bag_if`.
pub(crate) const MAKE_BAG_IF: AggregateImpl = AggregateImpl {
    def: def(
        "make_bag_if",
        &[BAG, IF, MAX_SIZE],
        "`make_bag` over the rows for which `predicate` is true.",
    ),
    lower: |call| Ok(Made::just(only_if(merged(call, 2)?, call.arg(1)?.0)?)),
};

fn merged(call: &AggregateCall<'_>, size_at: usize) -> std::result::Result<Expr, EngineError> {
    let most = match call.whole(size_at) {
        Some(size) if size >= 0 => usize::try_from(size).unwrap_or(DEFAULT_SIZE),
        _ => DEFAULT_SIZE,
    };
    let args = vec![call.arg(0)?.0];
    let key = most.to_string();
    Ok(fold::aggregate("make_bag", key, Merge { most }, args, DataType::Utf8View))
}

struct Merge {
    most: usize,
}

#[derive(Default)]
struct Bag {
    members: Map<String, Value>,
    bytes: usize,
}

impl Merge {
    fn add(&self, state: &mut Bag, json: &str) {
        let Ok(Value::Object(members)) = serde_json::from_str(json) else { return };
        for (key, value) in members {
            if state.members.len() < self.most && !state.members.contains_key(&key) {
                state.bytes += key.len() + 64;
                state.members.insert(key, value);
            }
        }
        // The values' share, about.
        state.bytes += json.len();
    }
}

impl Fold for Merge {
    type State = Bag;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Bag, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row) {
            self.add(state, batch.value(row));
        }
    }

    fn merge(&self, state: &mut Bag, saved: &[u8]) {
        if let Ok(json) = std::str::from_utf8(saved) {
            self.add(state, json);
        }
    }

    fn save(&self, state: &Bag) -> Vec<u8> {
        serde_json::to_vec(&state.members).unwrap_or_default()
    }

    fn finish(&self, states: &[Bag]) -> Result<ArrayRef> {
        let texts =
            states.iter().map(|state| serde_json::to_string(&state.members).unwrap_or_default());
        Ok(Arc::new(StringViewArray::from_iter_values(texts)))
    }

    fn size(state: &Bag) -> usize {
        state.bytes
    }
}

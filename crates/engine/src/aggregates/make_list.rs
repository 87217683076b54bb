//! `make_list`, `make_set` and their forms: the values of a group as one dynamic array.

use std::{collections::HashSet, sync::Arc};

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

use super::{
    ANY, AggregateCall, AggregateImpl, IF, MAX_SIZE, Made,
    fold::{self, Fold},
    only_if,
};
use crate::{
    dynamic::{encode, scan},
    error::EngineError,
    udf::{self, Work},
};

/// The most elements when the query does not say.
const DEFAULT_SIZE: usize = 1_048_576;
/// The same for the old names.
const OLD_SIZE: usize = 128;

const fn def(
    name: &'static str,
    params: &'static [Param],
    prefix: &'static str,
    doc: &'static str,
) -> AggregateDef {
    let naming = Naming::Prefix(prefix);
    AggregateDef { name, params, returns: Returns::Is(Type::Dynamic), naming, doc }
}

/// `make_list`.
pub(crate) const MAKE_LIST: AggregateImpl = AggregateImpl {
    def: def(
        "make_list",
        &[ANY, MAX_SIZE],
        "list",
        "An array of the values that are not null, at most `max_size` of them; of arrays it takes \
         the elements.",
    ),
    lower: |call| {
        let nulls = call.arg(0)?.1 == Type::Dynamic;
        Ok(Made::just(gathered(call, false, nulls, 1, DEFAULT_SIZE)?))
    },
};

/// `makelist`, which holds less.
pub(super) fn list_of_few(call: &AggregateCall<'_>) -> std::result::Result<Made, EngineError> {
    let nulls = call.arg(0)?.1 == Type::Dynamic;
    Ok(Made::just(gathered(call, false, nulls, 1, OLD_SIZE)?))
}

/// `makeset`, which holds less.
pub(super) fn set_of_few(call: &AggregateCall<'_>) -> std::result::Result<Made, EngineError> {
    Ok(Made::just(gathered(call, true, false, 1, OLD_SIZE)?))
}

/// `make_list_if`.
pub(crate) const MAKE_LIST_IF: AggregateImpl = AggregateImpl {
    def: def(
        "make_list_if",
        &[ANY, IF, MAX_SIZE],
        "list",
        "`make_list` over the rows for which `predicate` is true.",
    ),
    lower: |call| {
        let nulls = call.arg(0)?.1 == Type::Dynamic;
        Ok(Made::just(only_if(gathered(call, false, nulls, 2, DEFAULT_SIZE)?, call.arg(1)?.0)?))
    },
};

/// `make_list_with_nulls`.
pub(crate) const MAKE_LIST_WITH_NULLS: AggregateImpl = AggregateImpl {
    def: def("make_list_with_nulls", &[ANY], "list", "`make_list` that keeps nulls."),
    lower: |call| Ok(Made::just(gathered(call, false, true, 1, DEFAULT_SIZE)?)),
};

/// `make_set`.
pub(crate) const MAKE_SET: AggregateImpl = AggregateImpl {
    def: def(
        "make_set",
        &[ANY, MAX_SIZE],
        "set",
        "An array of the distinct values that are not null, at most `max_size` of them; of arrays \
         it takes the elements.",
    ),
    lower: |call| Ok(Made::just(gathered(call, true, false, 1, DEFAULT_SIZE)?)),
};

/// `make_set_if`.
pub(crate) const MAKE_SET_IF: AggregateImpl = AggregateImpl {
    def: def(
        "make_set_if",
        &[ANY, IF, MAX_SIZE],
        "set",
        "`make_set` over the rows for which `predicate` is true.",
    ),
    lower: |call| {
        Ok(Made::just(only_if(gathered(call, true, false, 2, DEFAULT_SIZE)?, call.arg(1)?.0)?))
    },
};

fn gathered(
    call: &AggregateCall<'_>,
    distinct: bool,
    nulls: bool,
    size_at: usize,
    default: usize,
) -> std::result::Result<Expr, EngineError> {
    let (arg, ty) = call.arg(0)?;
    let most = match call.whole(size_at) {
        Some(size) if size >= 0 => usize::try_from(size).unwrap_or(DEFAULT_SIZE),
        _ => default,
    };
    let work = Work::Plain(encode::encode);
    let text = udf::call("to_dynamic", work, vec![arg], &[ty], Type::Dynamic);
    let fold = Gather { distinct, nulls, most: most.min(DEFAULT_SIZE) };
    let key = format!("{distinct} {nulls} {most}");
    let name = if distinct { "make_set" } else { "make_list" };
    Ok(fold::aggregate(name, key, fold, vec![text], DataType::Utf8View))
}

struct Gather {
    distinct: bool,
    nulls: bool,
    most: usize,
}

/// The elements' JSON with commas between.
#[derive(Default)]
struct Gathered {
    text: String,
    count: usize,
    seen: HashSet<Box<str>>,
}

impl Gather {
    fn add(&self, state: &mut Gathered, element: &str) {
        if state.count >= self.most || (self.distinct && !state.seen.insert(element.into())) {
            return;
        }
        if state.count > 0 {
            state.text.push(',');
        }
        state.text.push_str(element);
        state.count += 1;
    }
}

impl Fold for Gather {
    type State = Gathered;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Gathered, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row) {
            let json = batch.value(row);
            match scan::elements(json) {
                // A list or set of arrays is that of their elements.
                Some(elements) => elements.for_each(|element| self.add(state, element)),
                None => self.add(state, json),
            }
        } else if self.nulls {
            self.add(state, "null");
        }
    }

    fn merge(&self, state: &mut Gathered, saved: &[u8]) {
        let Some(elements) = std::str::from_utf8(saved).ok().and_then(scan::elements) else {
            return;
        };
        elements.for_each(|element| self.add(state, element));
    }

    fn save(&self, state: &Gathered) -> Vec<u8> {
        format!("[{}]", state.text).into_bytes()
    }

    fn finish(&self, states: &[Gathered]) -> Result<ArrayRef> {
        let texts = states.iter().map(|state| format!("[{}]", state.text));
        Ok(Arc::new(StringViewArray::from_iter_values(texts)))
    }

    fn size(state: &Gathered) -> usize {
        // The set holds each element's text once more, with a pointer, an allocation and its room.
        let set = if state.seen.is_empty() { 0 } else { state.text.len() + state.count * 64 };
        state.text.capacity() + set
    }
}

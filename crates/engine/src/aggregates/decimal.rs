//! `sum`, `min` and `max` of decimals, on their texts. A sum with too many digits is null.

use std::{cmp::Ordering, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        datatypes::DataType,
    },
    common::Result,
    logical_expr::Expr,
};

use super::fold::{self, Fold};
use crate::lower::decimal;

/// What is kept of the values so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Their sum.
    Sum,
    /// The smallest.
    Least,
    /// The largest.
    Most,
}

/// The aggregate over a column of decimals.
pub(crate) fn aggregate(keep: Keep, arg: Expr) -> Expr {
    let name = match keep {
        Keep::Sum => "decimal_sum",
        Keep::Least => "decimal_min",
        Keep::Most => "decimal_max",
    };
    fold::aggregate(name, String::new(), Decimals(keep), vec![arg], DataType::Utf8View)
}

struct Decimals(Keep);

/// Nothing yet, a value, or too many digits.
#[derive(Default)]
enum Kept {
    #[default]
    Nothing,
    Value(String),
    TooLong,
}

impl Decimals {
    fn add(&self, state: &mut Kept, value: &str) {
        let Kept::Value(kept) = state else {
            if matches!(state, Kept::Nothing) {
                *state = Kept::Value(value.to_owned());
            }
            return;
        };
        let order = || decimal::order(value, kept);
        match self.0 {
            Keep::Sum => {
                *state = decimal::add(kept, value).map_or(Kept::TooLong, Kept::Value);
            }
            Keep::Least if order() == Ordering::Less => value.clone_into(kept),
            Keep::Most if order() == Ordering::Greater => value.clone_into(kept),
            Keep::Least | Keep::Most => {}
        }
    }
}

impl Fold for Decimals {
    type State = Kept;
    type Batch = StringViewArray;

    fn batch(&self, args: &[ArrayRef]) -> Result<StringViewArray> {
        Ok(args[0].as_string_view().clone())
    }

    fn row(&self, state: &mut Kept, batch: &StringViewArray, row: usize) {
        if batch.is_valid(row) {
            self.add(state, batch.value(row));
        }
    }

    fn merge(&self, state: &mut Kept, saved: &[u8]) {
        match std::str::from_utf8(saved) {
            Ok("") | Err(_) => {}
            Ok("too long") => *state = Kept::TooLong,
            Ok(value) => self.add(state, value),
        }
    }

    fn save(&self, state: &Kept) -> Vec<u8> {
        match state {
            Kept::Nothing => Vec::new(),
            Kept::Value(value) => value.clone().into_bytes(),
            Kept::TooLong => b"too long".to_vec(),
        }
    }

    fn finish(&self, states: &[Kept]) -> Result<ArrayRef> {
        let cells = states.iter().map(|state| match state {
            Kept::Value(value) => Some(value.as_str()),
            Kept::Nothing if self.0 == Keep::Sum => Some("0"),
            Kept::Nothing | Kept::TooLong => None,
        });
        Ok(Arc::new(cells.collect::<StringViewArray>()))
    }

    fn size(state: &Kept) -> usize {
        match state {
            Kept::Value(value) => value.capacity(),
            Kept::Nothing | Kept::TooLong => 0,
        }
    }
}

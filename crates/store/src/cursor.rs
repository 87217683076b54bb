//! A place in an ordered list, as text a client can hold.
//!
//! It names the last row seen by its sort values and its id, so the next page begins behind that
//! row whatever was written meanwhile, and the change number the list began at. A fingerprint of
//! collection and order keeps a cursor from being used on another list. Everything in it is
//! only ever bound as a value, so a forged one can do no more than start elsewhere.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::StoreError;
use crate::backend::value::Value as Sql;

/// The longest text that is taken for a cursor; sort values are short.
const MAX_TEXT: usize = 16 * 1024;

/// Where a page ended. `Display` writes it and `FromStr` reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub(crate) as_of: u64,
    pub(crate) list: u32,
    pub(crate) values: Vec<Sql>,
    pub(crate) id: String,
}

impl Cursor {
    /// The change number that the list shows.
    pub fn as_of(&self) -> u64 {
        self.as_of
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<Value> = self.values.iter().map(write_value).collect();
        let text = json!([self.as_of, self.list, values, self.id]).to_string();
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let damaged = StoreError::BadCursor { reason: "it is damaged" };
        read(text).ok_or(damaged)
    }
}

fn read(text: &str) -> Option<Cursor> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let Value::Array(parts) = serde_json::from_slice(&bytes).ok()? else { return None };
    let [as_of, list, Value::Array(values), Value::String(id)] = parts.as_slice() else {
        return None;
    };
    let as_of = as_of.as_u64().filter(|it| i64::try_from(*it).is_ok())?;
    let list = u32::try_from(list.as_u64()?).ok()?;
    let values = values.iter().map(read_value).collect::<Option<_>>()?;
    Some(Cursor { as_of, list, values, id: id.clone() })
}

/// A real travels as its bits: its decimal text need not read back as the same number.
fn write_value(value: &Sql) -> Value {
    match value {
        Sql::Null | Sql::Blob(_) => Value::Null,
        Sql::Integer(it) => json!(it),
        Sql::Real(it) => json!([it.to_bits().to_string()]),
        Sql::Text(it) => json!(it),
    }
}

fn read_value(value: &Value) -> Option<Sql> {
    Some(match value {
        Value::Null => Sql::Null,
        Value::Number(it) => Sql::Integer(it.as_i64()?),
        Value::String(it) => Sql::Text(it.clone()),
        Value::Array(it) => match it.as_slice() {
            [Value::String(bits)] => Sql::Real(f64::from_bits(bits.parse().ok()?)),
            _ => return None,
        },
        Value::Bool(_) | Value::Object(_) => return None,
    })
}

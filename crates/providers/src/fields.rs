//! Reading a product's JSON by path, keeping account of what is left over.
//!
//! What a connector takes out of [`Fields`] is told elsewhere in the alert without loss; what it
//! only looks at, or never asks for, stays and becomes `additionalData`. So nothing a product said
//! disappears because nobody here knew the member.
//!
//! Optional members of an unexpected type count as absent, and stay.

use serde_json::{Map, Value};

use crate::normalised::Refused;
use crate::text;

/// An object being read.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    rest: Map<String, Value>,
    /// Where this object stands in the item, for refusals: empty or ending with a dot.
    prefix: String,
}

impl Fields {
    pub(crate) fn of(item: &Value, what: &str) -> Result<Self, Refused> {
        match item {
            Value::Object(rest) => Ok(Self { rest: rest.clone(), prefix: String::new() }),
            _ => Err(Refused::new(what, "not an object")),
        }
    }

    /// The same for an object inside another; anything else reads as an empty one.
    pub(crate) fn inside(value: Option<&Value>, at: &str) -> Self {
        let rest = value.and_then(Value::as_object).cloned().unwrap_or_default();
        Self { rest, prefix: format!("{at}.") }
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        let mut segments = path.split('.');
        let mut value = self.rest.get(segments.next()?)?;
        for segment in segments {
            value = value.as_object()?.get(segment)?;
        }
        (!value.is_null()).then_some(value)
    }

    /// A text that is not blank; numbers and booleans read as their text.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        text::of(self.get(path)?)
    }

    /// A whole number, also one written as text.
    pub(crate) fn int(&self, path: &str) -> Option<i64> {
        text::int(self.get(path)?)
    }

    pub(crate) fn object(&self, path: &str) -> Option<&Map<String, Value>> {
        self.get(path)?.as_object()
    }

    /// The texts of an array, or the one text where a product writes a single one bare.
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        self.get(path).map(text::all_of).unwrap_or_default()
    }

    pub(crate) fn items(&self, path: &str) -> &[Value] {
        self.get(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn need_text(&self, path: &str) -> Result<String, Refused> {
        self.text(path).ok_or_else(|| self.refuse(path, "a text"))
    }

    pub(crate) fn need_int(&self, path: &str) -> Result<i64, Refused> {
        self.int(path).ok_or_else(|| self.refuse(path, "a whole number"))
    }

    /// Refuses because of one member: it is missing, or it is not what it should be.
    pub(crate) fn refuse(&self, path: &str, wanted: &str) -> Refused {
        let reason = match self.get(path) {
            None => "missing".to_owned(),
            Some(Value::String(text)) if text.trim().is_empty() => "blank".to_owned(),
            Some(_) => format!("not {wanted}"),
        };
        Refused::new(format!("{}{path}", self.prefix), reason)
    }

    /// Removes a member, and the objects that this leaves empty.
    pub(crate) fn take(&mut self, path: &str) -> Option<Value> {
        remove(&mut self.rest, path)
    }

    pub(crate) fn take_text(&mut self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        self.take(path);
        Some(text)
    }

    pub(crate) fn into_rest(self) -> Map<String, Value> {
        self.rest
    }
}

fn remove(map: &mut Map<String, Value>, path: &str) -> Option<Value> {
    let Some((first, rest)) = path.split_once('.') else { return map.shift_remove(path) };
    let inner = map.get_mut(first)?.as_object_mut()?;
    let value = remove(inner, rest);
    if value.is_some() && inner.is_empty() {
        map.shift_remove(first);
    }
    value
}

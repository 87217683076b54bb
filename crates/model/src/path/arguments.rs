//! The arguments of a call as values of their parameters' types.
//!
//! Clients write them in several ways: quoted, bare, as JSON, with a type's name before the quote,
//! a list with or without brackets. What they mean is settled here, where the type is known.

use serde_json::{Map, Value};

use super::{Arg, Call, PathError, segment::literal};
use crate::{
    body,
    edm::{Primitive, Ty, TypeRef},
    model::Model,
    text::short,
};

impl Call<'_> {
    /// The arguments with aliases replaced by what the query string says for them, each checked
    /// against its parameter. An alias without a value is null; optional parameters without an
    /// argument are left out.
    pub fn arguments(
        &self,
        model: &Model,
        other: &[(String, String)],
    ) -> Result<Map<String, Value>, PathError> {
        let mut out = Map::new();
        for (name, arg) in &self.args {
            let value = match arg {
                Arg::Value(value) => value.clone(),
                Arg::Alias(alias) => aliased(alias, other)?,
            };
            let parameter = self.op.parameters.iter().find(|it| it.name == *name);
            let value = match parameter {
                Some(parameter) => typed(model, name, parameter.ty, value)?,
                None => value,
            };
            out.insert((*name).to_owned(), value);
        }
        Ok(out)
    }
}

fn aliased(alias: &str, other: &[(String, String)]) -> Result<Value, PathError> {
    let named = |(key, _): &&(String, String)| key.strip_prefix('@') == Some(alias);
    let Some((_, text)) = other.iter().find(named) else { return Ok(Value::Null) };
    literal(text.trim()).ok_or_else(|| PathError::Malformed {
        segment: format!("@{}", short(alias)),
        reason: "a quote is not closed",
    })
}

fn typed(model: &Model, name: &str, ty: TypeRef, value: Value) -> Result<Value, PathError> {
    let value = match value {
        Value::String(text) if ty.collection => {
            let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            items.map(|it| Value::from(it.trim_matches('\''))).collect()
        }
        value => value,
    };
    let value = match value {
        Value::Array(items) => items.into_iter().map(|it| plain(ty.ty, it)).collect(),
        value => plain(ty.ty, value),
    };
    if value.is_null() {
        return Ok(value);
    }
    body::value_of(model, TypeRef { nullable: true, ..ty }, &value)
        .map_err(|error| PathError::Argument { name: name.to_owned(), reason: error.to_string() })
}

/// A scalar without a type's name before its quotes, and as text where text is meant.
fn plain(ty: Ty, value: Value) -> Value {
    let is_text = !matches!(ty, Ty::Primitive(it) if it.is_number() || it == Primitive::Boolean);
    match value {
        Value::String(text) => {
            let quoted = text.strip_suffix('\'').and_then(|it| it.split_once('\''));
            match quoted {
                Some((prefix, inner)) if is_name(prefix) => Value::from(inner),
                _ => Value::String(text),
            }
        }
        it @ (Value::Number(_) | Value::Bool(_)) if is_text && ty != Ty::Untyped => {
            Value::from(it.to_string())
        }
        other => other,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"._".contains(&it))
}

//! Indicators as they come: booleans as text, numbers as text and text as numbers, one value where
//! a list is meant. What is meant is clear from the declared type; the rest is checked as ever.

use model::{
    Model,
    edm::{Primitive, Ty, TypeId},
};
use serde_json::Value;

/// Brings the members of a body into the forms of their types.
pub(super) fn read(model: &Model, ty: TypeId, sent: &mut Value) {
    let Some(members) = sent.as_object_mut() else { return };
    for (name, value) in members.iter_mut() {
        let Some(property) = model.ty(ty).property_exact(name) else { continue };
        if property.ty.collection {
            if value.is_string() {
                *value = Value::Array(vec![value.take()]);
            }
            continue;
        }
        match (property.ty.ty, &*value) {
            (Ty::Primitive(Primitive::Boolean), Value::String(text)) => {
                match text.to_ascii_lowercase().as_str() {
                    "true" | "1" => *value = Value::Bool(true),
                    "false" | "0" => *value = Value::Bool(false),
                    _ => {}
                }
            }
            (Ty::Primitive(Primitive::String), Value::Number(_) | Value::Bool(_)) => {
                *value = Value::from(value.to_string());
            }
            (Ty::Enum(_), Value::String(text)) => {
                if let Ok(number) = text.parse::<i64>() {
                    *value = Value::from(number);
                }
            }
            // An empty text in place of a number or a moment says nothing.
            (Ty::Primitive(it), Value::String(text))
                if it != Primitive::String && text.trim().is_empty() =>
            {
                *value = Value::Null;
            }
            _ => {}
        }
    }
}

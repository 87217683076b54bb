//! One value of a body against its declared type.

use serde_json::{Map, Number, Value};

use super::{BodyError, MAX_DEPTH, Mode, object};
use crate::{
    edm::{EnumId, Primitive, Ty, TypeRef},
    model::{EnumType, Model, UNKNOWN_FUTURE_VALUE},
    time::Timestamp,
};

/// Checks and normalises a value of a declared type.
pub(super) fn check(
    model: &Model,
    ty: TypeRef,
    value: &Value,
    mode: Mode<'_>,
    depth: usize,
) -> Result<Value, BodyError> {
    if ty.collection {
        return match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    // Published types leave it open, but nothing is ever meant by it.
                    if item.is_null() {
                        return Err(BodyError::new("must not be null").within_index(index));
                    }
                    single(model, ty.ty, item, mode, depth + 1).map_err(|it| it.within_index(index))
                })
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array),
            // Null means empty, as clients that write out every member send it.
            Value::Null => Ok(Value::Array(Vec::new())),
            other => Err(BodyError::new(format!("expected an array, got {}", kind_of(other)))),
        };
    }
    if value.is_null() && !ty.nullable {
        return Err(BodyError::new("must not be null"));
    }
    single(model, ty.ty, value, mode, depth)
}

/// Copies a value nobody declared, within the nesting limit.
pub(super) fn untyped(value: &Value, depth: usize) -> Result<Value, BodyError> {
    if depth > MAX_DEPTH {
        return Err(BodyError::new(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    match value {
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|it| untyped(it, depth + 1)).collect();
            Ok(Value::Array(items?))
        }
        Value::Object(members) => {
            let mut out = Map::with_capacity(members.len());
            for (name, value) in members {
                let value = untyped(value, depth + 1).map_err(|error| error.within(name))?;
                out.insert(name.clone(), value);
            }
            Ok(Value::Object(out))
        }
        scalar => Ok(scalar.clone()),
    }
}

fn single(
    model: &Model,
    ty: Ty,
    value: &Value,
    mode: Mode<'_>,
    depth: usize,
) -> Result<Value, BodyError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match (ty, value) {
        (Ty::Primitive(it), _) => primitive(it, value),
        (Ty::Enum(id), _) => enumeration(model, id, value, mode),
        (Ty::Struct(id), Value::Object(members)) => {
            object(model, model.ty(id), members, mode, depth).map(Value::Object)
        }
        (Ty::Struct(_), other) => {
            Err(BodyError::new(format!("expected an object, got {}", kind_of(other))))
        }
        (Ty::Untyped, _) => untyped(value, depth),
    }
}

fn enumeration(
    model: &Model,
    id: EnumId,
    value: &Value,
    mode: Mode<'_>,
) -> Result<Value, BodyError> {
    let it = model.enumeration(id);
    match value {
        Value::String(text) => {
            let name = enum_text(it, text).ok_or_else(|| not_a_member(it, text))?;
            if name == UNKNOWN_FUTURE_VALUE && !matches!(mode, Mode::Document) {
                return Err(not_a_member(it, text));
            }
            Ok(Value::String(name))
        }
        Value::Number(number) => {
            let member = number.as_i64().and_then(|number| it.member_of_value(number));
            let member = member.ok_or_else(|| not_a_member(it, &number.to_string()))?;
            Ok(Value::from(member.name.as_str()))
        }
        other => Err(BodyError::new(format!("expected text, got {}", kind_of(other)))),
    }
}

/// The canonical text of a member name, or of a list of them when the enumeration has flags.
pub(crate) fn enum_text(it: &EnumType, text: &str) -> Option<String> {
    if !it.flags {
        return it.member(text.trim()).map(|member| member.name.clone());
    }
    let mut names: Vec<&str> = Vec::new();
    for name in text.split(',') {
        let member = it.member(name.trim())?;
        if !names.contains(&member.name.as_str()) {
            names.push(&member.name);
        }
    }
    Some(names.join(","))
}

fn not_a_member(it: &EnumType, text: &str) -> BodyError {
    let shown: String = text.chars().take(80).collect();
    BodyError::new(format!("'{shown}' is not a member of '{}'", it.name))
}

fn primitive(ty: Primitive, value: &Value) -> Result<Value, BodyError> {
    use Primitive::*;
    let expected = |what: &str| BodyError::new(format!("expected {what}, got {}", kind_of(value)));
    match ty {
        String => match value {
            Value::String(_) => Ok(value.clone()),
            _ => Err(expected("text")),
        },
        Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            // Published examples have them as text.
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
            _ => Err(expected("true or false")),
        },
        Byte | SByte | Int16 | Int32 | Int64 => {
            let number = match value {
                Value::Number(number) => number.as_i64().or_else(|| whole(number)),
                // Large numbers travel as text when a client asks for IEEE 754 compatibility.
                Value::String(text) => text.parse().ok(),
                _ => return Err(expected("a whole number")),
            };
            let (low, high) = match ty {
                Byte => (0, 255),
                SByte => (-128, 127),
                Int16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
                Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
                _ => (i64::MIN, i64::MAX),
            };
            match number {
                Some(number) if (low..=high).contains(&number) => Ok(Value::from(number)),
                _ => Err(BodyError::new(format!("expected a whole number within {ty}"))),
            }
        }
        Double | Single | Decimal => match value {
            Value::Number(_) => Ok(value.clone()),
            Value::String(text) => text
                .parse::<f64>()
                .ok()
                .and_then(Number::from_f64)
                .map(Value::Number)
                .ok_or_else(|| expected("a number")),
            _ => Err(expected("a number")),
        },
        DateTimeOffset => {
            let Value::String(text) = value else { return Err(expected("a date and time")) };
            let moment = Timestamp::parse(text)
                .map_err(|error| BodyError::new(format!("not a date and time: {error}")))?;
            Ok(Value::String(moment.to_string()))
        }
        Date => text_form(value, "a date", |text| {
            (text.len() == 10).then(|| Timestamp::parse(text).ok()).flatten()?;
            Some(text.to_owned())
        }),
        TimeOfDay => text_form(value, "a time of day", |text| {
            Timestamp::parse(&format!("2000-01-01T{text}")).ok()?;
            (!text.ends_with(['Z', 'z'])).then(|| text.to_owned())
        }),
        Guid => text_form(value, "a GUID", |text| {
            uuid::Uuid::try_parse(text).ok().map(|it| it.to_string())
        }),
        Duration => text_form(value, "an ISO 8601 duration", |text| {
            crate::time::is_duration(text).then(|| text.to_owned())
        }),
        Binary => text_form(value, "base64 text", |text| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b);
            text.bytes().all(plain).then(|| text.to_owned())
        }),
        Stream => Err(BodyError::new("a stream cannot be set in a body")),
    }
}

fn text_form(
    value: &Value,
    what: &str,
    read: impl Fn(&str) -> Option<String>,
) -> Result<Value, BodyError> {
    match value {
        Value::String(text) => {
            read(text).map(Value::String).ok_or_else(|| BodyError::new(format!("expected {what}")))
        }
        other => Err(BodyError::new(format!("expected {what}, got {}", kind_of(other)))),
    }
}

/// `3.0` is a whole number too.
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
}

/// What a JSON value is, in words.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

//! Reading arguments the way library functions want them: any scalar as its text, any scalar as
//! JSON. Both do the work once for an argument that is constant.

use std::{borrow::Cow, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewBuilder},
        compute::cast,
        datatypes::DataType,
    },
    logical_expr::ColumnarValue,
    scalar::ScalarValue,
};
use kql::types::Type;
use serde_json::Value as Json;

use super::convert::tostring;
use crate::{
    args::{Args, Growing, Texts},
    arrow_types::{dynamic_of, read_dynamic, value_at},
    error::EngineError,
    leash::Pace,
};

/// An argument of any type as `tostring` would give it.
pub(super) fn strings(args: &Args<'_>, at: usize) -> Result<Texts, EngineError> {
    let ty = args.ty(at)?;
    if ty == Type::String {
        return args.texts(at);
    }
    let (array, one) = args.array(at)?;
    let text = tostring::texts(&array, ty)?;
    let rows = text.len();
    let value = if one {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&text, 0)?)
    } else {
        ColumnarValue::Array(text)
    };
    Args::new(&[value], &[Type::String], Type::String, rows).texts(0)
}

/// An optional argument of any type as `tostring` would give it.
pub(super) fn some_strings(args: &Args<'_>, at: usize) -> Result<Option<Texts>, EngineError> {
    if at < args.len() { strings(args, at).map(Some) } else { Ok(None) }
}

/// JSON by row, whatever the type of the argument.
pub(super) struct Jsons {
    array: ArrayRef,
    ty: Type,
    one: Option<Json>,
}

impl Jsons {
    /// The argument at this position.
    pub(super) fn new(args: &Args<'_>, at: usize) -> Result<Self, EngineError> {
        let ty = args.ty(at)?;
        let (array, one) = args.array(at)?;
        let array = match ty {
            Type::Dynamic | Type::String => cast(&array, &DataType::Utf8View)?,
            _ => array,
        };
        let one = if one { Some(cell(&array, 0, ty)) } else { None };
        Ok(Self { array, ty, one })
    }

    /// The value of a row; JSON null for null.
    pub(super) fn get(&self, row: usize) -> Cow<'_, Json> {
        match &self.one {
            Some(json) => Cow::Borrowed(json),
            None => Cow::Owned(cell(&self.array, row, self.ty)),
        }
    }

    /// The value of a row for keeping.
    pub(super) fn take(&self, row: usize) -> Json {
        self.get(row).into_owned()
    }
}

/// Every argument from a position on.
pub(super) fn jsons_from(args: &Args<'_>, from: usize) -> Result<Vec<Jsons>, EngineError> {
    (from..args.len()).map(|at| Jsons::new(args, at)).collect()
}

fn cell(array: &ArrayRef, row: usize, ty: Type) -> Json {
    match (ty, array.as_string_view_opt()) {
        // The frequent ones without a detour.
        (Type::Dynamic, Some(text)) if text.is_valid(row) => read_dynamic(text.value(row)),
        (Type::String, Some(text)) if text.is_valid(row) => Json::from(text.value(row)),
        _ => value_at(array, row, ty).map_or(Json::Null, |value| dynamic_of(&value)),
    }
}

/// The bare text of a JSON value: a string without its quotes, nothing for null.
pub(super) fn json_text(json: &Json) -> Cow<'_, str> {
    match json {
        Json::Null => Cow::Borrowed(""),
        Json::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// The bare text of a dynamic cell, without parsing what needs no parsing.
pub(super) fn dynamic_text(cell: &str) -> Cow<'_, str> {
    match cell.as_bytes().first() {
        Some(b'"') => Cow::Owned(json_text(&read_dynamic(cell)).into_owned()),
        _ if cell == "null" => Cow::Borrowed(""),
        _ => Cow::Borrowed(cell),
    }
}

/// A string column written piece by piece into one buffer.
pub(super) fn written(rows: usize, mut each: impl FnMut(usize, &mut String)) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    let mut growing = Growing::new();
    let mut pace = Pace::default();
    for row in 0..rows {
        text.clear();
        each(row, &mut text);
        if !growing.add(text.len()) || pace.over() {
            break;
        }
        out.append_value(&text);
    }
    Arc::new(out.finish())
}

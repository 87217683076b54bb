//! A series: the numbers of a dynamic array, with gaps where an element is no number.
//!
//! A series of whole numbers stays one where an operation keeps numbers whole; everything else is
//! computed in reals. Most functions of statistics want a series without gaps and answer null
//! otherwise.

use serde_json::Value as Json;

use crate::arrow_types::real_json;

/// Numbers by position.
pub(super) struct Series {
    /// The numbers.
    pub(super) values: Vec<Option<f64>>,
    /// The same as whole numbers, when all of them are (and there is one).
    pub(super) whole: Option<Vec<Option<i64>>>,
}

/// A number in JSON; text may only be one of the three that JSON has no number for.
pub(super) fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

impl Series {
    /// Of an array; none of anything else.
    pub(super) fn read(json: &Json) -> Option<Self> {
        let Json::Array(elements) = json else { return None };
        let values = elements.iter().map(number).collect();
        let is_whole = |it: &Json| it.is_null() || it.as_i64().is_some();
        let whole = (elements.iter().all(is_whole) && elements.iter().any(|it| !it.is_null()))
            .then(|| elements.iter().map(Json::as_i64).collect());
        Some(Self { values, whole })
    }

    /// The numbers, when there is one in every place.
    pub(super) fn full(&self) -> Option<Vec<f64>> {
        self.values.iter().copied().collect()
    }

    /// The numbers, when there is a finite one in every place.
    pub(super) fn finite(&self) -> Option<Vec<f64>> {
        self.values.iter().map(|it| it.filter(|it| it.is_finite())).collect()
    }
}

/// An array of a JSON value, when all its elements are finite numbers.
pub(super) fn finite(json: &Json) -> Option<Vec<f64>> {
    Series::read(json)?.finite()
}

/// Reals as an array.
pub(super) fn reals(values: impl IntoIterator<Item = f64>) -> Json {
    values.into_iter().map(real_json).collect()
}

/// Reals with gaps as an array.
pub(super) fn gaps(values: impl IntoIterator<Item = Option<f64>>) -> Json {
    values.into_iter().map(|it| it.map_or(Json::Null, real_json)).collect()
}

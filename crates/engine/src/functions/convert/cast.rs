//! Texts to any type, for functions that take a `typeof(...)` argument.

use std::borrow::Cow;

use datafusion::arrow::array::ArrayRef;
use kql::types::Type;

use super::{parse_json, tobool, todatetime, todecimal, toguid, tolong, toreal, totimespan};
use crate::args::{out_bools, out_ints, out_json, out_longs, out_reals, out_texts};

/// A column of this type from texts; what does not convert is null.
pub(crate) fn from_texts<'a>(
    ty: Type,
    rows: usize,
    each: impl Fn(usize) -> Cow<'a, str>,
) -> ArrayRef {
    match ty {
        Type::String => out_texts(rows, |row| Some(each(row))),
        Type::Bool => out_bools(rows, |row| tobool::from_text(&each(row))),
        Type::Int => out_ints(rows, |row| tolong::int_from_text(&each(row))),
        Type::Long => out_longs(rows, |row| tolong::from_text(&each(row))),
        Type::Real => out_reals(rows, |row| toreal::from_text(&each(row))),
        Type::DateTime => out_longs(rows, |row| todatetime::from_text(&each(row))),
        Type::TimeSpan => out_longs(rows, |row| totimespan::from_text(&each(row))),
        Type::Decimal => out_texts(rows, |row| todecimal::from_text(&each(row))),
        Type::Guid => out_texts(rows, |row| toguid::from_text(&each(row))),
        Type::Dynamic => out_json(rows, |row| parse_json::read(&each(row))),
    }
}

/// Does a text convert to this type?
pub(crate) fn converts(ty: Type, text: &str) -> bool {
    match ty {
        Type::String | Type::Dynamic => true,
        Type::Bool => tobool::from_text(text).is_some(),
        Type::Int => tolong::int_from_text(text).is_some(),
        Type::Long => tolong::from_text(text).is_some(),
        Type::Real => toreal::from_text(text).is_some(),
        Type::DateTime => todatetime::from_text(text).is_some(),
        Type::TimeSpan => totimespan::from_text(text).is_some(),
        Type::Decimal => todecimal::from_text(text).is_some(),
        Type::Guid => toguid::from_text(text).is_some(),
    }
}

/// A decimal in canonical text; none when the text is none or it has too many digits.
pub(crate) fn decimal(text: &str) -> Option<String> {
    todecimal::from_text(text)
}

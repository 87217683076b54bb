//! `todecimal`: an exact number, kept as text in one canonical form.
//!
//! The form has no exponent, no plus sign, no leading zeros and no zeros at the end of the
//! fraction, so that equal numbers are equal texts. More than 34 digits before the point are no
//! decimal; digits after the point that exceed 34 in all are cut.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::read::json_text;
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// Digits a decimal can hold.
const DIGITS: usize = 34;

pub(in super::super) const TODECIMAL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "todecimal",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Decimal),
        naming: Naming::FirstArgument,
        doc: "The value as an exact decimal number. Null when it is none.",
        examples: &[
            ("todecimal('123.45678')", "123.45678"),
            ("todecimal('007.50')", "7.5"),
            ("todecimal('1e-3')", "0.001"),
            ("todecimal('x')", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let rows = args.rows();
    Ok(match args.ty(0)? {
        Type::String | Type::Decimal => {
            let source = args.texts(0)?;
            out_texts(rows, |row| from_text(source.some(row)?))
        }
        Type::Dynamic => {
            let source = args.texts(0)?;
            out_texts(rows, |row| match source.json(row) {
                json @ (Json::Number(_) | Json::String(_)) => from_text(&json_text(&json)),
                Json::Bool(value) => Some(u8::from(value).to_string()),
                Json::Null | Json::Array(_) | Json::Object(_) => None,
            })
        }
        Type::Real => {
            let source = args.reals(0)?;
            out_texts(rows, |row| from_text(&source.get(row)?.to_string()))
        }
        Type::Bool => {
            let source = args.bools(0)?;
            out_texts(rows, |row| Some(u8::from(source.get(row)?).to_string()))
        }
        Type::Int | Type::Long | Type::DateTime | Type::TimeSpan => {
            let source = args.longs(0)?;
            out_texts(rows, |row| Some(source.get(row)?.to_string()))
        }
        Type::Guid => out_texts(rows, |_| None::<String>),
    })
}

/// A decimal in text, in canonical form.
pub(in super::super) fn from_text(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits().all(|byte| byte == b'0') {
        return Some("0".to_owned());
    }
    let digits: Vec<char> = digits().map(char::from).collect();
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    if point > 2 * DIGITS as i64 || point < -2 * DIGITS as i64 {
        return (point < 0).then(|| "0".to_owned());
    }
    let at = |position: i64| {
        usize::try_from(position).ok().and_then(|p| digits.get(p)).copied().unwrap_or('0')
    };
    let whole: String = (0..point).map(at).collect();
    let whole = whole.trim_start_matches('0');
    if whole.len() > DIGITS {
        return None;
    }
    let end = (digits.len() as i64).min(point + (DIGITS - whole.len()) as i64);
    let fraction: String = (point..end).map(at).collect();
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical() {
        let read = |text| from_text(text).unwrap_or_else(|| "null".to_owned());
        assert_eq!(read("-00.500"), "-0.5");
        assert_eq!(read(".5"), "0.5");
        assert_eq!(read("5."), "5");
        assert_eq!(read("-0"), "0");
        assert_eq!(read("12e3"), "12000");
        assert_eq!(read("1.25e1"), "12.5");
        assert_eq!(read("1e-40"), "0");
        assert_eq!(read("1e40"), "null");
        assert_eq!(read("1e999999"), "null");
        assert_eq!(read("."), "null");
        assert_eq!(read("-"), "null");
        assert_eq!(read("1 2"), "null");
        assert_eq!(read("NaN"), "null");
        assert_eq!(read("3.14159265358979323846"), "3.14159265358979323846");
    }
}

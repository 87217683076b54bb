//! `tolong` and `toint`: whole numbers out of anything.
//!
//! Text must be a whole number, decimal or hexadecimal; a real loses its fraction; a time gives its
//! ticks. What does not fit is null.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use crate::{
    args::{Args, out_ints, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOLONG: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tolong",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Long),
        naming: Naming::FirstArgument,
        doc: "The value as a whole number of 64 bits: text is read (also as 0x…), a real loses its \
              fraction, a time gives its ticks. Null when there is no such number.",
        examples: &[
            ("tolong('42')", "42"),
            ("tolong('0x10')", "16"),
            ("tolong(-9.99)", "-9"),
            ("tolong('4.2')", ""),
            ("tolong(1s)", "10000000"),
        ],
    },
    lower: Lower::Rows(|args| Ok(out_longs(args.rows(), reader(args)?))),
};

pub(in super::super) const TOINT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "toint",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Int),
        naming: Naming::FirstArgument,
        doc: "The value as a whole number of 32 bits, by the rules of `tolong`. Null when it does \
              not fit.",
        examples: &[
            ("toint('42')", "42"),
            ("toint(2.9)", "2"),
            ("toint(true)", "1"),
            ("toint('2147483648')", ""),
            ("toint('0xFFFFFFFF')", "-1"),
        ],
    },
    lower: Lower::Rows(toint),
};

fn toint(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    if args.ty(0)? == Type::String {
        let source = args.texts(0)?;
        return Ok(out_ints(args.rows(), |row| int_from_text(source.get(row))));
    }
    Ok(out_ints(args.rows(), reader(args)?))
}

type Reader = Box<dyn Fn(usize) -> Option<i64>>;

fn reader(args: &Args<'_>) -> Result<Reader, EngineError> {
    Ok(match args.ty(0)? {
        Type::Int | Type::Long | Type::DateTime | Type::TimeSpan => {
            let source = args.longs(0)?;
            Box::new(move |row| source.get(row))
        }
        Type::Bool => {
            let source = args.bools(0)?;
            Box::new(move |row| source.get(row).map(i64::from))
        }
        Type::Real => {
            let source = args.reals(0)?;
            Box::new(move |row| from_real(source.get(row)?))
        }
        Type::String => {
            let source = args.texts(0)?;
            Box::new(move |row| from_text(source.get(row)))
        }
        Type::Decimal => {
            let source = args.texts(0)?;
            Box::new(move |row| source.some(row)?.split('.').next()?.parse().ok())
        }
        Type::Dynamic => {
            let source = args.texts(0)?;
            Box::new(move |row| from_json(&source.json(row)))
        }
        Type::Guid => Box::new(|_| None),
    })
}

/// A whole number in text.
pub(in super::super) fn from_text(text: &str) -> Option<i64> {
    let text = text.trim();
    match hex_digits(text) {
        Some((negative, digits)) => {
            let value = u64::from_str_radix(digits, 16).ok()? as i64;
            Some(if negative { value.wrapping_neg() } else { value })
        }
        None => text.parse().ok(),
    }
}

/// The same for 32 bits, where hexadecimal wraps at 32.
pub(in super::super) fn int_from_text(text: &str) -> Option<i64> {
    let text = text.trim();
    match hex_digits(text) {
        Some((negative, digits)) => {
            let value = i64::from(u32::from_str_radix(digits, 16).ok()? as i32);
            Some(if negative { -value } else { value })
        }
        None => text.parse::<i32>().ok().map(i64::from),
    }
}

/// The digits after `0x`, when these are hexadecimal digits only.
fn hex_digits(text: &str) -> Option<(bool, &str)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some((negative, digits))
}

/// Without the fraction; beyond the range the nearest end, NaN is null.
pub(in super::super) fn from_real(value: f64) -> Option<i64> {
    if value.is_nan() { None } else { Some(value as i64) }
}

/// A number, a bool or a text inside a dynamic.
pub(in super::super) fn from_json(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(from_real)),
        Json::Bool(value) => Some(i64::from(*value)),
        Json::String(text) => from_text(text),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(from_text(" 42 "), Some(42));
        assert_eq!(from_text("0xFFFFFFFFFFFFFFFF"), Some(-1));
        assert_eq!(from_text("-0x10"), Some(-16));
        assert_eq!(from_text("0x+1"), None);
        assert_eq!(from_text("9223372036854775808"), None);
        assert_eq!(from_text("1e3"), None);
        assert_eq!(int_from_text("0xffffffff"), Some(-1));
        assert_eq!(int_from_text("-0x80000000"), Some(2_147_483_648));
    }
}

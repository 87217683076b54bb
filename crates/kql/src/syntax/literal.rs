//! Numbers, timespans, and what stands between the parentheses of `datetime(…)` and its kin.

use crate::{time, types::Type, value::Value};

/// The type whose literal `word(…)` is; `dynamic` is not among them, its inside is parsed.
pub(super) fn typed(word: &str) -> Option<Type> {
    match word {
        "dynamic" | "string" => None,
        _ => Type::parse(word),
    }
}

/// The function that converts to a type.
pub(crate) fn conversion(ty: Type) -> Option<&'static str> {
    Some(match ty {
        Type::Bool => "tobool",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "todouble",
        Type::Decimal => "todecimal",
        Type::String => "tostring",
        Type::DateTime => "todatetime",
        Type::TimeSpan => "totimespan",
        Type::Guid => "toguid",
        Type::Dynamic => return None,
    })
}

/// Reads the inside of a typed literal.
pub(crate) fn parse(ty: Type, text: &str) -> Option<Value> {
    if text == "null" {
        return Some(Value::Null);
    }
    Some(match ty {
        Type::Bool => match text {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ => Value::Bool(integer(text)? != 0),
        },
        Type::Int => Value::Int(i32::try_from(whole(text)?).ok()?),
        Type::Long => Value::Long(whole(text)?),
        Type::Real => Value::Real(real(text)?),
        Type::Decimal => Value::Decimal(decimal(text)?),
        // a number is no date, but no mistake either
        Type::DateTime if text.bytes().all(|it| it.is_ascii_digit()) && !text.is_empty() => {
            Value::Null
        }
        Type::DateTime => Value::DateTime(time::parse_datetime(text)?),
        Type::TimeSpan => Value::TimeSpan(time::parse_timespan(text)?),
        Type::Guid => Value::Guid(uuid::Uuid::try_parse(text).ok()?),
        Type::String | Type::Dynamic => return None,
    })
}

/// A number at the start of a text: its length, and its value unless it is out of range. A unit
/// behind it makes a timespan.
pub(super) fn number(text: &str) -> (usize, Option<(Value, Type)>) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let length = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
        if length > 0 {
            // all ones wraps to -1, as in the reference
            let value = u64::from_str_radix(&hex[..length], 16).ok();
            return (length + 2, value.map(|it| (Value::Long(it as i64), Type::Long)));
        }
    }
    let mut length = digits(text);
    let mut whole = true;
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    if fraction > 0 {
        length += 1 + fraction;
        whole = false;
    } else if text[length..].starts_with('.')
        && !text[length + 1..].starts_with(|it: char| it == '.' || it == '[' || it.is_alphabetic())
    {
        // `1.` is a real; `1..2` is a range
        return (length + 1, text[..length].parse().ok().map(|it| (Value::Real(it), Type::Real)));
    }
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let power = digits(&exponent[sign..]);
        if power > 0 {
            length += 1 + sign + power;
            return (length, text[..length].parse().ok().map(|it| (Value::Real(it), Type::Real)));
        }
    }
    let number = &text[..length];
    let unit_length =
        text[length..].find(|it: char| !it.is_alphanumeric()).unwrap_or(text.len() - length);
    if let Some(ticks) = time::scale(number, &text[length..length + unit_length]) {
        let value = ticks.map(|it| (Value::TimeSpan(it), Type::TimeSpan));
        return (length + unit_length, value);
    }
    let value = if whole {
        // one more than the largest long, so that `-9223372036854775808` can be written
        number
            .parse::<u64>()
            .ok()
            .filter(|it| *it <= 1 << 63)
            .map(|it| (Value::Long(it as i64), Type::Long))
    } else {
        number.parse().ok().map(|it| (Value::Real(it), Type::Real))
    };
    (length, value)
}

fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok()? as i64,
        None if digits.starts_with(|it: char| it.is_ascii_digit()) => {
            let value = digits.parse::<i128>().ok()?;
            return i64::try_from(if negative { -value } else { value }).ok();
        }
        None => return None,
    };
    Some(if negative { value.wrapping_neg() } else { value })
}

/// A whole number; a fraction is cut off.
fn whole(text: &str) -> Option<i64> {
    integer(text).or_else(|| {
        let value = finite(text)?.trunc();
        ((i64::MIN as f64)..(i64::MAX as f64)).contains(&value).then_some(value as i64)
    })
}

fn finite(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
    plain.then(|| text.parse().ok()).flatten()
}

fn real(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        _ => finite(text).or_else(|| integer(text).map(|it| it as f64)),
    }
}

/// Canonical decimal text: an optional minus, digits, and a point with digits when needed.
fn decimal(text: &str) -> Option<String> {
    finite(text)?;
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if digits.len() > 60 || !(-60..=60).contains(&point) {
        return None;
    }
    let (whole, fraction) = match usize::try_from(point) {
        Err(_) | Ok(0) => {
            ("0".to_owned(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize)))
        }
        Ok(point) if point >= digits.len() => {
            (format!("{digits}{}", "0".repeat(point - digits.len())), String::new())
        }
        Ok(point) => (digits[..point].to_owned(), digits[point..].to_owned()),
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        it => it,
    };
    Some(match fraction.as_str() {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    })
}

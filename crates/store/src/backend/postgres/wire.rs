//! Values as PostgreSQL sends and takes them.
//!
//! A statement's text says of which type each argument is, so one argument may go as a number, as
//! text or as a document. PostgreSQL keeps no character U+0000 in text; the replacement character
//! stands for it, in what is stored and in what is compared alike.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::backend::value::{Arg, Value};

type Failure = Box<dyn Error + Sync + Send>;

impl ToSql for Arg<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Integer(it) => match *ty {
                Type::INT8 => out.extend_from_slice(&it.to_be_bytes()),
                Type::INT4 => out.extend_from_slice(&i32::try_from(*it)?.to_be_bytes()),
                _ => write_text(&it.to_string(), ty, out)?,
            },
            Self::Real(it) => match *ty {
                Type::FLOAT8 => out.extend_from_slice(&it.to_be_bytes()),
                _ => write_text(&it.to_string(), ty, out)?,
            },
            Self::Text(it) => write_text(it, ty, out)?,
            Self::Blob(it) => match *ty {
                Type::BYTEA => out.extend_from_slice(it),
                _ => return Err(mismatch("bytes", ty)),
            },
            Self::Integers(it) => return it.to_sql(ty, out),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn write_text(text: &str, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    match *ty {
        Type::JSONB => out.extend_from_slice(&[1]),
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {}
        _ => return Err(mismatch("text", ty)),
    }
    if text.contains('\0') {
        out.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes());
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn mismatch(what: &str, ty: &Type) -> Failure {
    format!("{what} cannot be sent as {ty}").into()
}

/// A whole number of any width.
pub(crate) struct Whole(pub(crate) i64);

impl<'a> FromSql<'a> for Whole {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::INT4 => i64::from(i32::from_sql(ty, raw)?),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT4 | Type::INT8)
    }
}

/// Text, or a document as text.
pub(crate) struct Text(pub(crate) String);

impl<'a> FromSql<'a> for Text {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        // A binary document begins with the version of its form, and is text from there on.
        let raw = if *ty == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw };
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::TEXT | Type::VARCHAR | Type::NAME | Type::JSON | Type::JSONB)
    }
}

/// Whatever a sort key can be.
pub(crate) struct Any(pub(crate) Value);

impl<'a> FromSql<'a> for Any {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::INT4 | Type::INT8 => Value::Integer(Whole::from_sql(ty, raw)?.0),
            Type::NUMERIC => number(&decimal(raw).ok_or("a damaged number")?)?,
            _ => Value::Text(Text::from_sql(ty, raw)?.0),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::NUMERIC || Whole::accepts(ty) || Text::accepts(ty)
    }
}

fn number(text: &str) -> Result<Value, Failure> {
    Ok(match text.parse() {
        Ok(whole) => Value::Integer(whole),
        Err(_) => Value::Real(text.parse()?),
    })
}

/// The decimal text of a number: four digits to a group, the first of which counts in
/// 10000 to the power of `weight`.
fn decimal(raw: &[u8]) -> Option<String> {
    let mut words = raw.chunks_exact(2).map(|it| u16::from_be_bytes([it[0], it[1]]));
    let (groups, weight) = (i32::from(words.next()?), i32::from(words.next()?.cast_signed()));
    let (sign, scale) = (words.next()?, usize::from(words.next()?));
    let groups: Vec<u16> = words.by_ref().take(usize::try_from(groups).ok()?).collect();
    let group = |power: i32| {
        let at = usize::try_from(weight - power).ok();
        at.and_then(|it| groups.get(it)).copied().unwrap_or(0)
    };
    let mut text = String::new();
    match sign {
        0 => {}
        0x4000 => text.push('-'),
        // What is no number cannot stand in a document.
        _ => return None,
    }
    text.push_str(&group(weight.max(0)).to_string());
    for power in (0..weight.max(0)).rev() {
        text.push_str(&format!("{:04}", group(power)));
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + scale;
        let mut power = -1;
        while text.len() < end {
            text.push_str(&format!("{:04}", group(power)));
            power -= 1;
        }
        text.truncate(end);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shown(words: &[u16]) -> Option<String> {
        let raw: Vec<u8> = words.iter().flat_map(|it| it.to_be_bytes()).collect();
        decimal(&raw)
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        assert_eq!(shown(&[0, 0, 0, 0]).unwrap(), "0");
        assert_eq!(shown(&[1, 0, 0x4000, 0, 7]).unwrap(), "-7");
        assert_eq!(shown(&[2, 1, 0, 0, 12, 34]).unwrap(), "120034");
        assert_eq!(shown(&[1, 2, 0, 0, 9]).unwrap(), "900000000");
        assert_eq!(shown(&[2, 0, 0, 1, 2, 1000]).unwrap(), "2.1");
        assert_eq!(shown(&[1, -2i16 as u16, 0, 6, 500]).unwrap(), "0.000005");
        assert_eq!(shown(&[0, 0, 0xc000, 0]), None);
        assert_eq!(shown(&[1]), None);
        assert_eq!(number("2.10").unwrap(), Value::Real(2.1));
        assert_eq!(number("-9223372036854775808").unwrap(), Value::Integer(i64::MIN));
    }
}

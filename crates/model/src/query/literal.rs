//! Constants: from how they are written to the type of what they are compared with.

use super::{Literal, parse::Raw};
use crate::{
    body::enum_text,
    edm::{Primitive, Ty},
    model::Model,
    text::short,
    time::{Timestamp, is_duration},
};

/// The constant as a value of the type, or why it is none.
pub(super) fn coerce(model: &Model, raw: &Raw, ty: Ty) -> Result<Literal, String> {
    let found = match (ty, raw) {
        (_, Raw::Null) => Some(Literal::Null),
        (Ty::Enum(id), Raw::Text(text)) => {
            let it = model.enumeration(id);
            let name = enum_text(it, text)
                .ok_or_else(|| format!("'{}' is not a member of '{}'", short(text), it.name))?;
            return Ok(Literal::Enum(name));
        }
        (Ty::Enum(id), Raw::Typed(prefix, text)) => {
            let it = model.enumeration(id);
            let own = it.name.eq_ignore_ascii_case(prefix);
            // Some clients leave `security` out of the namespace, or name the older enumeration.
            let alike = it.name.rsplit('.').next().zip(prefix.rsplit('.').next());
            if own || alike.is_some_and(|(a, b)| a.eq_ignore_ascii_case(b)) {
                return coerce(model, &Raw::Text(text.clone()), ty);
            }
            None
        }
        (Ty::Primitive(it), _) => primitive(it, raw),
        (Ty::Untyped, _) => untyped(raw),
        (Ty::Enum(_) | Ty::Struct(_), _) => None,
    };
    found.ok_or_else(|| format!("{} is not a value of type '{}'", shown(raw), model.ty_text(ty)))
}

fn primitive(ty: Primitive, raw: &Raw) -> Option<Literal> {
    use Primitive::*;
    let text = match raw {
        Raw::Text(text) | Raw::Typed(_, text) | Raw::Bare(text) => text.as_str(),
        Raw::Bool(value) => return (ty == Boolean).then_some(Literal::Bool(*value)),
        Raw::Null => return Some(Literal::Null),
    };
    let prefixed = |names: &[&str]| match raw {
        Raw::Typed(prefix, _) => names.iter().any(|it| it.eq_ignore_ascii_case(prefix)),
        _ => true,
    };
    match ty {
        String => match raw {
            Raw::Text(text) => Some(Literal::Text(text.clone())),
            // An id of GUID form that was left unquoted.
            Raw::Bare(text) if is_guid(text) => Some(Literal::Text(text.clone())),
            _ => None,
        },
        Guid if prefixed(&["guid"]) => {
            uuid::Uuid::try_parse(text).ok().map(|it| Literal::Text(it.to_string()))
        }
        DateTimeOffset if prefixed(&["datetime", "datetimeoffset"]) => {
            Timestamp::parse(text).ok().map(Literal::DateTime)
        }
        Date if prefixed(&["date"]) => {
            let day = text.len() == 10 && Timestamp::parse(text).is_ok();
            day.then(|| Literal::Text(text.to_owned()))
        }
        Duration if prefixed(&["duration"]) => {
            is_duration(text).then(|| Literal::Text(text.to_owned()))
        }
        Byte | SByte | Int16 | Int32 | Int64 | Decimal | Double | Single => match raw {
            Raw::Bare(text) => number(text),
            _ => None,
        },
        TimeOfDay | Binary => Some(Literal::Text(text.to_owned())),
        Boolean | Guid | DateTimeOffset | Date | Duration | Stream => None,
    }
}

/// A member nobody declared is compared with what the constant looks like.
fn untyped(raw: &Raw) -> Option<Literal> {
    Some(match raw {
        Raw::Null => Literal::Null,
        Raw::Bool(value) => Literal::Bool(*value),
        Raw::Text(text) | Raw::Typed(_, text) => Literal::Text(text.clone()),
        Raw::Bare(text) if is_guid(text) => Literal::Text(text.clone()),
        Raw::Bare(text) => match number(text) {
            Some(number) => number,
            None => Literal::DateTime(Timestamp::parse(text).ok()?),
        },
    })
}

fn number(text: &str) -> Option<Literal> {
    // A suffix of older versions of the protocol, as in `5L`.
    let text = text.trim_end_matches(['L', 'l', 'M', 'm', 'D', 'd', 'F', 'f']);
    if let Ok(number) = text.parse::<i64>() {
        return Some(Literal::Int(number));
    }
    let plain = text.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
    let number = text.parse::<f64>().ok().filter(|it| plain && it.is_finite())?;
    Some(Literal::Double(number))
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn shown(raw: &Raw) -> String {
    match raw {
        Raw::Null => "null".to_owned(),
        Raw::Bool(value) => value.to_string(),
        Raw::Text(text) => format!("'{}'", short(text)),
        Raw::Typed(prefix, text) => format!("{}'{}'", short(prefix), short(text)),
        Raw::Bare(text) => short(text),
    }
}

//! `application/x-www-form-urlencoded`, read within bounds.

use percent_encoding::percent_decode_str;

/// The longest body that is read.
pub const LONGEST: usize = 64 * 1024;
/// The most parameters that are read.
const MOST: usize = 64;

/// Why a form could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Too many bytes.
    #[error("the form is longer than {LONGEST} bytes")]
    TooLarge,
    /// Too many parameters.
    #[error("the form has more than {MOST} parameters")]
    TooMany,
    /// The bytes are not UTF-8, as sent or once decoded.
    #[error("the form is not UTF-8 text")]
    NotText,
    /// A parameter stands there twice.
    #[error("the parameter '{0}' is there more than once")]
    Repeated(String),
}

/// The parameters of a form or a query, each at most once; blank ones count as absent.
pub fn parse(form: &[u8]) -> Result<Vec<(String, String)>, FormError> {
    if form.len() > LONGEST {
        return Err(FormError::TooLarge);
    }
    let form = std::str::from_utf8(form).map_err(|_| FormError::NotText)?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in form.trim().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if value.trim().is_empty() {
            continue;
        }
        if pairs.iter().any(|(held, _)| *held == name) {
            return Err(FormError::Repeated(name.chars().take(64).collect()));
        }
        if pairs.len() == MOST {
            return Err(FormError::TooMany);
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// One name or value: `+` is a blank, `%41` is `A`, and a percent sign that begins no escape stays.
pub(crate) fn decode(text: &str) -> Result<String, FormError> {
    let blanks = text.replace('+', " ");
    let decoded = percent_decode_str(&blanks).decode_utf8().map_err(|_| FormError::NotText)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let pairs = parse(b"a=1+2&b=%2B%3d&c=&&d&a%5B0%5D=x%").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("a", "1 2"), ("b", "+="), ("a[0]", "x%")]);
    }

    #[test]
    fn a_form_has_bounds() {
        assert_eq!(parse(b"a=1&a=2"), Err(FormError::Repeated("a".into())));
        assert_eq!(parse(b"a=%ff"), Err(FormError::NotText));
        assert_eq!(parse(b"a=\xff"), Err(FormError::NotText));
        assert_eq!(parse(&vec![b'a'; LONGEST + 1]), Err(FormError::TooLarge));
        let many: Vec<String> = (0..=MOST).map(|it| format!("p{it}=1")).collect();
        assert_eq!(parse(many.join("&").as_bytes()), Err(FormError::TooMany));
    }
}

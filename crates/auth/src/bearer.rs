//! The `Authorization` header of an API call: where the token is in it.
//!
//! The scheme counts in any case, and some clients in the field send the bare token without one.

use crate::token::TokenError;

/// The token in the value of an `Authorization` header.
pub fn token(header: Option<&str>) -> Result<&str, TokenError> {
    let header = header.map_or("", str::trim);
    if header.is_empty() {
        return Err(TokenError::Missing);
    }
    let token = match header.split_once([' ', '\t']) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        Some(_) => return Err(TokenError::Malformed),
        None if header.eq_ignore_ascii_case("bearer") => return Err(TokenError::Missing),
        None => header,
    };
    let compact = token.split('.').count() == 3 && !token.contains(char::is_whitespace);
    if compact { Ok(token) } else { Err(TokenError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_bearer_is_optional_and_has_no_case() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c ", "Bearer\ta.b.c", "a.b.c"] {
            assert_eq!(token(Some(header)), Ok("a.b.c"), "{header}");
        }
        for header in [None, Some(""), Some("  "), Some("Bearer"), Some("bearer ")] {
            assert_eq!(token(header), Err(TokenError::Missing), "{header:?}");
        }
        for header in ["Basic a.b.c", "Bearer x", "Bearer a.b.c d", "garbage", "Bearer a.b.c.d.e"] {
            assert_eq!(token(Some(header)), Err(TokenError::Malformed), "{header}");
        }
    }
}

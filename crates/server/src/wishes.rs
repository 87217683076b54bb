//! Wishes and conditions from headers: `Prefer`, `If-Match`, `If-None-Match`, and what an answer
//! says it has heeded.
//!
//! Entity tags are compared weakly: a tag stands for a version of the record, whose bytes differ
//! with `$select` and the metadata level.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use platform::call::Prefer;

/// What the headers wish for, as far as it concerns what is done.
pub fn prefer(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for wish in values.flat_map(|value| value.split([',', ';'])).map(str::trim) {
        let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "include-unknown-enum-members" => prefer.include_unknown_enum_members = true,
            "return" => {
                prefer.representation = value.eq_ignore_ascii_case("representation");
                prefer.minimal = value.eq_ignore_ascii_case("minimal");
            }
            "odata.maxpagesize" | "maxpagesize" => {
                prefer.max_page_size = value.parse().ok().filter(|it| *it > 0);
            }
            _ => {}
        }
    }
    prefer.if_match = tags(headers, header::IF_MATCH);
    prefer
}

/// Does `If-None-Match` name this version, so that there is nothing new to tell?
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    tags(headers, header::IF_NONE_MATCH)
        .is_some_and(|known| known.split(',').any(|it| it == "*" || it == etag))
}

/// A version as it stands in `ETag` and `@odata.etag`.
pub fn etag(version: &str) -> String {
    format!("W/\"{version}\"")
}

/// The wishes that an answer heeded, for `Preference-Applied`.
#[derive(Clone, Debug, Default)]
pub struct Heeded {
    /// The representation was returned, or left out, because it was asked for.
    pub shape: Option<&'static str>,
    /// Members behind the sentinel were let through.
    pub unknown_members: bool,
    /// The page is no larger than this.
    pub page: Option<u32>,
}

impl Heeded {
    /// Writes the header when there is something to tell.
    pub fn write(&self, headers: &mut HeaderMap) {
        let mut told: Vec<String> = self.shape.iter().map(|it| format!("return={it}")).collect();
        if self.unknown_members {
            told.push("include-unknown-enum-members".to_owned());
        }
        told.extend(self.page.map(|it| format!("odata.maxpagesize={it}")));
        if let Ok(value) = HeaderValue::from_str(&told.join(", "))
            && !told.is_empty()
        {
            headers.insert(HeaderName::from_static("preference-applied"), value);
        }
    }
}

/// The tags of a condition without quotes and weakness, parted by commas.
fn tags(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let bare = |tag: &str| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
    };
    let lines: Vec<&str> =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    let found: Vec<String> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(bare)
        .filter(|it| !it.is_empty())
        .collect();
    if lines.is_empty() { None } else { Some(found.join(",")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn wishes_come_in_one_header_or_many() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "return=representation, odata.maxpagesize=7".parse().unwrap());
        headers.append("prefer", "include-unknown-enum-members".parse().unwrap());
        let wishes = prefer(&headers);
        assert!(wishes.representation && wishes.include_unknown_enum_members);
        assert_eq!(wishes.max_page_size, Some(7));
        assert_eq!(wishes.if_match, None);
    }

    #[test]
    fn tags_lose_their_quotes() {
        let mut headers = HeaderMap::new();
        headers.append(header::IF_MATCH, "W/\"a\", \"b\"".parse().unwrap());
        headers.append(header::IF_NONE_MATCH, "W/\"a\"".parse().unwrap());
        assert_eq!(prefer(&headers).if_match.as_deref(), Some("a,b"));
        assert!(is_known(&headers, "a") && !is_known(&headers, "b"));
    }

    #[test]
    fn what_was_heeded_is_told() {
        let mut headers = HeaderMap::new();
        Heeded::default().write(&mut headers);
        assert!(headers.is_empty());
        let all = Heeded { shape: Some("minimal"), unknown_members: true, page: Some(5) };
        all.write(&mut headers);
        assert_eq!(
            headers["preference-applied"],
            "return=minimal, include-unknown-enum-members, odata.maxpagesize=5"
        );
    }
}

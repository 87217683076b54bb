//! Finds a member or an element in compact JSON text by scanning over it.
//!
//! The text was written by us, so it is well formed; on text that is not, the scan finds nothing
//! or stops, it never fails. Nothing is allocated unless a key holds an escape.

/// The text of `text[key]` when `text` is an object that has it.
pub(crate) fn member<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text.trim_ascii_start().strip_prefix('{')?;
    loop {
        rest = rest.trim_ascii_start();
        if !rest.starts_with('"') {
            return None;
        }
        let name_end = string_end(rest)?;
        let name = &rest[1..name_end - 1];
        rest = rest[name_end..].trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
        let end = value_end(rest)?;
        if name == key
            || (name.contains('\\') && unescape(&rest_name(name)).as_deref() == Some(key))
        {
            return Some(rest[..end].trim_ascii_end());
        }
        rest = rest[end..].trim_ascii_start().strip_prefix(',')?;
    }
}

/// The text of `text[at]` when `text` is an array that long; a negative `at` counts from the end.
pub(crate) fn element(text: &str, at: i64) -> Option<&str> {
    if at < 0 {
        let from_end = usize::try_from(at.checked_neg()?).ok()?;
        let all: Vec<&str> = elements(text)?.collect();
        return all.len().checked_sub(from_end).and_then(|at| all.get(at).copied());
    }
    elements(text)?.nth(usize::try_from(at).ok()?)
}

/// The texts of the elements when `text` is an array.
pub(crate) fn elements(text: &str) -> Option<impl Iterator<Item = &str>> {
    let mut rest = text.trim_ascii_start().strip_prefix('[')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        let end = value_end(rest)?;
        let found = rest[..end].trim_ascii_end();
        rest = rest[end..].trim_ascii_start();
        rest = rest.strip_prefix(',').unwrap_or("");
        Some(found)
    }))
}

/// The members when `text` is an object: each key as a JSON string, quotes included, and the text of
/// its value.
pub(crate) fn members(text: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
    let mut rest = text.trim_ascii_start().strip_prefix('{')?;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if !rest.starts_with('"') {
            return None;
        }
        let (key, behind) = rest.split_at(string_end(rest)?);
        let behind = behind.trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
        let (value, behind) = behind.split_at(value_end(behind)?);
        rest = behind.trim_ascii_start();
        rest = rest.strip_prefix(',').unwrap_or("");
        Some((key, value.trim_ascii_end()))
    }))
}

/// The string behind a JSON text, when it is one.
pub(crate) fn unescape(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

fn rest_name(name: &str) -> String {
    format!("\"{name}\"")
}

/// One past the closing quote of the string that `text` begins with.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// One past the value that `text` begins with; none when there is none.
fn value_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'"' => string_end(text),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            let mut at = 0;
            while at < bytes.len() {
                match bytes[at] {
                    b'"' => {
                        at += string_end(text.get(at..)?)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            None
        }
        b',' | b'}' | b']' => None,
        _ => {
            Some(bytes.iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(bytes.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements() {
        let text = r#"{"a":{"b":[1,"x,}",{"c":null}]},"q\"":true,"n":-1.5}"#;
        assert_eq!(member(text, "n"), Some("-1.5"));
        assert_eq!(member(text, "q\""), Some("true"));
        assert_eq!(member(text, "zz"), None);
        let list = member(text, "a").and_then(|a| member(a, "b"));
        assert_eq!(list, Some(r#"[1,"x,}",{"c":null}]"#));
        assert_eq!(list.and_then(|l| element(l, 1)), Some(r#""x,}""#));
        assert_eq!(list.and_then(|l| element(l, -1)), Some(r#"{"c":null}"#));
        assert_eq!(list.and_then(|l| element(l, 3)), None);
        assert_eq!(list.and_then(|l| element(l, -4)), None);
        assert_eq!(element("[]", 0), None);
        assert_eq!(member("17", "a"), None);
    }

    #[test]
    fn members_in_order() {
        let all = |text| members(text).map(Iterator::collect::<Vec<_>>);
        let text = r#"{"a":{"b":[1,"x,}"]},"q\"": true ,"n":-1.5}"#;
        let expected =
            vec![(r#""a""#, r#"{"b":[1,"x,}"]}"#), (r#""q\"""#, "true"), (r#""n""#, "-1.5")];
        assert_eq!(all(text), Some(expected));
        assert_eq!(all("{}"), Some(vec![]));
        assert_eq!(all("[1]"), None);
    }

    #[test]
    fn broken_text_finds_nothing() {
        for text in ["{", "{\"a", "{\"a\":", "{\"a\\", "[1,", "[\"", "{\"b\":[", "", "}"] {
            assert_eq!(member(text, "a"), None, "{text}");
            let _ = element(text, 5);
            let _ = members(text).map(Iterator::count);
            let _ = element(text, -5);
        }
    }
}

//! Regular expressions of queries, which are RE2's, in the words of the regex crate.
//!
//! The two differ in a few places where RE2 takes a character for itself: a brace that begins no
//! repetition, a bracket inside a class, doubled signs there. `\Q...\E` is text as it stands.

use std::borrow::Cow;

/// The same pattern for the regex crate.
pub fn translated(pattern: &str) -> Cow<'_, str> {
    let special = ["{", "[", "&&", "~~", r"\Q", r"\<", r"\>"];
    if !special.iter().any(|it| pattern.contains(it)) {
        return Cow::Borrowed(pattern);
    }
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    while let Some(it) = pattern[at..].chars().next() {
        let rest = &pattern[at..];
        at += match it {
            '\\' => escape(rest, &mut out),
            '[' => class(rest, &mut out),
            '{' if repetition(rest) == 0 => {
                out.push_str(r"\{");
                1
            }
            it => {
                out.push(it);
                it.len_utf8()
            }
        };
    }
    Cow::Owned(out)
}

/// The length of `{2}`, `{2,}` or `{2,3}` at the start of a text; zero when something else stands.
fn repetition(text: &str) -> usize {
    let Some(end) = text.find('}') else { return 0 };
    let inside = &text[1..end];
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if !least.is_empty() && digits(least) && digits(most) { end + 1 } else { 0 }
}

/// Takes an escape over; gives its length.
fn escape(text: &str, out: &mut String) -> usize {
    let Some(kind) = text[1..].chars().next() else {
        out.push('\\');
        return 1;
    };
    match kind {
        'Q' => {
            let end = text.find(r"\E").unwrap_or(text.len());
            out.push_str(&regex::escape(&text[2..end]));
            (end + 2).min(text.len())
        }
        '<' | '>' => {
            out.push(kind);
            2
        }
        'p' | 'P' | 'x' if text[2..].starts_with('{') => {
            let end = text.find('}').map_or(text.len(), |it| it + 1);
            out.push_str(&text[..end]);
            end
        }
        _ => {
            let length = 1 + kind.len_utf8();
            out.push_str(&text[..length]);
            length
        }
    }
}

/// Takes a class over; gives its length.
fn class(text: &str, out: &mut String) -> usize {
    let head = if text.starts_with("[^") { 2 } else { 1 };
    out.push_str(&text[..head]);
    let mut at = head;
    if text[at..].starts_with(']') {
        out.push_str(r"\]");
        at += 1;
    }
    while let Some(it) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match it {
            ']' => {
                out.push(']');
                return at + 1;
            }
            '\\' => escape(rest, out),
            '[' if rest.starts_with("[:") && rest.contains(":]") => {
                let end = rest.find(":]").unwrap_or(0) + 2;
                out.push_str(&rest[..end]);
                end
            }
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(it);
                1
            }
            it => {
                out.push(it);
                it.len_utf8()
            }
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_read_alike_stays() {
        for same in ["a.*b", r"^\d{2,3}$", r"\p{Greek}+", "[a-z]+", "[[:alpha:]]", r"\x{41}{2}"] {
            assert_eq!(translated(same), same);
        }
    }

    #[test]
    fn characters_that_mean_themselves_are_escaped() {
        for (re2, ours) in [
            ("^{a-z]{0,}", r"^\{a-z]{0,}"),
            ("[[a]", r"[\[a]"),
            ("[]a]", r"[\]a]"),
            ("[a&&b]", r"[a\&\&b]"),
            (r"\Qa.b\E.", r"a\.b."),
            (r"\<a\>", "<a>"),
            ("{", r"\{"),
            ("[{]x{,3}", r"[{]x\{,3}"),
        ] {
            assert_eq!(translated(re2), ours);
            assert!(regex::Regex::new(ours).is_ok(), "{ours}");
        }
    }

    #[test]
    fn broken_patterns_stay_broken_quietly() {
        for broken in ["[", r"\", r"\Q", "[[:", r"\p{", "[^", "{1", "ä{ö", r"[\"] {
            translated(broken);
        }
    }
}

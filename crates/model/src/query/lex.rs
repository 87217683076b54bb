//! Tokens of `$filter` and `$orderby`.
//!
//! Numbers, moments and GUIDs stand unquoted and are told apart only when it is known what they
//! are compared with, so they are one kind of token here.

use super::QueryError;

/// A token and where it starts, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub at: usize,
    pub kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A name, dots included: `severity`, `microsoft.graph.security.ipEvidence`, `$count`.
    Word(String),
    /// Quoted text, quotes undone.
    Text(String),
    /// A name directly before quoted text: `duration'PT1H'`.
    Typed(String, String),
    /// An unquoted number, moment or GUID.
    Bare(String),
    Slash,
    Open,
    Close,
    Comma,
    Colon,
    End,
}

/// An error at a byte position, told in characters.
pub(super) fn syntax(
    option: &'static str,
    text: &str,
    at: usize,
    reason: impl Into<String>,
) -> QueryError {
    QueryError::Syntax { option, at: chars(text, at), reason: reason.into() }
}

/// A byte position in characters.
pub(super) fn chars(text: &str, at: usize) -> usize {
    text.get(..at).map_or(at, |it| it.chars().count())
}

/// All tokens, [`TokenKind::End`] last.
pub(super) fn tokens(option: &'static str, text: &str) -> Result<Vec<Token>, QueryError> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        let single = match c {
            '/' => Some(TokenKind::Slash),
            '(' => Some(TokenKind::Open),
            ')' => Some(TokenKind::Close),
            ',' => Some(TokenKind::Comma),
            ':' => Some(TokenKind::Colon),
            _ => None,
        };
        let kind = if let Some(kind) = single {
            at += 1;
            kind
        } else if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c == '\'' {
            TokenKind::Text(quoted(option, text, &mut at)?)
        } else if let Some(guid) = guid(&text[at..]) {
            at += guid.len();
            TokenKind::Bare(guid.to_owned())
        } else if c.is_ascii_digit() || c == '-' || c == '+' {
            TokenKind::Bare(bare(text, &mut at))
        } else if c.is_alphabetic() || c == '_' || c == '$' || c == '@' {
            let rest = &text[at..];
            let more = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@');
            let end = rest.find(|c: char| !more(c)).unwrap_or(rest.len());
            let word = rest[..end].to_owned();
            at += end;
            if text[at..].starts_with('\'') {
                TokenKind::Typed(word, quoted(option, text, &mut at)?)
            } else {
                TokenKind::Word(word)
            }
        } else {
            return Err(syntax(option, text, at, format!("unexpected character '{c}'")));
        };
        out.push(Token { at: start, kind });
    }
    out.push(Token { at: text.len(), kind: TokenKind::End });
    Ok(out)
}

/// Quoted text at `at`, a doubled quote standing for one.
fn quoted(option: &'static str, text: &str, at: &mut usize) -> Result<String, QueryError> {
    let start = *at;
    let mut out = String::new();
    *at += 1;
    loop {
        let rest = &text[*at..];
        let Some(end) = rest.find('\'') else {
            return Err(syntax(option, text, start, "a quote is not closed"));
        };
        out.push_str(&rest[..end]);
        *at += end + 1;
        if !text[*at..].starts_with('\'') {
            return Ok(out);
        }
        out.push('\'');
        *at += 1;
    }
}

/// A number or moment. A moment may have lost the `+` of its offset to a blank.
fn bare(text: &str, at: &mut usize) -> String {
    let rest = &text[*at..];
    let more = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '+' | '-');
    let end = rest.find(|c: char| !more(c)).unwrap_or(rest.len());
    let mut out = rest[..end].to_owned();
    *at += end;
    let tail = &text.as_bytes()[*at..];
    let timed = out.contains(['T', 't']) && out.contains(':');
    let lost_plus = matches!(tail, [b' ', h1, h2, b':', m1, m2, ..]
        if [h1, h2, m1, m2].iter().all(|it| it.is_ascii_digit()));
    if timed && lost_plus && !out.ends_with(['Z', 'z']) {
        out.push('+');
        out.push_str(&text[*at + 1..*at + 6]);
        *at += 6;
    }
    out
}

/// A GUID at the start of the text.
fn guid(text: &str) -> Option<&str> {
    let head = text.get(..36)?;
    let form = head.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = text[36..].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '-');
    (form && ends).then_some(head)
}

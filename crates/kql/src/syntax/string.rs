//! Text literals: `"…"`, `'…'`, `@"…"`, fences of three back-ticks or tildes, and the `h` prefix,
//! which marks a secret and changes nothing.

/// A literal at the start of a text.
pub(super) struct Found {
    /// Bytes it takes.
    pub(super) length: usize,
    /// Its value.
    pub(super) value: String,
    /// What is wrong with it.
    pub(super) problem: Option<Problem>,
}

/// What can be wrong.
pub(super) enum Problem {
    /// No closing quote.
    Open,
    /// A bad escape, relative to the literal's start.
    Escape { at: usize, length: usize },
}

/// Reads the literal that `text` starts with, none when it starts with something else.
pub(super) fn read(text: &str) -> Option<Found> {
    let prefix = usize::from(text.starts_with(['h', 'H']));
    let rest = text.get(prefix..)?;
    let mut found = if rest.starts_with("```") || rest.starts_with("~~~") {
        fence(rest)
    } else if rest.starts_with("@\"") || rest.starts_with("@'") {
        verbatim(rest)
    } else if rest.starts_with(['"', '\'']) {
        escaped(rest)
    } else {
        return None;
    };
    found.length += prefix;
    if let Some(Problem::Escape { at, .. }) = &mut found.problem {
        *at += prefix;
    }
    Some(found)
}

fn fence(text: &str) -> Found {
    let (mark, rest) = text.split_at(3);
    match rest.find(mark) {
        Some(end) => Found { length: end + 6, value: rest[..end].to_owned(), problem: None },
        None => open(text, rest.to_owned()),
    }
}

fn verbatim(text: &str) -> Found {
    let quote = char::from(text.as_bytes()[1]);
    let mut value = String::new();
    let mut chars = text.char_indices().skip(2).peekable();
    while let Some((at, it)) = chars.next() {
        if it == '\n' {
            return Found { length: at, value, problem: Some(Problem::Open) };
        }
        if it == quote {
            if chars.peek().is_none_or(|(_, next)| *next != quote) {
                return Found { length: at + 1, value, problem: None };
            }
            chars.next();
        }
        value.push(it);
    }
    open(text, value)
}

fn escaped(text: &str) -> Found {
    let quote = char::from(text.as_bytes()[0]);
    let mut value = String::new();
    let mut problem = None;
    let mut at = 1;
    while let Some(it) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if it == quote {
            return Found { length: at + 1, value, problem };
        }
        if it == '\n' {
            return Found { length: at, value, problem: Some(Problem::Open) };
        }
        if it == '\\' {
            let (length, meant) = escape(&text[at..]);
            match meant {
                Some(it) => value.push(it),
                None => problem = problem.or(Some(Problem::Escape { at, length })),
            }
            at += length;
        } else {
            value.push(it);
            at += it.len_utf8();
        }
    }
    open(text, value)
}

fn open(text: &str, value: String) -> Found {
    Found { length: text.len(), value, problem: Some(Problem::Open) }
}

/// The length of the escape at the start of `text`, and what it stands for.
fn escape(text: &str) -> (usize, Option<char>) {
    let Some(kind) = text[1..].chars().next() else { return (1, None) };
    let simple = match kind {
        '\\' | '"' | '\'' => kind,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0'..='7' => {
            let digits: String =
                text[1..].chars().take(3).take_while(|it| ('0'..='7').contains(it)).collect();
            let meant = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
            return (1 + digits.len(), meant);
        }
        'x' => return hex(text, 2),
        'u' => return hex(text, 4),
        'U' => return hex(text, 8),
        '\n' => return (1, None),
        other => return (1 + other.len_utf8(), None),
    };
    (2, Some(simple))
}

/// `\u12AB`. Two halves of a surrogate pair in a row are one character.
fn hex(text: &str, digits: usize) -> (usize, Option<char>) {
    let unit = |from: usize| {
        let digits = text.get(from..from + digits)?;
        digits.bytes().all(|it| it.is_ascii_hexdigit()).then_some(())?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(high) = unit(2) else { return (2, None) };
    let length = 2 + digits;
    if (0xD800..0xDC00).contains(&high)
        && text.get(length..length + 2) == Some("\\u")
        && let Some(low) = unit(length + 2).filter(|it| (0xDC00..0xE000).contains(it))
    {
        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return (2 * length, char::from_u32(code));
    }
    (length, char::from_u32(high))
}

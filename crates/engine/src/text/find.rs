//! Finding a needle in texts, as it stands or whatever its case.
//!
//! The case of ASCII letters is ignored in place; a needle with other letters is compared in lower
//! case as Unicode has it, which needs a copy of the text and is rare.

use std::borrow::Cow;

/// A prepared needle.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    bytes: Box<[u8]>,
    fold: Fold,
    /// Where the rarest byte stands, and its two cases.
    rare: Option<(usize, u8, u8)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    /// Case counts.
    No,
    /// ASCII letters only.
    Ascii,
    /// The needle is in lower case, and the text must be too.
    Unicode,
}

impl Needle {
    /// Prepares a needle.
    pub(crate) fn new(text: &str, fold: bool) -> Self {
        let fold = match (fold, text.is_ascii()) {
            (false, _) => Fold::No,
            (true, true) => Fold::Ascii,
            (true, false) => Fold::Unicode,
        };
        let bytes: Box<[u8]> = match fold {
            Fold::No => text.as_bytes().into(),
            Fold::Ascii | Fold::Unicode => text.to_lowercase().into_bytes().into(),
        };
        let rare = bytes.iter().copied().enumerate().min_by_key(|(_, b)| commonness(*b));
        let rare = rare.map(|(at, byte)| {
            let other = if fold == Fold::Ascii { byte.to_ascii_uppercase() } else { byte };
            (at, byte, other)
        });
        Self { bytes, fold, rare }
    }

    /// The text to search in; only a needle beyond ASCII needs another one.
    pub(crate) fn prepare<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.fold {
            Fold::Unicode => Cow::Owned(text.to_lowercase()),
            Fold::No | Fold::Ascii => Cow::Borrowed(text),
        }
    }

    /// How long it is.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Does `text`, cut at `at`, go on with the needle?
    #[inline]
    pub(crate) fn is_at(&self, text: &[u8], at: usize) -> bool {
        let Some(part) = text.get(at..at + self.bytes.len()) else { return false };
        match self.fold {
            Fold::Ascii => part.eq_ignore_ascii_case(&self.bytes),
            Fold::No | Fold::Unicode => part == &*self.bytes,
        }
    }

    /// Where the needle stands first, from `from` on.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let Some((offset, lower, upper)) = self.rare else {
            return (from <= text.len()).then_some(from);
        };
        let mut at = from.checked_add(offset)?;
        loop {
            let rest = text.get(at..)?;
            let found = if lower == upper {
                memchr::memchr(lower, rest)
            } else {
                memchr::memchr2(lower, upper, rest)
            }?;
            let start = at + found - offset;
            if self.is_at(text, start) {
                return Some(start);
            }
            at += found + 1;
        }
    }
}

/// How common a byte is in paths, command lines and names, in rough steps.
fn commonness(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'e' | b's' | b'o' | b'i' | b't' | b' ' | b'\\' => 9,
        b'n' | b'r' | b'a' | b'c' | b'm' | b'.' => 8,
        b'd' | b'l' | b'p' | b'w' | b'x' | b'/' | b'-' => 7,
        b'u' | b'h' | b'g' | b'y' | b'f' | b'0'..=b'3' => 6,
        b'b' | b'v' | b'k' | b'4'..=b'9' => 5,
        b'z' | b'q' | b'j' => 3,
        0x80.. => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_and_only() {
        let needle = Needle::new("ToOl", true);
        assert_eq!(needle.find(b"a tool, a TOOL", 0), Some(2));
        assert_eq!(needle.find(b"a tool, a TOOL", 3), Some(10));
        assert_eq!(needle.find(b"too", 0), None);
        assert_eq!(Needle::new("Tool", false).find(b"tool Tool", 0), Some(5));
        assert_eq!(Needle::new("", true).find(b"x", 0), Some(0));
        let beyond = Needle::new("CAFÉ", true);
        assert_eq!(beyond.find(beyond.prepare("un Café").as_bytes(), 0), Some(3));
    }
}

//! Terms: maximal runs of letters and digits of any script.
//!
//! A needle matches as it stands; what makes it a term is that no letter or digit is next to it.
//! So a needle with separators inside is a phrase with boundaries at its two ends.

use crate::text::find::Needle;

/// Which ends of the needle must be ends of a term.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// The start.
    pub(crate) start: bool,
    /// The end.
    pub(crate) end: bool,
}

/// Does the needle stand in the text with these ends? An empty needle always does.
#[inline]
pub(crate) fn stands(needle: &Needle, text: &str, ends: Ends) -> bool {
    let text = needle.prepare(text);
    let bytes = text.as_bytes();
    if needle.len() == 0 {
        return true;
    }
    let mut from = 0;
    while let Some(at) = needle.find(bytes, from) {
        if (!ends.start || free_before(&text, at))
            && (!ends.end || free_after(&text, at + needle.len()))
        {
            return true;
        }
        from = at + 1;
    }
    false
}

/// No letter or digit ends at `at`.
#[inline]
pub(crate) fn free_before(text: &str, at: usize) -> bool {
    match at.checked_sub(1).and_then(|last| text.as_bytes().get(last)) {
        None => true,
        Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric(),
        Some(_) => text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| !c.is_alphanumeric()),
    }
}

/// No letter or digit starts at `at`.
#[inline]
pub(crate) fn free_after(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => true,
        Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric(),
        Some(_) => text
            .get(at..)
            .and_then(|after| after.chars().next())
            .is_none_or(|c| !c.is_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_terms() {
        let has = |text, needle| {
            stands(&Needle::new(needle, true), text, Ends { start: true, end: true })
        };
        assert!(has("cmd.exe /c", "CMD"));
        assert!(!has("cmdlet", "cmd"));
        assert!(has("cmdlet cmd", "cmd"));
        assert!(has("a net  user b", "net  user"));
        assert!(!has("planet  user", "net  user"));
        assert!(!has("naïve", "na"));
        assert!(has("x", ""));
        assert!(has("_tool_", "tool"));
    }
}

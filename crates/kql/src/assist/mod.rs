//! What an editor asks about a query that is being written: what could stand here, what is this,
//! where does it come from.
//!
//! The text is broken most of the time, so nothing here hangs on all of it being right: the
//! pipeline in front of the place is cut out, with the statements before it, and bound by itself.

mod complete;
mod definition;
mod hover;
mod place;

#[cfg(test)]
mod tests;

pub use complete::{Completion, CompletionKind, completions};
pub use definition::definition;
pub use hover::hover;

use crate::{diagnostic::Span, function::Param};

/// Lines of a text, for places counted as editors do: a line and UTF-16 units in it, from zero.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    pub fn of(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// The place of a byte.
    pub fn place(&self, byte: usize) -> (u32, u32) {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|it| *it <= byte).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let units = self.text[start..].char_indices().take_while(|(at, _)| start + at < byte);
        let units: usize = units.map(|(_, it)| it.len_utf16()).sum();
        (line as u32, units as u32)
    }

    /// The byte at a place; one past the end of a line is its end.
    pub fn byte(&self, line: u32, unit: u32) -> usize {
        let Some(start) = self.starts.get(line as usize).copied() else { return self.text.len() };
        let mut units = 0;
        for (at, it) in self.text[start..].char_indices() {
            if units >= unit || it == '\n' {
                return start + at;
            }
            units += it.len_utf16() as u32;
        }
        self.text.len()
    }
}

/// The word that a byte is in or behind, with its place.
fn word_at(text: &str, byte: usize) -> Option<(&str, Span)> {
    let is_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$');
    let byte = (0..=byte.min(text.len())).rev().find(|it| text.is_char_boundary(*it))?;
    let (before, behind) = text.split_at(byte);
    let start = before
        .rfind(|it| !is_word(it))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let end = byte + behind.find(|it| !is_word(it)).unwrap_or(behind.len());
    (start < end).then(|| (&text[start..end], Span::new(start, end)))
}

/// `name(a, [b], c, ...)`.
fn signature(name: &str, params: &[Param]) -> String {
    let params: Vec<String> = params
        .iter()
        .map(|it| {
            let more = if it.repeated { ", ..." } else { "" };
            if it.optional { format!("[{}{more}]", it.name) } else { format!("{}{more}", it.name) }
        })
        .collect();
    format!("{name}({})", params.join(", "))
}

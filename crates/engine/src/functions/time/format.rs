//! The pattern language that `format_datetime` and `format_timespan` share: runs of one letter stand
//! for a part, the rest are separators from a fixed set. A pattern is read once per query.

use std::fmt::Write;

use kql::time::SECOND;

use crate::error::EngineError;

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A letter and how often it stands.
    Part(char, usize),
    /// A separator.
    Literal(char),
}

const SEPARATORS: &str = " /-:,._[]";

/// Reads a pattern; `allowed` lists each letter with the longest run it may form.
pub(super) fn parse(pattern: &str, allowed: &[(char, usize)]) -> Result<Vec<Piece>, EngineError> {
    if pattern.is_empty() {
        return Err(EngineError::refused("a format must not be empty"));
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in pattern.chars() {
        if SEPARATORS.contains(letter) {
            pieces.push(Piece::Literal(letter));
            continue;
        }
        let Some((_, most)) = allowed.iter().find(|(it, _)| *it == letter) else {
            return Err(EngineError::refused(format!("`{letter}` means nothing in a format")));
        };
        let run = match pieces.last_mut() {
            Some(Piece::Part(last, run)) if *last == letter => {
                *run += 1;
                *run
            }
            _ => {
                pieces.push(Piece::Part(letter, 1));
                1
            }
        };
        if run > *most {
            return Err(EngineError::refused(format!(
                "`{letter}` may stand at most {most} times in a row in a format"
            )));
        }
    }
    Ok(pieces)
}

/// Writes a number with at least this many digits.
pub(super) fn padded(out: &mut String, number: u64, width: usize) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{number:0width$}");
}

/// Writes the first digits of the fraction of a second; `F` drops zeros at the end.
pub(super) fn fraction(out: &mut String, letter: char, digits: usize, ticks: u64) {
    let all = format!("{:07}", ticks % SECOND as u64);
    let some = all.get(..digits.min(7)).unwrap_or(&all);
    out.push_str(if letter == 'F' { some.trim_end_matches('0') } else { some });
}

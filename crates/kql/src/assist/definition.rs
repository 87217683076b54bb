//! Where a name was given.

use crate::{
    diagnostic::Span,
    syntax::pieces::{Piece, PieceKind, pieces},
};

use super::word_at;

/// The place where the word at a byte was given its meaning by `let`, `as`, or as a parameter; the
/// latest in front of it, or else the first behind it.
pub fn definition(text: &str, byte: usize) -> Option<Span> {
    let (word, span) = word_at(text, byte)?;
    let all = pieces(text)?;
    let mut found: Option<Span> = None;
    let mut before: Option<&Piece<'_>> = None;
    for (at, piece) in all.iter().enumerate() {
        let introduced = before.is_some_and(|it| matches!(it.text, "let" | "as" | "(" | ","));
        if piece.text == word && piece.kind == PieceKind::Word && introduced {
            let next = all.get(at + 1).map_or("", |it| it.text);
            let kind = before.map_or("", |it| it.text);
            let given = match kind {
                "let" => next == "=",
                "as" => true,
                // a parameter has a type
                _ => next == ":",
            };
            let here = Span::new(piece.start, piece.start + piece.text.len());
            if given && (found.is_none() || here.start <= span.start) {
                found = Some(here);
            }
        }
        if piece.kind != PieceKind::Comment {
            before = Some(piece);
        }
    }
    found
}

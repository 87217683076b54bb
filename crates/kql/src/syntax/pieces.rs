//! A query cut into the pieces that a reader sees: tokens as written, and comments.

use super::{lexer, token::TokenKind};

/// A piece and how it stands to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    /// As written.
    pub(crate) text: &'t str,
    /// Its first byte in the whole text.
    pub(crate) start: usize,
    /// What it is.
    pub(crate) kind: PieceKind,
    /// Line breaks between it and the piece before it.
    pub(crate) breaks: usize,
    /// Nothing stands between it and the piece before it.
    pub(crate) touches: bool,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// A name or a word of the language.
    Word,
    /// A literal.
    Literal,
    /// A sign.
    Sign,
    /// `// …` up to the end of the line.
    Comment,
}

/// The pieces of a text; none when it cannot be cut into tokens.
pub(crate) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let (tokens, diagnostics) = lexer::tokens(text);
    if !diagnostics.is_empty() {
        return None;
    }
    let mut pieces = Vec::with_capacity(tokens.len());
    let mut at = 0;
    for token in &tokens {
        let mut breaks = gap(text.get(at..token.span.start)?, at, &mut pieces);
        let kind = match token.kind {
            TokenKind::Word(_) => PieceKind::Word,
            TokenKind::Literal(..) | TokenKind::Text(_) => PieceKind::Literal,
            TokenKind::Sign(_) => PieceKind::Sign,
            TokenKind::End => break,
        };
        if pieces.is_empty() {
            breaks = 0;
        }
        let written = text.get(token.span.start..token.span.end)?;
        let touches = at == token.span.start && at > 0;
        let start = token.span.start;
        pieces.push(Piece { text: written, start, kind, breaks, touches });
        at = token.span.end;
    }
    Some(pieces)
}

/// Adds the comments between two tokens; gives the line breaks behind the last of them.
fn gap<'t>(text: &'t str, base: usize, pieces: &mut Vec<Piece<'t>>) -> usize {
    let mut breaks = 0;
    let mut line_start = base;
    for (at, line) in text.split('\n').enumerate() {
        breaks += usize::from(at > 0);
        if let Some(start) = line.find("//") {
            let text = line[start..].trim_end();
            let before = std::mem::take(&mut breaks);
            let breaks = if pieces.is_empty() { 0 } else { before };
            let kind = PieceKind::Comment;
            pieces.push(Piece { text, start: line_start + start, kind, breaks, touches: false });
        }
        line_start += line.len() + 1;
    }
    breaks
}

//! Queries laid out in one way: an operator a line, brackets opened up when they do not fit.
//!
//! Only blanks and line breaks change. The tokens stay as written, in their order, with the
//! comments between them, so a formatted text means what the text meant; what cannot be cut into
//! tokens is left as it is.

mod layout;

#[cfg(test)]
mod tests;

use crate::syntax::pieces::{Piece, PieceKind, pieces};
use layout::Layout;

/// The widest line that is not broken.
const WIDTH: usize = 100;

/// The text in form; ends with one line break.
pub fn format(text: &str) -> String {
    let Some(pieces) = pieces(text) else { return text.to_owned() };
    let mut out = Layout::new(&pieces).print();
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

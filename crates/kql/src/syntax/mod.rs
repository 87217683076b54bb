//! Text to syntax tree.
//!
//! `lexer` cuts, `parser` holds the cursor and the limits, `expression` and `statement` the
//! grammar, and `operators` has one file per tabular operator. Whether names exist and types fit
//! is left to `bind`.

mod expression;
mod json;
mod lexer;
pub(crate) mod literal;
mod operators;
mod parser;
mod pattern;
pub(crate) mod pieces;
mod statement;
mod string;
mod token;
pub mod tree;

#[cfg(test)]
mod tests;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
};
use parser::Parser;

/// The longest text that is read, in bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// A tree and what was found on the way to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The tree; incomplete when a diagnostic is an error.
    pub query: tree::Query,
    /// What is wrong with the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// The names of the tabular operators.
pub(crate) fn operator_names() -> &'static [&'static str] {
    operators::BUILT
}

/// Parses a query. Never fails: what cannot be read is reported and left out.
pub fn parse(text: &str) -> Parsed {
    if text.len() > MAX_TEXT {
        let message = format!("the query is longer than {MAX_TEXT} bytes");
        let problem = Diagnostic::error(codes::TOO_LONG, Span::new(MAX_TEXT, text.len()), message);
        return Parsed { diagnostics: vec![problem], ..Parsed::default() };
    }
    let (tokens, diagnostics) = lexer::tokens(text);
    let mut parser = Parser::new(text, tokens, diagnostics);
    let statements = parser.statements();
    Parsed { query: tree::Query { statements }, diagnostics: parser.into_diagnostics() }
}

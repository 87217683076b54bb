//! Tokens: the smallest pieces of a query, each with its place.
//!
//! White space and comments are dropped, but every token has its span, so "touching" can still be
//! told: `project-away` is three touching tokens, `a - b` is three that do not touch.

use crate::{diagnostic::Span, types::Type, value::Value};

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind<'t>,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind<'t> {
    /// A name or a word of the language; also `!has`, `in~` and the like.
    Word(&'t str),
    /// A literal other than text.
    Literal(Value, Type),
    /// A text literal, unescaped.
    Text(String),
    /// A sign.
    Sign(&'static str),
    /// The end of the query.
    End,
}

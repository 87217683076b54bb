//! `parse kind=… flags=… text with * "literal" name: type …`, and `parse-where`.

use crate::{codes, diagnostic::Span, types::Type};

use super::{Expr, Name, Parser, TokenKind};

/// The body of a `parse`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// How the pattern is read.
    pub mode: ParseMode,
    /// Flags of a `regex` pattern.
    pub flags: String,
    /// Where the flags stand.
    pub flags_span: Span,
    /// The text.
    pub source: Expr,
    /// The pattern, piece by piece.
    pub pieces: Vec<Piece>,
    /// Rows that do not match are dropped.
    pub only_matching: bool,
}

/// How a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseMode {
    /// Delimiters are plain text; every typed capture must convert.
    Simple,
    /// Delimiters are plain text; a capture that does not convert is null by itself.
    Relaxed,
    /// Delimiters are regular expressions.
    Regex,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Any text.
    Star,
    /// A delimiter.
    Text(String, Span),
    /// What goes into a column.
    Column(Name, Type),
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn parse(&mut self, only_matching: bool) -> Option<Parse> {
        let (mut mode, mut flags, mut flags_span) = (ParseMode::Simple, String::new(), self.here());
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind", "simple") => mode = ParseMode::Simple,
                ("kind", "relaxed") => mode = ParseMode::Relaxed,
                ("kind", "regex") => mode = ParseMode::Regex,
                ("flags", value) => {
                    value.clone_into(&mut flags);
                    flags_span = option.span;
                }
                _ => return self.unknown_option(&option),
            }
        }
        let source = self.expression()?;
        self.expect_word("with")?;
        let mut pieces = Vec::new();
        while let Some(piece) = self.piece() {
            pieces.push(piece?);
        }
        if pieces.is_empty() {
            return self.expected("a pattern");
        }
        self.check_pieces(&pieces);
        Some(Parse { mode, flags, flags_span, source, pieces, only_matching })
    }

    /// What goes into a column must be told apart by texts.
    fn check_pieces(&mut self, pieces: &[Piece]) {
        for (at, piece) in pieces.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|it| pieces.get(it));
            if let Piece::Column(name, _) = piece
                && before.is_some_and(|it| !matches!(it, Piece::Text(..)))
            {
                let message = "a text must stand in front of the column, unless it is the first";
                self.error::<()>(codes::EXPECTED, name.span, message);
            }
        }
    }

    /// One piece; none at the end of the pattern.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    fn piece(&mut self) -> Option<Option<Piece>> {
        let span = self.span();
        match self.kind() {
            TokenKind::Sign("*") => {
                self.bump();
                Some(Some(Piece::Star))
            }
            TokenKind::Text(text) => {
                let text = text.clone();
                self.bump();
                Some(Some(Piece::Text(text, span)))
            }
            TokenKind::Word(_) | TokenKind::Sign("[") => Some(self.typed_column()),
            _ => None,
        }
    }

    fn typed_column(&mut self) -> Option<Piece> {
        let name = self.name("a column name")?;
        if !self.take_sign(":") {
            return Some(Piece::Column(name, Type::String));
        }
        let ty = self.word().and_then(Type::parse);
        let Some(ty) = ty else { return self.expected("a type") };
        self.bump();
        Some(Piece::Column(name, ty))
    }
}

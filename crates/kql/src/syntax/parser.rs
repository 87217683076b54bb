//! The cursor over the tokens, and the limits.
//!
//! Grammar functions return `Option`: none means that the mistake is already reported and the
//! caller should get out of the way. Recovery happens in two places, at the next `|` and at the
//! next `;`, so one mistake in each operator is found in one go.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span, keep_first},
};

use super::{
    token::{Token, TokenKind},
    tree::{Expr, ExprKind, Name},
};

/// How deep parentheses, calls and the like may nest.
pub(super) const MAX_NESTING: usize = 100;
/// How tall a tree may be, chains and pipelines counted.
pub(super) const MAX_HEIGHT: usize = 400;
/// How many diagnostics are kept.
const MAX_DIAGNOSTICS: usize = 50;

/// Words that need brackets to be a name.
const RESERVED: &[&str] = &[
    "and",
    "asc",
    "bagexpansion",
    "between",
    "by",
    "contains",
    "date",
    "datetime",
    "decimal",
    "decodeblocks",
    "desc",
    "double",
    "dynamic",
    "endswith",
    "first",
    "flags",
    "has",
    "has_all",
    "has_any",
    "in",
    "int",
    "isfuzzy",
    "kind",
    "last",
    "like",
    "long",
    "missing",
    "of",
    "or",
    "others",
    "real",
    "relaxed",
    "simple",
    "startswith",
    "string",
    "time",
    "timespan",
    "to",
    "withsource",
];
/// Those of [`RESERVED`] that may be given a value, though not be read without brackets.
const ASSIGNABLE: &[&str] = &["by", "contains", "has", "in", "of", "to"];
/// Those that may be read.
const READABLE: &[&str] = &["kind", "withsource", "isfuzzy", "bagexpansion"];

/// The parser's state.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    nesting: usize,
    /// The tallest expression finished since the caller looked, see [`Parser::measure`].
    tallest: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, tokens: Vec<Token<'t>>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { text, tokens, at: 0, nesting: 0, tallest: 0, diagnostics }
    }

    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        keep_first(&mut self.diagnostics, MAX_DIAGNOSTICS);
        self.diagnostics
    }

    /// The token a number of places ahead; the last token repeats for ever.
    pub(super) fn ahead(&self, by: usize) -> &Token<'t> {
        let at = (self.at + by).min(self.tokens.len().saturating_sub(1));
        self.tokens.get(at).expect("the lexer always ends with an end token")
    }

    pub(super) fn kind(&self) -> &TokenKind<'t> {
        &self.ahead(0).kind
    }

    pub(super) fn span(&self) -> Span {
        self.ahead(0).span
    }

    /// From a start to the end of the last token taken.
    pub(super) fn since(&self, start: Span) -> Span {
        match self.at.checked_sub(1).and_then(|at| self.tokens.get(at)) {
            Some(last) if last.span.end > start.start => Span::new(start.start, last.span.end),
            _ => start,
        }
    }

    pub(super) fn bump(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len().saturating_sub(1));
    }

    pub(super) fn at_end(&self) -> bool {
        *self.kind() == TokenKind::End
    }

    pub(super) fn at_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), TokenKind::Sign(it) if *it == sign)
    }

    pub(super) fn sign_ahead(&self, by: usize, sign: &str) -> bool {
        matches!(&self.ahead(by).kind, TokenKind::Sign(it) if *it == sign)
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let there = self.at_sign(sign);
        if there {
            self.bump();
        }
        there
    }

    pub(super) fn word(&self) -> Option<&'t str> {
        self.word_ahead(0)
    }

    pub(super) fn word_ahead(&self, by: usize) -> Option<&'t str> {
        match self.ahead(by).kind {
            TokenKind::Word(it) => Some(it),
            _ => None,
        }
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let there = self.at_word(word);
        if there {
            self.bump();
        }
        there
    }

    /// True when a token touches the one before it.
    pub(super) fn touches(&self, by: usize) -> bool {
        self.at + by > 0 && {
            let (before, this) = (self.at + by - 1, self.ahead(by));
            self.tokens.get(before).is_some_and(|it| it.span.end == this.span.start)
                && this.kind != TokenKind::End
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        // one mistake, one message: what follows at the same place is its consequence
        let start = diagnostic.span.start;
        if self.diagnostics.iter().rev().take(4).all(|it| it.span.start != start) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.diagnostics.is_empty()
    }

    pub(super) fn error<T>(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Option<T> {
        self.report(Diagnostic::error(code, span, message));
        None
    }

    /// Reports that something else should stand here.
    pub(super) fn expected<T>(&mut self, what: &str) -> Option<T> {
        let span = self.span();
        let message = match self.kind() {
            TokenKind::End => format!("expected {what}, but the query ends"),
            _ => format!("expected {what}, found `{}`", self.shown(span)),
        };
        self.error(codes::EXPECTED, span, message)
    }

    /// The text of a span, shortened.
    pub(super) fn shown(&self, span: Span) -> String {
        let text = self.text.get(span.start..span.end).unwrap_or("");
        match text.char_indices().nth(30) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text.to_owned(),
        }
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Option<()> {
        if self.take_sign(sign) { Some(()) } else { self.expected(&format!("`{sign}`")) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Option<()> {
        if self.take_word(word) { Some(()) } else { self.expected(&format!("`{word}`")) }
    }

    /// Runs a part of the grammar one level deeper.
    pub(super) fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.nesting >= MAX_NESTING {
            let message = format!("nested more than {MAX_NESTING} levels deep");
            return self.too_deep(message);
        }
        self.nesting += 1;
        let result = crate::stack::roomy(|| part(self));
        self.nesting -= 1;
        result
    }

    /// Reports once and gives up on the rest of the text.
    pub(super) fn too_deep<T>(&mut self, message: String) -> Option<T> {
        let span = self.span();
        self.report(Diagnostic::error(codes::TOO_DEEP, span, message));
        self.at = self.tokens.len().saturating_sub(1);
        None
    }

    /// Begins to measure a node: hands out what was measured around it.
    pub(super) fn measure(&mut self) -> usize {
        std::mem::take(&mut self.tallest)
    }

    /// Ends to measure a node, which is as tall as its tallest child and what it adds itself. Too
    /// tall a tree would later overflow someone's stack.
    pub(super) fn grow(&mut self, around: usize, added: usize) -> Option<()> {
        let height = self.tallest + added;
        self.tallest = around.max(height);
        if height > MAX_HEIGHT {
            return self.too_deep(format!("more than {MAX_HEIGHT} steps stacked on each other"));
        }
        Some(())
    }

    /// Items between commas up to a closing sign, at least `least` of them.
    pub(super) fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.take_sign(close) {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.take_sign(close) {
                return Some(items);
            }
            if !self.take_sign(",") {
                return self.expected(&format!("`,` or `{close}`"));
            }
        }
    }

    /// Items between commas, at least one.
    pub(super) fn commas<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_sign(",") {
            items.push(item(self)?);
        }
        Some(items)
    }

    /// Skips to the next `|`, `;` or closing sign on this level.
    pub(super) fn skip_operator(&mut self) {
        let mut open = 0usize;
        loop {
            match self.kind() {
                TokenKind::End => return,
                TokenKind::Sign("(" | "[" | "{") => open += 1,
                TokenKind::Sign(")" | "]" | "}") => {
                    if open == 0 {
                        return;
                    }
                    open -= 1;
                }
                TokenKind::Sign("|" | ";") if open == 0 => return,
                _ => {}
            }
            self.bump();
        }
    }

    /// Skips to the `;` that ends the statement.
    pub(super) fn skip_statement(&mut self) {
        loop {
            let before = self.at;
            self.skip_operator();
            if self.at_end() || self.at_sign(";") || self.at == before && self.at_sign("}") {
                return;
            }
            self.bump();
        }
    }

    /// A name, with brackets where they are needed.
    pub(super) fn name(&mut self, what: &str) -> Option<Name> {
        if let Some(name) = self.bracketed_name() {
            return Some(name);
        }
        let span = self.span();
        let Some(word) = self.word() else { return self.expected(what) };
        if word.starts_with('!') || word.ends_with('~') {
            return self.expected(what);
        }
        let assigned = self.sign_ahead(1, "=");
        let allowed = if assigned { ASSIGNABLE } else { READABLE };
        if RESERVED.contains(&word) && !allowed.contains(&word) {
            let message = format!("`{word}` is a word of the language");
            self.report(
                Diagnostic::error(codes::RESERVED, span, message)
                    .help(format!("write `['{word}']` to use it as a name")),
            );
        }
        self.bump();
        Some(Name { text: word.to_owned(), span })
    }

    /// `['any text']`.
    pub(super) fn bracketed_name(&mut self) -> Option<Name> {
        let TokenKind::Text(text) = &self.ahead(1).kind else { return None };
        if !self.at_sign("[") || !self.sign_ahead(2, "]") {
            return None;
        }
        let (text, span) = (text.clone(), self.span().to(self.ahead(2).span));
        for _ in 0..3 {
            self.bump();
        }
        Some(Name { text, span })
    }

    /// Any word or bracketed name, reserved or not: after a dot, or as an option's value.
    pub(super) fn loose_name(&mut self, what: &str) -> Option<Name> {
        if let Some(name) = self.bracketed_name() {
            return Some(name);
        }
        let span = self.span();
        match self.kind() {
            TokenKind::Word(word) if !word.starts_with('!') => {
                let text = (*word).to_owned();
                self.bump();
                Some(Name { text, span })
            }
            _ => self.expected(what),
        }
    }
}

/// A node from its parts.
pub(super) fn node(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span }
}

/// True when a bare word cannot be read as a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word) && !READABLE.contains(&word)
}

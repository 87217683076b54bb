//! Text to tokens.
//!
//! The one oddity of the language here: `datetime(2024-01-01 10:00)` and its kin are literals whose
//! parentheses hold free text, so they are read whole, before any grammar looks at them.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    time,
    types::Type,
    value::Value,
};

use super::{
    literal, string,
    token::{Token, TokenKind},
};

/// Signs, longest first.
const SIGNS: &[&str] = &[
    "==", "=~", "=>", "!=", "!~", "<>", "<=", ">=", "..", "|", ";", ",", "(", ")", "[", "]", "{",
    "}", ".", ":", "=", "<", ">", "+", "-", "*", "/", "%", "?",
];

/// Cuts a query into tokens; the last one is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, Vec<Diagnostic>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), diagnostics: Vec::new() };
    while lexer.step() {}
    let end = Span::new(text.len(), text.len());
    lexer.tokens.push(Token { kind: TokenKind::End, span: end });
    (lexer.tokens, lexer.diagnostics)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, start: usize, kind: TokenKind<'t>) {
        self.tokens.push(Token { kind, span: Span::new(start, self.at) });
    }

    fn error(&mut self, code: &'static str, start: usize, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, Span::new(start, self.at), message));
    }

    /// Reads one token or gap; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let start = self.at;
        let Some(first) = rest.chars().next() else { return false };
        if is_blank(first) {
            self.at += first.len_utf8();
        } else if rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(found) = string::read(rest) {
            self.at += found.length;
            match found.problem {
                None => self.push(start, TokenKind::Text(found.value)),
                Some(string::Problem::Open) => {
                    self.error(codes::STRING_OPEN, start, "the string literal is not closed");
                    self.push(start, TokenKind::Text(found.value));
                }
                Some(string::Problem::Escape { at, length }) => {
                    let span = Span::new(start + at, start + at + length);
                    let shown = self.text.get(span.start..span.end).unwrap_or("\\");
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::ESCAPE,
                            span,
                            format!("`{shown}` is not an escape sequence"),
                        )
                        .help("double the backslash, or put `@` before the string"),
                    );
                    self.push(start, TokenKind::Text(found.value));
                }
            }
        } else if first.is_ascii_digit() {
            self.number();
        } else if is_word_start(first) {
            self.word();
        } else if first == '!' && rest[1..].starts_with(|it: char| it.is_ascii_alphabetic()) {
            self.at += 1 + word_length(&rest[1..]);
            self.tilde();
            self.push(start, TokenKind::Word(&self.text[start..self.at]));
        } else if let Some(sign) = SIGNS.iter().find(|it| rest.starts_with(**it)) {
            self.at += sign.len();
            self.push(start, TokenKind::Sign(sign));
        } else {
            self.at += first.len_utf8();
            self.error(codes::CHARACTER, start, format!("unexpected character `{first}`"));
        }
        true
    }

    /// Takes the `~` of `in~` along, but not the first of a `~~~` fence.
    fn tilde(&mut self) {
        if self.rest().starts_with('~') && !self.rest().starts_with("~~~") {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        self.at += word_length(self.rest());
        let word = &self.text[start..self.at];
        match word {
            "true" | "True" | "TRUE" => {
                return self.push(start, TokenKind::Literal(Value::Bool(true), Type::Bool));
            }
            "false" | "False" | "FALSE" => {
                return self.push(start, TokenKind::Literal(Value::Bool(false), Type::Bool));
            }
            "in" => self.tilde(),
            _ => {}
        }
        if let Some(ty) = literal::typed(word) {
            let gap = self.rest().len() - self.rest().trim_start_matches(is_blank).len();
            if self.rest()[gap..].starts_with('(') {
                return self.typed_literal(start, word, ty, gap + 1);
            }
        }
        self.push(start, TokenKind::Word(&self.text[start..self.at]));
    }

    /// `datetime(…)`: everything up to the closing parenthesis; a string inside may hold one.
    fn typed_literal(&mut self, start: usize, word: &str, ty: Type, skip: usize) {
        self.at += skip;
        let inside = self.at;
        let lead = self.rest().len() - self.rest().trim_start_matches(is_blank).len();
        let quoted = string::read(&self.rest()[lead..]).map_or(0, |it| lead + it.length);
        let Some(length) = self.rest()[quoted..].find(')') else {
            self.at = self.text.len();
            return self.error(codes::EXPECTED, start, format!("`{word}(` is not closed"));
        };
        let content = self.rest()[..quoted + length].trim_matches(is_blank);
        self.at = inside + quoted + length + 1;
        let unquoted = string::read(content).filter(|it| it.length == content.len());
        let content = unquoted.as_ref().map_or(content, |it| it.value.trim());
        // pasted text has no-break spaces and the like
        let plain: String = content.chars().map(|it| if is_blank(it) { ' ' } else { it }).collect();
        let today = || time::parse_clock(&plain).filter(|_| ty == Type::DateTime);
        let value = literal::parse(ty, &plain).or_else(|| today().map(Value::DateTime));
        if let Some(value) = value {
            self.push(start, TokenKind::Literal(value, ty));
        } else {
            let message = format!("`{content}` is not a {}", ty.name());
            let problem =
                Diagnostic::error(codes::LITERAL, Span::new(inside, self.at - 1), message);
            self.diagnostics.push(match literal::conversion(ty) {
                Some(function) => problem.help(format!(
                    "`{word}(...)` takes a literal; `{function}(...)` converts a value"
                )),
                None => problem,
            });
            self.push(start, TokenKind::Literal(Value::Null, ty));
        }
    }

    /// A number, a timespan such as `1.5h`, or a name that starts with a digit.
    fn number(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let (length, value) = literal::number(rest);
        let tail = word_length(&rest[length..]);
        if tail > 0 {
            // `3com` is a name, `1.5x` and `0x` are nothing
            self.at += length + tail;
            let word = &rest[..length + tail];
            if word.contains('.') {
                self.error(codes::LITERAL, start, format!("`{word}` is not a number or timespan"));
                self.push(start, TokenKind::Literal(Value::Null, Type::Long));
            } else {
                self.push(start, TokenKind::Word(word));
            }
            return;
        }
        self.at += length;
        let minus = matches!(self.tokens.last(), Some(it) if it.kind == TokenKind::Sign("-"));
        let smallest = (Value::Long(i64::MIN), Type::Long);
        if let Some((value, ty)) =
            value.filter(|it| minus || *it != smallest || rest.starts_with('0'))
        {
            self.push(start, TokenKind::Literal(value, ty));
        } else {
            let shown = &rest[..length];
            self.error(codes::LITERAL, start, format!("`{shown}` is out of range"));
            self.push(start, TokenKind::Literal(Value::Null, Type::Long));
        }
    }
}

/// White space, with the invisible characters that web pages leave behind.
pub(super) fn is_blank(it: char) -> bool {
    it.is_whitespace()
        || matches!(it, '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_word_start(it: char) -> bool {
    it.is_alphabetic() || it == '_' || it == '$'
}

fn word_length(text: &str) -> usize {
    text.find(|it: char| !(it.is_alphanumeric() || it == '_' || it == '$')).unwrap_or(text.len())
}

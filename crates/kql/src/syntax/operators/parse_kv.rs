//! `parse-kv text as (a: string, b: long) with (pair_delimiter = " ", kv_delimiter = "=", …)`.

use crate::{codes, types::Column, value::Value};

use super::{Expr, Parser, TokenKind};

/// The body of a `parse-kv`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyValues {
    /// The text.
    pub source: Option<Expr>,
    /// The keys that become columns.
    pub columns: Vec<Column>,
    /// What parts the pairs.
    pub pair: Option<String>,
    /// What parts a key from its value.
    pub key: Option<String>,
    /// What may stand around keys and values: one character, or an opening and a closing one.
    pub quotes: Vec<String>,
    /// What makes the character behind it plain.
    pub escape: Option<String>,
    /// A value goes on until the next key.
    pub greedy: bool,
    /// A pattern with a group for the key and one for the value, instead of delimiters.
    pub regex: Option<String>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn parse_kv(&mut self) -> Option<KeyValues> {
        let source = Some(self.expression()?);
        self.expect_word("as")?;
        self.expect_sign("(")?;
        let columns = self.list(")", Self::column)?;
        let mut parse = KeyValues { source, columns, ..KeyValues::default() };
        if self.take_word("with") {
            self.expect_sign("(")?;
            self.list(")", |it| it.key_value_option(&mut parse))?;
        }
        Some(parse)
    }

    fn key_value_option(&mut self, parse: &mut KeyValues) -> Option<()> {
        let name = self.loose_name("an option")?;
        self.expect_sign("=")?;
        let span = self.span();
        let text = match self.kind() {
            TokenKind::Text(text) => Some(text.clone()),
            TokenKind::Literal(Value::Bool(yes), _) if name.text == "greedy" => {
                parse.greedy = *yes;
                self.bump();
                return Some(());
            }
            _ => None,
        };
        let Some(text) = text else { return self.expected("a text literal") };
        self.bump();
        match name.text.as_str() {
            "pair_delimiter" => parse.pair = Some(text),
            "kv_delimiter" => parse.key = Some(text),
            "quote" => {
                if !matches!(text.chars().count(), 1 | 2) {
                    return self.error(codes::OPTION, span, "a quote is one character or two");
                }
                parse.quotes.push(text);
            }
            "escape" => {
                if text.chars().count() != 1 {
                    return self.error(codes::OPTION, span, "the escape is one character");
                }
                parse.escape = Some(text);
            }
            "regex" => parse.regex = Some(text),
            other => {
                let message = format!("`{other}` is not an option of `parse-kv`");
                return self.error(codes::OPTION, name.span, message);
            }
        }
        Some(())
    }
}

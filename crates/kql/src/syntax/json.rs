//! The inside of `dynamic(…)`: JSON, plus single quotes and the language's own literals.

use serde_json::{Map, Number, Value as Json};

use crate::{codes, time, value::Value};

use super::{parser::Parser, token::TokenKind};

impl Parser<'_> {
    /// One JSON value.
    pub(super) fn json(&mut self) -> Option<Json> {
        let span = self.span();
        match self.kind() {
            TokenKind::Sign("[") => {
                self.bump();
                self.nested(|it| it.list("]", Self::json)).map(Json::Array)
            }
            TokenKind::Sign("{") => {
                self.bump();
                let members = self.nested(|it| it.list("}", Self::json_member))?;
                Some(Json::Object(members.into_iter().collect::<Map<_, _>>()))
            }
            TokenKind::Sign(sign @ ("-" | "+")) => {
                let negative = *sign == "-";
                self.bump();
                let span = span.to(self.span());
                let number = match self.kind() {
                    TokenKind::Literal(Value::Long(it), _) if negative => {
                        Some(Json::from(it.wrapping_neg()))
                    }
                    TokenKind::Literal(Value::Long(it), _) => Some(Json::from(*it)),
                    TokenKind::Literal(Value::Real(it), _) => {
                        Number::from_f64(if negative { -it } else { *it }).map(Json::Number)
                    }
                    _ => None,
                };
                self.bump();
                number.or_else(|| self.error(codes::EXPECTED, span, "expected a number"))
            }
            TokenKind::Text(text) => {
                let mut text = text.clone();
                self.bump();
                while let TokenKind::Text(more) = self.kind() {
                    text.push_str(more);
                    self.bump();
                }
                Some(Json::from(text))
            }
            TokenKind::Word("null") => {
                self.bump();
                Some(Json::Null)
            }
            TokenKind::Word("dynamic") if self.sign_ahead(1, "(") => {
                self.bump();
                self.bump();
                let json = self.nested(Self::json)?;
                self.expect_sign(")")?;
                Some(json)
            }
            TokenKind::Literal(value, _) => {
                // a clock has no day here
                let json = match value {
                    Value::DateTime(clock) if *clock < 0 => Json::Null,
                    value => json_of(value),
                };
                self.bump();
                Some(json)
            }
            _ => self.expected("a JSON value"),
        }
    }

    fn json_member(&mut self) -> Option<(String, Json)> {
        let key = match self.kind() {
            TokenKind::Text(text) => text.clone(),
            TokenKind::Word(word) => (*word).to_owned(),
            _ => return self.expected("a member name"),
        };
        self.bump();
        self.expect_sign(":")?;
        Some((key, self.json()?))
    }
}

/// A literal inside `dynamic(…)`; what JSON has no type for becomes its text.
fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => Json::from(*it),
        Value::Int(it) => Json::from(*it),
        Value::Long(it) => Json::from(*it),
        Value::Real(it) => Number::from_f64(*it).map_or(Json::Null, Json::Number),
        Value::Decimal(it) | Value::String(it) => Json::from(it.as_str()),
        Value::DateTime(it) => Json::from(time::format_datetime(*it)),
        // the reference keeps its ticks
        Value::TimeSpan(it) => Json::from(*it),
        Value::Guid(it) => Json::from(it.to_string()),
        Value::Dynamic(it) => it.clone(),
    }
}

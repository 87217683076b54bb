//! Options in front of an operator's body: `kind=inner`, `hint.strategy=shuffle`, `withsource=T`.

use crate::{codes, diagnostic::Span};

use super::{Name, Parser, TokenKind};

/// One option.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Opt {
    /// Its name, dots included.
    pub(super) name: String,
    /// Its value's text.
    pub(super) value: String,
    /// Where the value stands.
    pub(super) span: Span,
}

impl Opt {
    /// The value as a name.
    pub(super) fn as_name(&self) -> Name {
        Name { text: self.value.clone(), span: self.span }
    }
}

/// Options that may stand here; the others are columns being named.
const KNOWN: &[&str] =
    &["kind", "bagexpansion", "with_itemindex", "withsource", "with_source", "isfuzzy", "flags"];

impl Parser<'_> {
    /// The options here, hints left out.
    pub(super) fn options(&mut self) -> Option<Vec<Opt>> {
        let mut options = Vec::new();
        while let Some(word) = self.word() {
            let hint = word == "hint" && self.sign_ahead(1, ".");
            let known = KNOWN.contains(&word) && self.sign_ahead(1, "=");
            if !hint && !known {
                break;
            }
            let mut name = word.to_owned();
            self.bump();
            while self.take_sign(".") {
                name.push('.');
                name.push_str(&self.loose_name("an option")?.text);
            }
            self.expect_sign("=")?;
            let start = self.span();
            let value = match self.kind() {
                TokenKind::Word(it) => (*it).to_owned(),
                TokenKind::Text(it) => it.clone(),
                TokenKind::Literal(..) => self.shown(start),
                _ => match self.bracketed_name() {
                    Some(name) => {
                        let span = self.since(start);
                        options.push(Opt { name: word.to_owned(), value: name.text, span });
                        continue;
                    }
                    None => return self.expected("a value"),
                },
            };
            self.bump();
            if !hint {
                options.push(Opt { name, value, span: self.since(start) });
            }
        }
        Some(options)
    }

    /// Reports an option that the operator does not know.
    pub(super) fn unknown_option<T>(&mut self, option: &Opt) -> Option<T> {
        let message = format!("`{}={}` is not an option here", option.name, option.value);
        self.error(codes::OPTION, option.span, message)
    }
}

//! `externaldata(columns)[addresses] with (options)`.

use crate::types::Column;

use super::{Expr, Name, Parser, TokenKind};

/// The body of an `externaldata`.
#[derive(Clone, Debug, PartialEq)]
pub struct External {
    /// The columns it promises.
    pub columns: Vec<Column>,
    /// Where the data lies.
    pub addresses: Vec<Expr>,
    /// `format=csv` and the like; the values as text.
    pub options: Vec<(Name, String)>,
}

impl Parser<'_> {
    /// After the word; it may stand amid a list.
    pub(super) fn external(&mut self) -> Option<External> {
        self.expect_sign("(")?;
        let columns = self.list(")", Self::column)?;
        self.expect_sign("[")?;
        let mut addresses = Vec::new();
        while !self.take_sign("]") {
            addresses.push(self.expression()?);
            if !self.take_sign(",") && !self.at_sign("]") {
                return self.expected("`,` or `]`");
            }
        }
        let mut options = Vec::new();
        if self.at_word("with") && self.sign_ahead(1, "(") {
            self.bump();
            self.bump();
            while !self.take_sign(")") {
                let name = self.loose_name("an option")?;
                self.expect_sign("=")?;
                let span = self.span();
                let value = match self.kind() {
                    TokenKind::Word(it) => (*it).to_owned(),
                    TokenKind::Text(it) => it.clone(),
                    TokenKind::Literal(..) => {
                        self.text.get(span.start..span.end).unwrap_or_default().to_owned()
                    }
                    _ => return self.expected("a value"),
                };
                self.bump();
                options.push((name, value));
                if !self.take_sign(",") && !self.at_sign(")") {
                    return self.expected("`,` or `)`");
                }
            }
        }
        Some(External { columns, addresses, options })
    }
}

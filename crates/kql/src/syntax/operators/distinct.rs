//! `distinct *` and `distinct a, b`.

use super::{Named, Parser, TokenKind};

/// What must differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Distinct {
    /// Every column.
    All,
    /// These.
    By(Vec<Named>),
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn distinct(&mut self) -> Option<Distinct> {
        self.options()?;
        if self.at_sign("*")
            && matches!(self.ahead(1).kind, TokenKind::End | TokenKind::Sign("|" | ";" | ")" | "}"))
        {
            self.bump();
            return Some(Distinct::All);
        }
        Some(Distinct::By(self.commas(Self::named)?))
    }
}

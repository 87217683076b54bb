//! `range name from a to b step c`.

use super::{OperatorKind, Parser};

impl Parser<'_> {
    /// After the word.
    pub(super) fn range(&mut self) -> Option<OperatorKind> {
        let name = self.name("a column name")?;
        self.expect_word("from")?;
        let from = Box::new(self.expression()?);
        self.expect_word("to")?;
        let to = Box::new(self.expression()?);
        self.expect_word("step")?;
        let step = Box::new(self.expression()?);
        Some(OperatorKind::Range { name, from, to, step })
    }
}

//! `summarize aggregates by keys`.

use super::{OperatorKind, Parser};

impl Parser<'_> {
    /// After the word.
    pub(super) fn summarize(&mut self) -> Option<OperatorKind> {
        self.options()?;
        let aggregates = if self.at_word("by") && !self.sign_ahead(1, "=") {
            Vec::new()
        } else {
            self.named_list()?
        };
        let by = if self.take_word("by") {
            self.options()?;
            Some(self.commas(Self::named)?)
        } else {
            None
        };
        Some(OperatorKind::Summarize { aggregates, by })
    }
}

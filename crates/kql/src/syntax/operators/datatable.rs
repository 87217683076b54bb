//! `datatable(a: long, b: string)[1, "x", 2, "y"]`.

use super::{OperatorKind, Parser};

impl Parser<'_> {
    /// After the word.
    pub(super) fn datatable(&mut self) -> Option<OperatorKind> {
        self.expect_sign("(")?;
        let columns = self.list(")", Self::column)?;
        self.expect_sign("[")?;
        let mut cells = Vec::new();
        while !self.take_sign("]") {
            cells.push(self.expression()?);
            // a comma behind the last cell is common and harmless
            if !self.take_sign(",") && !self.at_sign("]") {
                return self.expected("`,` or `]`");
            }
        }
        Some(OperatorKind::Datatable { columns, cells })
    }
}

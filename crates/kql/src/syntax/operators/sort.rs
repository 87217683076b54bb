//! `sort by` and `top … by`.

use super::{Expr, OperatorKind, Parser};

/// One key of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordering {
    /// By what.
    pub expr: Expr,
    /// `asc`; the default is descending.
    pub ascending: bool,
    /// `nulls first` or `nulls last`; by default the smallest end.
    pub nulls_first: Option<bool>,
}

impl Parser<'_> {
    /// After `sort`.
    pub(super) fn sort(&mut self) -> Option<OperatorKind> {
        self.options()?;
        self.expect_word("by")?;
        Some(OperatorKind::Sort(self.commas(Self::ordering)?))
    }

    /// After `top`.
    pub(super) fn top(&mut self) -> Option<OperatorKind> {
        self.options()?;
        let count = self.idly_named()?;
        self.expect_word("by")?;
        Some(OperatorKind::Top { count, by: self.ordering()? })
    }

    pub(super) fn ordering(&mut self) -> Option<Ordering> {
        let expr = self.idly_named()?;
        self.order_of(expr)
    }

    /// The words behind a key.
    pub(super) fn order_of(&mut self, expr: Expr) -> Option<Ordering> {
        let ascending = self.take_word("asc");
        if !ascending {
            self.take_word("desc");
        }
        let nulls_first = if self.take_word("nulls") {
            let first = self.take_word("first");
            if !first {
                self.expect_word("last")?;
            }
            Some(first)
        } else {
            None
        };
        Some(Ordering { expr, ascending, nulls_first })
    }
}

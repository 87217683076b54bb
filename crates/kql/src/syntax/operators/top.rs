//! `top-nested n of a with others = x by aggregate, …`, `top-hitters n of a by b`,
//! `sample-distinct n of a`.

use super::{Expr, Named, OperatorKind, Ordering, Parser};

/// One level of a `top-nested`.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// How many values; none for all.
    pub count: Option<Expr>,
    /// The value.
    pub of: Named,
    /// What stands for the values left out.
    pub others: Option<Expr>,
    /// The aggregate that orders the values.
    pub by: Named,
    /// `asc`; the default is descending.
    pub ascending: bool,
    /// `nulls first` or `nulls last`.
    pub nulls_first: Option<bool>,
}

impl Parser<'_> {
    /// After the first word.
    pub(super) fn top_nested(&mut self) -> Option<Vec<Level>> {
        let mut levels = vec![self.top_level()?];
        while self.take_sign(",") {
            self.expect_word("top")?;
            self.expect_sign("-")?;
            self.expect_word("nested")?;
            levels.push(self.top_level()?);
        }
        Some(levels)
    }

    fn top_level(&mut self) -> Option<Level> {
        let count = if self.at_word("of") { None } else { Some(self.expression()?) };
        self.expect_word("of")?;
        let of = self.named()?;
        let others = if self.take_word("with") {
            self.expect_word("others")?;
            self.expect_sign("=")?;
            Some(self.expression()?)
        } else {
            None
        };
        self.expect_word("by")?;
        let named = self.named()?;
        let Ordering { expr, ascending, nulls_first } = self.order_of(named.expr)?;
        let by = Named { names: named.names, expr };
        Some(Level { count, of, others, by, ascending, nulls_first })
    }

    /// After `top-hitters`.
    pub(super) fn top_hitters(&mut self) -> Option<OperatorKind> {
        let count = self.expression()?;
        self.expect_word("of")?;
        let of = self.named()?;
        let by = if self.take_word("by") { Some(self.expression()?) } else { None };
        Some(OperatorKind::TopHitters { count, of, by })
    }

    /// After `sample-distinct`.
    pub(super) fn sample_distinct(&mut self) -> Option<OperatorKind> {
        let count = self.expression()?;
        self.expect_word("of")?;
        Some(OperatorKind::SampleDistinct { count, of: self.named()? })
    }
}

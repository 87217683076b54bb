//! `make-series a = aggregate default = value on axis from start to end step size by keys`.

use super::{Expr, Named, Parser};

/// The body of a `make-series`.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// `kind=nonempty`: a row even when there is nothing.
    pub nonempty: bool,
    /// The aggregates.
    pub items: Vec<SeriesItem>,
    /// What the values lie along.
    pub axis: Named,
    /// The first point.
    pub from: Option<Expr>,
    /// One past the last point, or the last one with [`Series::inclusive`].
    pub to: Option<Expr>,
    /// The distance of the points.
    pub step: Expr,
    /// The form `in range(from, to, step)`: the points are those of `bin`, the end counts.
    pub inclusive: bool,
    /// What tells series apart.
    pub by: Vec<Named>,
}

/// One aggregate of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesItem {
    /// The aggregate.
    pub named: Named,
    /// The value where there is no row.
    pub default: Option<Expr>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn series(&mut self) -> Option<Series> {
        let mut nonempty = false;
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind", "nonempty") => nonempty = true,
                _ => return self.unknown_option(&option),
            }
        }
        let items = self.commas(Self::series_item)?;
        self.expect_word("on")?;
        let axis = self.axis()?;
        let (mut from, mut to, mut inclusive) = (None, None, false);
        let step = if self.take_word("in") {
            self.expect_word("range")?;
            self.expect_sign("(")?;
            inclusive = true;
            from = Some(self.expression()?);
            self.expect_sign(",")?;
            to = Some(self.expression()?);
            self.expect_sign(",")?;
            let step = self.expression()?;
            self.expect_sign(")")?;
            step
        } else {
            if self.take_word("from") {
                from = Some(self.expression()?);
            }
            if self.take_word("to") {
                to = Some(self.expression()?);
            }
            self.expect_word("step")?;
            self.expression()?
        };
        let by = if self.take_word("by") { self.commas(Self::named)? } else { Vec::new() };
        Some(Series { nonempty, items, axis, from, to, step, inclusive, by })
    }

    fn series_item(&mut self) -> Option<SeriesItem> {
        let named = self.named()?;
        let default = if self.at_word("default") && self.sign_ahead(1, "=") {
            self.bump();
            self.bump();
            Some(self.expression()?)
        } else {
            None
        };
        Some(SeriesItem { named, default })
    }

    /// The axis; behind it stands `in`, which an expression would take for its own.
    fn axis(&mut self) -> Option<Named> {
        let mut names = Vec::new();
        if self.word().is_some() && self.sign_ahead(1, "=") {
            names.push(self.name("a column name")?);
            self.bump();
        }
        Some(Named { names, expr: self.additive()? })
    }
}

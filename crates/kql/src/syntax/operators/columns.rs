//! Columns by name or wildcard: `project-away`, `project-keep`, `project-rename`,
//! `project-reorder`.

use super::{Name, Parser, TokenKind};

/// A column name in which `*` stands for any characters.
pub type Pattern = Name;

/// One item of `project-reorder`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reorder {
    /// Which columns.
    pub pattern: Pattern,
    /// How they are ordered among themselves.
    pub order: Option<ColumnOrder>,
}

/// The order of columns that one wildcard finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnOrder {
    /// By name.
    Ascending,
    /// By name, backwards.
    Descending,
    /// By name, with the numbers in names compared as numbers.
    GrannyAscending,
    /// The same backwards.
    GrannyDescending,
}

impl Parser<'_> {
    /// A name with or without wildcards; its pieces touch.
    pub(super) fn pattern(&mut self) -> Option<Pattern> {
        if self.at_sign("[") {
            return self.name("a column name");
        }
        let start = self.span();
        let mut by = 0;
        let mut stars = 0;
        while by == 0 || self.touches(by) {
            match self.ahead(by).kind {
                TokenKind::Sign("*") => stars += 1,
                TokenKind::Word(_) | TokenKind::Literal(..) => {}
                _ => break,
            }
            by += 1;
        }
        if stars == 0 {
            return self.name("a column name");
        }
        for _ in 0..by {
            self.bump();
        }
        let span = self.since(start);
        Some(Name { text: self.text.get(span.start..span.end)?.to_owned(), span })
    }

    /// `new = old`; a name alone reads well, but means nothing.
    pub(super) fn rename(&mut self) -> Option<(Name, Option<Name>)> {
        let new = self.name("a column name")?;
        let old = if self.take_sign("=") { Some(self.name("a column name")?) } else { None };
        Some((new, old))
    }

    /// A pattern with an optional order.
    pub(super) fn reorder(&mut self) -> Option<Reorder> {
        let pattern = self.pattern()?;
        let order = if self.take_word("asc") {
            Some(ColumnOrder::Ascending)
        } else if self.take_word("desc") {
            Some(ColumnOrder::Descending)
        } else if self.at_word("granny") && self.sign_ahead(1, "-") {
            self.bump();
            self.bump();
            if self.take_word("desc") {
                Some(ColumnOrder::GrannyDescending)
            } else {
                self.expect_word("asc")?;
                Some(ColumnOrder::GrannyAscending)
            }
        } else {
            None
        };
        Some(Reorder { pattern, order })
    }
}

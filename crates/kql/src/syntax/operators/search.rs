//! `search kind=… in (tables) predicate` and `find withsource=… in (tables) where predicate project …`.

use crate::{codes, syntax::tree::ExprKind, types::Type};

use super::{Expr, Name, Parser};

/// The body of a `search`.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// `kind=case_sensitive`.
    pub case_sensitive: bool,
    /// Where; nothing is everywhere.
    pub tables: Vec<Expr>,
    /// What: a text in it stands for its being in some column.
    pub predicate: Expr,
}

/// The body of a `find`.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The column that says where a row is from.
    pub source: Option<Name>,
    /// Where; nothing is everywhere.
    pub tables: Vec<Expr>,
    /// What.
    pub predicate: Expr,
    /// The columns; none for those that all tables have, and those in the predicate.
    pub project: Option<Vec<FindColumn>>,
}

/// A column that a `find` gives.
#[derive(Clone, Debug, PartialEq)]
pub enum FindColumn {
    /// One of that name, cast to the type if one is given.
    Named(Name, Option<Type>),
    /// `pack(*)`: all that is not given otherwise, as a bag.
    Rest,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn search(&mut self) -> Option<Search> {
        let mut case_sensitive = false;
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind", "case_sensitive") => case_sensitive = true,
                ("kind", "default" | "case_insensitive") => {}
                _ => return self.unknown_option(&option),
            }
        }
        let tables = self.table_list()?;
        Some(Search { case_sensitive, tables, predicate: self.expression()? })
    }

    /// After the word.
    pub(super) fn find(&mut self) -> Option<Find> {
        let mut source = None;
        for option in self.options()? {
            match option.name.as_str() {
                "withsource" | "with_source" => source = Some(option.as_name()),
                _ => return self.unknown_option(&option),
            }
        }
        if self.at_word("datascope") && self.sign_ahead(1, "=") {
            self.bump();
            self.bump();
            self.loose_name("a scope")?;
        }
        let bounded = self.at_word("in");
        let tables = self.table_list()?;
        if bounded {
            self.expect_word("where")?;
        } else {
            self.take_word("where");
        }
        let predicate = self.expression()?;
        let smart = self.at_word("project") && self.sign_ahead(1, "-") && self.touches(1);
        let project = if smart {
            self.bump();
            self.bump();
            self.expect_word("smart")?;
            None
        } else if self.take_word("project") {
            Some(self.commas(Self::find_column)?)
        } else {
            None
        };
        Some(Find { source, tables, predicate, project })
    }

    /// `in (a, b*)`.
    fn table_list(&mut self) -> Option<Vec<Expr>> {
        if !self.at_word("in") || !self.sign_ahead(1, "(") {
            return Some(Vec::new());
        }
        self.bump();
        self.bump();
        self.list(")", |it| {
            if it.at_sign("(") {
                return it.expected("the name of a table");
            }
            let table = it.union_table()?;
            match table.kind {
                ExprKind::Source(_) => {
                    it.error(codes::EXPECTED, table.span, "only names of tables may stand here")
                }
                _ => Some(table),
            }
        })
    }

    fn find_column(&mut self) -> Option<FindColumn> {
        if self.at_word("pack") && self.sign_ahead(1, "(") && self.sign_ahead(2, "*") {
            for _ in 0..3 {
                self.bump();
            }
            self.expect_sign(")")?;
            return Some(FindColumn::Rest);
        }
        let name = self.name("a column name")?;
        let ty = if self.take_sign(":") { Some(self.type_name()?) } else { None };
        Some(FindColumn::Named(name, ty))
    }
}

//! `union kind=… withsource=… isfuzzy=… a, b*, (…)`.

use crate::syntax::tree::ExprKind;

use super::{Expr, Name, Parser};

/// The body of a union.
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    /// `kind=inner`: only the columns that all have.
    pub inner: bool,
    /// The column that says where a row is from.
    pub source: Option<Name>,
    /// Tables that do not exist are left out.
    pub fuzzy: bool,
    /// The tables.
    pub tables: Vec<Expr>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn union(&mut self) -> Option<Union> {
        let mut union = Union { inner: false, source: None, fuzzy: false, tables: Vec::new() };
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind", "inner") => union.inner = true,
                ("kind", "outer") => {}
                ("withsource" | "with_source", _) => union.source = Some(option.as_name()),
                ("isfuzzy", value @ ("true" | "True" | "TRUE" | "false" | "False" | "FALSE")) => {
                    union.fuzzy = value.eq_ignore_ascii_case("true");
                }
                _ => return self.unknown_option(&option),
            }
        }
        union.tables = self.commas(Self::union_table)?;
        Some(union)
    }

    pub(in crate::syntax) fn union_table(&mut self) -> Option<Expr> {
        let wild = self.at_sign("*")
            || (self.word().is_some() && self.sign_ahead(1, "*") && self.touches(1));
        if !wild {
            return self.table();
        }
        let name = self.pattern()?;
        Some(Expr { kind: ExprKind::Wildcard(name.text), span: name.span })
    }
}

//! `mv-expand kind=… with_itemindex=… a, b = expr to typeof(long) limit n`.

use crate::{codes, syntax::tree::ExprKind, types::Type};

use super::{Expr, Name, Named, Parser};

/// The body of an `mv-expand`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// What is expanded, side by side.
    pub items: Vec<ExpandItem>,
    /// A bag gives `[key, value]` instead of a bag of one key.
    pub pairs: bool,
    /// The column that numbers the elements.
    pub index: Option<Name>,
    /// The most rows made of one row.
    pub limit: Option<Expr>,
}

/// One thing expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpandItem {
    /// The array or bag, with its name if it has one.
    pub named: Named,
    /// The type its elements are cast to.
    pub ty: Option<Type>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn expand(&mut self) -> Option<Expand> {
        let mut expand = Expand { items: Vec::new(), pairs: false, index: None, limit: None };
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind" | "bagexpansion", "array") => expand.pairs = true,
                ("kind" | "bagexpansion", "bag") => expand.pairs = false,
                ("with_itemindex", _) => expand.index = Some(option.as_name()),
                _ => return self.unknown_option(&option),
            }
        }
        expand.items = self.commas(Self::expand_item)?;
        if self.take_word("limit") {
            expand.limit = Some(self.expression()?);
        }
        Some(expand)
    }

    pub(super) fn expand_item(&mut self) -> Option<ExpandItem> {
        let named = self.named()?;
        if named.names.len() > 1 {
            let message = "one value is expanded into one column";
            return self.error(codes::EXPECTED, named.span(), message);
        }
        let ty = if self.take_word("to") {
            let ty = self.expression()?;
            let ExprKind::TypeOf(ty) = ty.kind else {
                return self.error(codes::EXPECTED, ty.span, "expected `typeof(...)`");
            };
            Some(ty)
        } else {
            None
        };
        Some(ExpandItem { named, ty })
    }
}

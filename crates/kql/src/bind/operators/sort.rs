//! `sort by` and `top`.

use crate::{
    plan::{Op, Rel, SortKey},
    syntax::tree::{self, Ordering},
    types::Type,
};

use super::super::Binder;

impl Binder<'_> {
    /// `sort by`.
    pub(super) fn sort(&mut self, input: Rel, keys: &[Ordering]) -> Rel {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let mut bound = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(expr) = self.expr(&key.expr, cx) else { continue };
            let Some(expr) = self.key(expr, "sorted by") else { continue };
            bound.push(SortKey {
                expr,
                descending: !key.ascending,
                // nulls are the smallest unless told otherwise
                nulls_first: key.nulls_first.unwrap_or(key.ascending),
            });
        }
        if bound.is_empty() {
            return input;
        }
        Rel { op: Op::Sort { input: Box::new(input), keys: bound }, columns }
    }

    /// `top n by`.
    pub(super) fn top(&mut self, input: Rel, count: &tree::Expr, by: &Ordering) -> Rel {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let dynamic = self.quietly(|it| it.expr(&by.expr, cx)).filter(|it| it.ty == Type::Dynamic);
        let sorted = match dynamic.and_then(|it| self.converted(it, Type::String)) {
            // `top` takes what `sort` refuses, and orders it by its text
            Some(expr) => {
                let nulls_first = by.nulls_first.unwrap_or(by.ascending);
                let key = SortKey { expr, descending: !by.ascending, nulls_first };
                Rel { op: Op::Sort { input: Box::new(input), keys: vec![key] }, columns }
            }
            None => self.sort(input, std::slice::from_ref(by)),
        };
        self.take(sorted, count)
    }
}

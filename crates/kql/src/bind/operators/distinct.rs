//! `distinct`: a `summarize` without aggregates.

use crate::{
    diagnostic::Span,
    plan::{Op, Rel},
    syntax::tree::Distinct,
    types::Column,
};

use super::{super::Binder, column, project::Made};

impl Binder<'_> {
    pub(super) fn distinct(&mut self, input: Rel, distinct: &Distinct, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let made = match distinct {
            Distinct::All => columns
                .iter()
                .enumerate()
                .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
                .collect(),
            Distinct::By(list) => {
                let cx = self.over(&columns);
                self.made(list, cx, |_| None)
            }
        };
        let mut keys = Vec::with_capacity(made.len());
        let mut columns = Vec::with_capacity(made.len());
        for Made { name, expr } in made {
            let key = self.key(expr?, "told apart by `distinct`")?;
            columns.push(Column::new(name, key.ty));
            keys.push(key);
        }
        let op = Op::Summarize { input: Box::new(input), keys, aggregates: Vec::new() };
        Some(Rel { op, columns })
    }
}

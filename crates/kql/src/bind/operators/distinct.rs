//! `distinct`: a `summarize` without aggregates.

use crate::{
    diagnostic::Span,
    plan::{Op, Rel},
    syntax::tree::{Distinct, ExprKind as Syntax, Named},
    types::Column,
};

use super::{
    super::{Binder, naming::Namer},
    column,
    project::Made,
};

impl Binder<'_> {
    pub(super) fn distinct(&mut self, input: Rel, distinct: &Distinct, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let made = match distinct {
            Distinct::All => columns
                .iter()
                .enumerate()
                .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
                .collect(),
            Distinct::By(list) if list.iter().any(|it| it.expr.kind == Syntax::Star) => {
                self.with_star(list, &columns, span)
            }
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

    /// `a, *`: the star is every column not named before it.
    fn with_star(&mut self, list: &[Named], columns: &[Column], span: Span) -> Vec<Made> {
        let mut namer = Namer::default();
        let mut made = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        for item in list {
            if item.expr.kind == Syntax::Star {
                for (at, it) in columns.iter().enumerate() {
                    if !named.contains(&it.name.as_str()) {
                        let name = namer.automatic(Some(it.name.clone()));
                        made.push(Made { name, expr: column(columns, at, span) });
                    }
                }
                continue;
            }
            if let Syntax::Name(name) = &item.expr.kind {
                named.push(name);
            }
            let cx = self.over(columns);
            let own = item.names.first().map(|it| it.text.clone());
            let own = own.or_else(|| self.auto_name(&item.expr));
            made.push(Made { name: namer.automatic(own), expr: self.expr(&item.expr, cx) });
        }
        made
    }
}

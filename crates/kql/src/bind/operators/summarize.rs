//! `summarize`, and `count`.

use std::cell::RefCell;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Aggregate, Expr, ExprKind, Op, Rel},
    syntax::tree::{ExprKind as Syntax, Name, Named},
    types::{Column, Type},
};

use super::super::{Binder, aggregate::Collector, expression::node, naming::Namer, scope::Cx};

impl Binder<'_> {
    /// `count`.
    pub(super) fn count(input: Rel, name: Option<&Name>, span: Span) -> Rel {
        let name = name.map_or("Count", |it| it.text.as_str());
        let args = Vec::new();
        let aggregate = Aggregate { function: "count", args, outputs: 1, filter: None, span };
        Rel {
            op: Op::Summarize {
                input: Box::new(input),
                keys: Vec::new(),
                aggregates: vec![aggregate],
            },
            columns: vec![Column::new(name, Type::Long)],
        }
    }

    /// `summarize`.
    pub(super) fn summarize(
        &mut self,
        input: Rel,
        aggregates: &[Named],
        by: Option<&[Named]>,
        span: Span,
    ) -> Option<Rel> {
        if aggregates.is_empty() && by.is_none() {
            return self.error(
                codes::EXPECTED,
                span,
                "`summarize` has neither aggregates nor `by`",
            );
        }
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let mut namer = Namer::over(&columns);
        let mut names = Vec::new();
        let mut keys = Vec::new();
        let mut fine = true;
        for item in by.unwrap_or_default() {
            let key = self.expr(&item.expr, cx).and_then(|it| self.key(it, "grouped by"));
            let name = self.name_of(item, &mut namer);
            match key {
                Some(key) => keys.push(key),
                None => fine = false,
            }
            names.push(name);
        }
        let key_columns = keys
            .iter()
            .filter_map(|it| match it.kind {
                ExprKind::Column(at) => Some(at),
                _ => None,
            })
            .collect();
        let collector = RefCell::new(Collector {
            columns: columns.clone(),
            place: cx.place,
            keys: keys.len(),
            key_columns,
            aggregates: Vec::new(),
            slots: Vec::new(),
            bare_columns: 0,
        });
        let outer = Cx { aggregates: Some(&collector), ..cx };
        let mut results: Vec<Expr> = Vec::new();
        for item in aggregates {
            if let Some(several) = self.aggregate_results(&item.expr, &collector) {
                let Some(several) = several else {
                    fine = false;
                    for name in &item.names {
                        self.poisoned.insert(name.text.clone());
                    }
                    continue;
                };
                for (at, result) in several.into_iter().enumerate() {
                    let given = if item.names.len() > 1 || result.main && at == 0 {
                        item.names.get(at)
                    } else {
                        None
                    };
                    names.push(match given {
                        Some(name) => self.chosen_name(&mut namer, &name.text, name.span),
                        None => namer.automatic(result.name),
                    });
                    results.push(result.expr);
                }
                continue;
            }
            if let Some(members) = self.members(&item.expr, outer) {
                let Some(members) = members else {
                    fine = false;
                    continue;
                };
                for (value, name) in self.member_names(item, members, &mut namer) {
                    names.push(name);
                    results.push(value);
                }
                continue;
            }
            let value = self.expr(&item.expr, outer);
            let name = self.name_of(item, &mut namer);
            if let Some(value) = value {
                names.push(name);
                results.push(value);
            } else {
                fine = false;
                self.poisoned.insert(name);
            }
        }
        if !fine {
            // the columns are not known, so nothing behind can be checked
            return None;
        }
        Some(Self::assembled(input, keys, results, names, collector.into_inner()))
    }

    fn name_of(&mut self, item: &Named, namer: &mut Namer) -> String {
        match (item.names.as_slice(), &item.expr.kind) {
            ([name], _) => self.chosen_name(namer, &name.text, name.span),
            ([], Syntax::Name(name)) => self.chosen_name(namer, name, item.expr.span),
            ([], _) => namer.automatic(self.auto_name(&item.expr)),
            _ => {
                let message = "the expression gives one value, not several";
                self.error::<()>(codes::ARGUMENT_COUNT, item.span(), message);
                String::new()
            }
        }
    }

    fn assembled(
        input: Rel,
        keys: Vec<Expr>,
        results: Vec<Expr>,
        names: Vec<String>,
        collector: Collector,
    ) -> Rel {
        let key_types: Vec<Type> = keys.iter().map(|it| it.ty).collect();
        let direct = results.len() == collector.slots.len()
            && results.iter().enumerate().all(
                |(at, it)| matches!(it.kind, ExprKind::Column(column) if column == keys.len() + at),
            );
        let types = key_types.iter().chain(&collector.slots).copied();
        let summarized: Vec<Column> = types
            .enumerate()
            .map(|(at, ty)| {
                let known = if direct || at < key_types.len() { names.get(at) } else { None };
                match known {
                    Some(name) => Column::new(name.as_str(), ty),
                    None => Column::new(format!("slot {}", at - key_types.len()), ty),
                }
            })
            .collect();
        let op = Op::Summarize { input: Box::new(input), keys, aggregates: collector.aggregates };
        let summarized = Rel { op, columns: summarized };
        if direct {
            return summarized;
        }
        let span = Span::default();
        let mut exprs: Vec<Expr> = key_types
            .iter()
            .enumerate()
            .map(|(at, ty)| node(ExprKind::Column(at), *ty, span))
            .collect();
        exprs.extend(results);
        let columns =
            names.into_iter().zip(&exprs).map(|(name, expr)| Column::new(name, expr.ty)).collect();
        Rel { op: Op::Project { input: Box::new(summarized), exprs }, columns }
    }
}

//! `mv-apply` and `partition`: a sub-pipeline for the rows of each row, or of each key.

use std::rc::Rc;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expanded, Expr, ExprKind, Op, Rel, WindowCall, WindowFunction},
    syntax::tree::{Apply, ExprKind as Syntax, Operator, Partition, PartitionBody},
    types::{Column, Type},
    value::Value,
};

use super::super::{
    Binder,
    expression::node,
    grouped::{self, Group},
    scope::Meaning,
};

impl Binder<'_> {
    /// `mv-apply`.
    pub(super) fn apply(&mut self, input: Rel, apply: &Apply, span: Span) -> Option<Rel> {
        let outer = input.columns.clone();
        // a column opened under its own name is not there any more
        let opened: Vec<&str> = apply
            .expand
            .items
            .iter()
            .filter(|it| it.named.names.is_empty())
            .filter_map(|it| match &it.named.expr.kind {
                Syntax::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let expanded = self.expand(input, &apply.expand, span)?;
        let Rel { op: Op::Expand { input, items, pairs, limit, mut outputs }, columns } = expanded
        else {
            return self.error(codes::EXPECTED, span, "nothing is opened");
        };
        let (hole, rel) = grouped::hole(self.next_hole(), columns.clone(), true);
        let body = self.operators(rel, &apply.body)?;
        let kept: Vec<(usize, &Column)> = outer
            .iter()
            .enumerate()
            .filter(|(_, it)| !opened.contains(&it.name.as_str()))
            .collect();
        let place = |name: &str| body.columns.iter().position(|it| it.name == name);
        // what stands in front of the results: the outer columns, but the pipeline's where it has
        // one of that name
        let mut extras = vec![Column::new("\u{2}row", Type::Long)];
        let mut front = Vec::with_capacity(kept.len());
        let width = body.columns.len();
        let numbered = grouped::needs_id(&body);
        let input = if numbered { numbered_rows(*input, span) } else { *input };
        let mut columns = columns;
        if numbered {
            outputs.push(Expanded::Column(input.columns.len() - 1));
            columns.extend(extras.iter().cloned());
        } else {
            extras.clear();
        }
        for (at, it) in kept {
            let from = place(&it.name).unwrap_or_else(|| {
                outputs.push(Expanded::Column(at));
                extras.push(it.clone());
                columns.push(it.clone());
                width + extras.len() - 1
            });
            front.push((it.name.clone(), from));
        }
        let op = Op::Expand { input: Box::new(input), items, pairs, limit, outputs };
        let input = Rel { op, columns };
        let group = Group { hole, input, extras, repeatable: false, contiguous: true, span };
        let results: Vec<Column> = body.columns.clone();
        let rel = self.carried(body, &group, false)?;
        let rest = results
            .iter()
            .enumerate()
            .filter(|(at, _)| front.iter().all(|(_, own)| own != at))
            .map(|(at, it)| (it.name.clone(), at))
            .collect::<Vec<_>>();
        let picked = front.into_iter().chain(rest).map(|(name, at)| (at, name)).collect();
        Some(super::pick(rel, picked))
    }

    /// `partition`.
    pub(super) fn partition(
        &mut self,
        input: Rel,
        partition: &Partition,
        span: Span,
    ) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let Some(at) = cx.column(&partition.by.text) else {
            return self.unknown_column(&partition.by.text, partition.by.span, cx);
        };
        let key = super::column(&columns, at, partition.by.span)?;
        let key = self.key(key, "partitioned by")?;
        let (hole, rel) = grouped::hole(self.next_hole(), columns.clone(), false);
        let body = match &partition.body {
            PartitionBody::Operators(operators) => self.operators(rel, operators)?,
            PartitionBody::Query(query) => {
                let kind = ExprKind::Call { function: grouped::KEY, args: Vec::new() };
                let expr = Rc::new(node(kind, key.ty, partition.by.span));
                let name = partition.by.text.as_str();
                let frame = self.scope.len();
                self.scope.push(name, Meaning::Scalar { expr, place: None, size: 1 });
                let body = self.table(query);
                self.scope.split_off(frame);
                body?
            }
        };
        let results = body.columns.len();
        let rel = if grouped::needs_id(&body) {
            let mut exprs: Vec<Expr> = columns
                .iter()
                .enumerate()
                .map(|(at, it)| grouped::column(at, it.ty, span))
                .collect();
            let extras = vec![Column::new("\u{2}key", key.ty)];
            exprs.push(key);
            let mut wide = columns;
            wide.extend(extras.iter().cloned());
            let input = Rel { op: Op::Project { input: Box::new(input), exprs }, columns: wide };
            let group = Group { hole, input, extras, repeatable: true, contiguous: false, span };
            self.carried(body, &group, false)?
        } else {
            let mut body = body;
            grouped::filled(&mut body, &hole, input);
            body
        };
        let picked =
            rel.columns.iter().take(results).enumerate().map(|(at, it)| (at, it.name.clone()));
        let picked = picked.collect();
        Some(super::pick(rel, picked))
    }

    /// The operators of a body, one after the other.
    pub(super) fn operators(&mut self, input: Rel, operators: &[Operator]) -> Option<Rel> {
        let frame = self.scope.len();
        let mut rel = Some(input);
        for operator in operators {
            rel = match rel {
                Some(rel) => self.stepped(rel, operator),
                None => self.blind(operator),
            };
        }
        // what `as` names inside has no meaning outside
        self.scope.split_off(frame);
        rel
    }

    fn next_hole(&mut self) -> usize {
        self.places += 1;
        self.places
    }
}

/// The rows with a number of their own behind their columns.
fn numbered_rows(input: Rel, span: Span) -> Rel {
    let mut columns = input.columns.clone();
    columns.push(Column::new("\u{2}row", Type::Long));
    let one = node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
    let never = node(ExprKind::Literal(Value::Bool(false)), Type::Bool, span);
    let call = WindowCall { function: WindowFunction::RowNumber, args: vec![one, never], span };
    Rel { op: Op::Window { input: Box::new(input), calls: vec![call] }, columns }
}

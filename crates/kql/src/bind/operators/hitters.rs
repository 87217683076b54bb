//! `top-hitters` and `sample-distinct`, by exact counting.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Aggregate, Expr, ExprKind, Op, Rel, SortKey},
    syntax::tree::{self, ExprKind as Syntax, Named},
    types::{Column, Type},
};

use super::super::{Binder, expression::node};

impl Binder<'_> {
    /// `top-hitters`.
    pub(super) fn top_hitters(
        &mut self,
        input: Rel,
        count: &tree::Expr,
        of: &Named,
        by: Option<&tree::Expr>,
        span: Span,
    ) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let (value, name) = self.column_of(of, &columns)?;
        let (function, args, ty, name_of_sum) = match by {
            None => ("count", Vec::new(), Type::Long, format!("approximate_count_{name}")),
            Some(by) => {
                let sum = self.expr(by, cx)?;
                if !sum.ty.is_number() {
                    let message = format!("`top-hitters` adds numbers, not {}", sum.ty.name());
                    return self.error(codes::ARGUMENT, sum.span, message);
                }
                let stem = match &by.kind {
                    Syntax::Name(name) => name.as_str(),
                    _ => "",
                };
                let ty = if sum.ty == Type::Int { Type::Long } else { sum.ty };
                let sum = self.converted(sum, ty)?;
                ("sum", vec![sum], ty, format!("approximate_sum_{stem}"))
            }
        };
        let out = vec![Column::new(name, value.ty), Column::new(name_of_sum, ty)];
        let aggregate = Aggregate { function, args, outputs: 1, filter: None, span };
        let op = Op::Summarize {
            input: Box::new(input),
            keys: vec![value],
            aggregates: vec![aggregate],
        };
        let rel = Rel { op, columns: out.clone() };
        let largest = node(ExprKind::Column(1), ty, span);
        let key = SortKey { expr: largest, descending: true, nulls_first: false };
        let rel = Rel { op: Op::Sort { input: Box::new(rel), keys: vec![key] }, columns: out };
        Some(self.take(rel, count))
    }

    /// `sample-distinct`.
    pub(super) fn sample_distinct(
        &mut self,
        input: Rel,
        count: &tree::Expr,
        of: &Named,
    ) -> Option<Rel> {
        let columns = input.columns.clone();
        let (value, name) = self.column_of(of, &columns)?;
        let out = vec![Column::new(name, value.ty)];
        let op =
            Op::Summarize { input: Box::new(input), keys: vec![value], aggregates: Vec::new() };
        Some(self.take(Rel { op, columns: out }, count))
    }

    /// The column whose values are told apart.
    fn column_of(&mut self, of: &Named, columns: &[Column]) -> Option<(Expr, String)> {
        let (Syntax::Name(name), []) = (&of.expr.kind, of.names.as_slice()) else {
            return self.error(codes::EXPECTED, of.span(), "expected a column name");
        };
        let cx = self.over(columns);
        let value = self.expr(&of.expr, cx)?;
        Some((self.key(value, "told apart")?, name.clone()))
    }
}

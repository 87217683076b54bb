//! `in`, `has_any`, `has_all`: against values, arrays, or the first column of a table.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree,
    types::Type,
};

use super::{
    Binder,
    compare::equated,
    convert::{widened, wider},
    expression::node,
    scope::Cx,
};

impl Binder<'_> {
    /// `in`, `!in`, `in~`, `!in~`.
    pub(super) fn in_list(
        &mut self,
        fold: bool,
        negate: bool,
        source: &tree::Expr,
        list: &[tree::Expr],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        let source = self.expr(source, cx);
        if let [table] = list
            && self.is_table(table, cx)
        {
            let table = self.members_table(table)?;
            return self.in_table(fold, negate, source?, table, span);
        }
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            items.push(self.expr(item, cx));
        }
        let mut source = source?;
        let mut items = items.into_iter().collect::<Option<Vec<_>>>()?;
        if fold {
            source = self.text_operand(source, "in~")?;
            let texts = items.into_iter().map(|it| match it.ty {
                Type::Dynamic => Some(it),
                _ => self.converted(it, Type::String),
            });
            items = texts.collect::<Option<Vec<_>>>()?;
        } else {
            // numbers are compared in the widest type among them
            let widest = items.iter().fold(source.ty, |ty, it| wider(ty, it.ty).unwrap_or(ty));
            source = widened(source, widest);
            let ty = source.ty;
            items.retain(|item| {
                let possible = equated(ty, item.ty).is_some();
                if !possible {
                    self.never_equal(negate, (ty, item.ty), item.span);
                }
                possible
            });
            items = items
                .into_iter()
                .map(|item| match equated(ty, item.ty) {
                    _ if item.ty == Type::Dynamic => Some(item),
                    Some(Type::Dynamic) => Some(widened(item, Type::Dynamic)),
                    Some(_) => self.converted(item, ty),
                    None => {
                        self.operand_error(crate::plan::BinaryOp::Equal, ty, item.ty, item.span)
                    }
                })
                .collect::<Option<Vec<_>>>()?;
        }
        let source = Box::new(source);
        Some(node(ExprKind::In { fold, negate, source, list: items }, Type::Bool, span))
    }

    fn in_table(
        &mut self,
        fold: bool,
        negate: bool,
        source: Expr,
        table: Rel,
        span: Span,
    ) -> Option<Expr> {
        let column = table.columns.first()?.clone();
        let (source, table) = match wider(source.ty, column.ty) {
            _ if source.ty == column.ty || column.ty == Type::Dynamic => (source, table),
            Some(ty) => {
                let cell = node(ExprKind::Column(0), column.ty, span);
                (widened(source, ty), Self::first_column(table, widened(cell, ty)))
            }
            None if source.ty == Type::Dynamic => (self.converted(source, column.ty)?, table),
            None if equated(source.ty, column.ty).is_some() => {
                let cell = node(ExprKind::Column(0), column.ty, span);
                let cell = self.converted(cell, source.ty)?;
                (source, Self::first_column(table, cell))
            }
            None => return Some(self.never_equal(negate, (source.ty, column.ty), span)),
        };
        let (source, table) = (Box::new(source), Box::new(table));
        Some(node(ExprKind::InTable { fold, negate, source, table }, Type::Bool, span))
    }

    /// The table behind `in` or `has_any`; it has at least one column.
    fn members_table(&mut self, expr: &tree::Expr) -> Option<Rel> {
        let table = self.table(expr)?;
        if table.columns.is_empty() {
            return self.error(codes::WRONG_KIND, expr.span, "the table has no columns");
        }
        Some(table)
    }

    /// A table of one expression over another's first column.
    fn first_column(table: Rel, expr: Expr) -> Rel {
        let mut columns = table.columns.clone();
        columns.truncate(1);
        if let Some(column) = columns.first_mut() {
            column.ty = expr.ty;
        }
        Rel { op: Op::Project { input: Box::new(table), exprs: vec![expr] }, columns }
    }

    /// `has_any` and `has_all`.
    pub(super) fn has_terms(
        &mut self,
        all: bool,
        source: &tree::Expr,
        list: &[tree::Expr],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        let word = if all { "has_all" } else { "has_any" };
        let source = self.expr(source, cx).and_then(|it| self.text_operand(it, word));
        if let [table] = list
            && self.is_table(table, cx)
        {
            let table = self.members_table(table)?;
            let ty = table.columns.first()?.ty;
            let table = if matches!(ty, Type::String | Type::Dynamic) {
                table
            } else {
                let cell = node(ExprKind::Column(0), ty, span);
                let cell = self.converted(cell, Type::String)?;
                Self::first_column(table, cell)
            };
            let (source, table) = (Box::new(source?), Box::new(table));
            let kind = ExprKind::HasTermsTable { all, source, table };
            return Some(node(kind, Type::Bool, span));
        }
        let mut needles = Vec::with_capacity(list.len());
        for item in list {
            let needle = self.expr(item, cx)?;
            needles.push(match needle.ty {
                Type::Dynamic => needle,
                _ => self.converted(needle, Type::String)?,
            });
        }
        let source = Box::new(source?);
        Some(node(ExprKind::HasTerms { all, source, needles }, Type::Bool, span))
    }
}

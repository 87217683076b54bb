//! `print`, `range`, `datatable`.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, Name, Named},
    types::{Column, Type},
    value::Value,
};

use super::super::{Binder, convert, scope::Cx};

impl Binder<'_> {
    /// `print`: one row.
    pub(super) fn print(&mut self, list: &[Named]) -> Rel {
        let row = Rel { op: Op::Values { rows: vec![Vec::new()] }, columns: Vec::new() };
        let names: Vec<Option<String>> = list
            .iter()
            .enumerate()
            .map(|(at, it)| match &it.expr.kind {
                Syntax::Name(_) if it.names.is_empty() => None,
                _ => Some(format!("print_{at}")),
            })
            .collect();
        // a `let` printed by its name is still called by position
        let made = self.made(list, Cx::CONSTANT, |at| {
            names.get(at).cloned().flatten().or_else(|| Some(format!("print_{at}")))
        });
        self.projected(row, made)
    }

    /// `range`.
    pub(super) fn range(
        &mut self,
        name: &Name,
        from: &tree::Expr,
        to: &tree::Expr,
        step: &tree::Expr,
        span: Span,
    ) -> Option<Rel> {
        let (from, to, step) = (
            self.expr(from, Cx::CONSTANT),
            self.expr(to, Cx::CONSTANT),
            self.expr(step, Cx::CONSTANT),
        );
        let (from, to, step) = (from?, to?, step?);
        let (from, to, step, ty) = match (from.ty, to.ty, step.ty) {
            (Type::DateTime, Type::DateTime, Type::TimeSpan) => (from, to, step, Type::DateTime),
            (Type::TimeSpan, Type::TimeSpan, Type::TimeSpan) => (from, to, step, Type::TimeSpan),
            (a, b, c) => {
                let ty = convert::wider(a, b).and_then(|it| convert::wider(it, c));
                let Some(ty) = ty else {
                    let message = format!(
                        "`range` does not go from {} to {} by {}",
                        a.name(),
                        b.name(),
                        c.name()
                    );
                    return self.error(codes::OPERAND, span, message);
                };
                let wide = |it: Expr| convert::widened(it, ty);
                (wide(from), wide(to), wide(step), ty)
            }
        };
        Some(Rel {
            op: Op::Range { from, to, step },
            columns: vec![Column::new(name.text.as_str(), ty)],
        })
    }

    /// `datatable`.
    pub(super) fn datatable(
        &mut self,
        columns: &[Column],
        cells: &[tree::Expr],
        span: Span,
    ) -> Option<Rel> {
        let mut namer = super::super::naming::Namer::default();
        for column in columns {
            self.chosen_name(&mut namer, &column.name, span);
        }
        let width = columns.len();
        if width == 0 || !cells.len().is_multiple_of(width) {
            let message = format!("{} cells do not fill rows of {width} columns", cells.len());
            return self.error(codes::ROW_SHAPE, span, message);
        }
        let mut rows = Vec::with_capacity(cells.len() / width);
        let mut fine = true;
        for cells in cells.chunks(width) {
            let mut row = Vec::with_capacity(width);
            for (cell, column) in cells.iter().zip(columns) {
                match self.datatable_cell(cell, column) {
                    Some(value) => row.push(value),
                    None => fine = false,
                }
            }
            rows.push(row);
        }
        fine.then(|| Rel { op: Op::Values { rows }, columns: columns.to_vec() })
    }

    fn datatable_cell(&mut self, cell: &tree::Expr, column: &Column) -> Option<Value> {
        let expr = self.expr(cell, Cx::CONSTANT)?;
        let ExprKind::Literal(value) = &expr.kind else {
            self.report(
                Diagnostic::error(codes::NOT_CONSTANT, cell.span, "a cell must be a literal")
                    .help("calculate it in an `extend` behind the table"),
            );
            return None;
        };
        let fit = convert::cell(value, column.ty);
        if fit == Some(Value::Null) && *value != Value::Null {
            let (ty, is) = (column.ty.name(), expr.ty.name());
            self.warn(cell.span, format!("the {is} does not turn into {ty} and is null"));
        }
        fit.or_else(|| {
            let message = format!(
                "column `{}` is {}, the cell is {}",
                column.name,
                column.ty.name(),
                expr.ty.name()
            );
            self.error(codes::LITERAL, cell.span, message)
        })
    }
}

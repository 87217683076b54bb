//! `take` and window functions that begin anew with each group.
//!
//! Both need the rows of a group side by side. `prev(id)` then tells where a group begins.

use crate::{
    diagnostic::Span,
    plan::{BinaryOp, Expr, ExprKind, Op, Rel, WindowCall, WindowFunction},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{Binder, expression::node},
    Group, by_id, column, marked, reordered, truth, with_alive,
};

impl Binder<'_> {
    /// The first rows of each group.
    pub(super) fn carried_take(
        &mut self,
        input: Rel,
        count: u64,
        group: &Group,
        alive: bool,
    ) -> Option<Rel> {
        let span = group.span;
        let before = input.columns.len();
        let contiguous = lies_side_by_side(&input, group);
        let rel = self.carried(input, group, alive)?;
        let rel = if contiguous { rel } else { by_group(rel, before, group) };
        let wide = rel.columns.len();
        let columns = rel.columns.clone();
        let (mut calls, begins, run) = beginnings(before, wide, group);
        let mut windowed = columns.clone();
        windowed.extend(run);
        // only the living are counted
        let one = node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
        let (function, first) = if alive {
            let zero = node(ExprKind::Literal(Value::Long(0)), Type::Long, span);
            let args = vec![column(wide - 1, Type::Bool, span), one, zero];
            let counted = node(ExprKind::Call { function: "iff", args }, Type::Long, span);
            (WindowFunction::CumulativeSum, counted)
        } else {
            (WindowFunction::RowNumber, one)
        };
        let number = windowed.len();
        calls.push(WindowCall { function, args: vec![first, begins], span });
        windowed.push(Column::new("\u{2}number", Type::Long));
        let rel = Rel { op: Op::Window { input: Box::new(rel), calls }, columns: windowed };
        let most = i64::try_from(count).unwrap_or(i64::MAX);
        let (left, right) = (
            Box::new(column(number, Type::Long, span)),
            Box::new(node(ExprKind::Literal(Value::Long(most)), Type::Long, span)),
        );
        let few =
            node(ExprKind::Binary { op: BinaryOp::LessOrEqual, left, right }, Type::Bool, span);
        if alive {
            // the mark stands last where `marked` looks for it
            let mut order: Vec<usize> = (0..wide - 1).collect();
            order.extend(wide..=number);
            order.push(wide - 1);
            let shifted = number - 1;
            let few = match few.kind {
                ExprKind::Binary { op, right, .. } => {
                    let left = Box::new(column(shifted, Type::Long, span));
                    node(ExprKind::Binary { op, left, right }, Type::Bool, span)
                }
                kind => node(kind, Type::Bool, span),
            };
            let rel = marked(reordered(rel, &order, span), few, span);
            let last = rel.columns.len() - 1;
            let mut back: Vec<usize> = (0..wide - 1).collect();
            back.push(last);
            return Some(reordered(rel, &back, span));
        }
        let filtered = rel.columns.clone();
        let rel =
            Rel { op: Op::Filter { input: Box::new(rel), predicate: few }, columns: filtered };
        Some(reordered(rel, &(0..wide).collect::<Vec<_>>(), span))
    }

    /// Window functions within each group, one after the other, since a later one may use the
    /// result of an earlier one.
    pub(super) fn carried_windows(
        &mut self,
        input: Rel,
        calls: Vec<WindowCall>,
        columns: Vec<Column>,
        group: &Group,
        alive: bool,
    ) -> Option<Rel> {
        let span = group.span;
        let before = input.columns.len();
        let contiguous = lies_side_by_side(&input, group);
        // the dead would count, so they go
        let rel = self.carried(input, group, false)?;
        let mut rel = if contiguous { rel } else { by_group(rel, before, group) };
        let width = group.width();
        for (nth, call) in calls.into_iter().enumerate() {
            let done = before + nth;
            let wide = done + width;
            let Some(result) = columns.get(done).cloned() else { break };
            let mut args = Vec::with_capacity(call.args.len());
            for arg in call.args {
                args.push(self.keyed(arg, wide, group, false)?);
            }
            let (mut all, begins, run) = beginnings(done, wide, group);
            let mut windowed = rel.columns.clone();
            windowed.extend(run.iter().cloned());
            let mut value = column(windowed.len(), result.ty, span);
            match call.function {
                WindowFunction::Previous | WindowFunction::Next => {
                    let default = args.get(2).cloned();
                    let offset = args.get(1).cloned();
                    let (run_at, run_ty) = run_column(done, wide, group);
                    let null = node(ExprKind::Literal(Value::Null), run_ty, span);
                    all.push(WindowCall { function: call.function, args, span: call.span });
                    windowed.push(result.clone());
                    let other = windowed.len();
                    let run_args = vec![column(run_at, run_ty, span), offset?, null];
                    all.push(WindowCall { function: call.function, args: run_args, span });
                    windowed.push(Column::new("\u{2}other", run_ty));
                    let same = equal(column(run_at, run_ty, span), column(other, run_ty, span));
                    let kind =
                        ExprKind::Call { function: "iff", args: vec![same, value, default?] };
                    value = node(kind, result.ty, span);
                }
                function => {
                    if let Some(restart) = args.last_mut() {
                        let own = std::mem::replace(restart, truth(false, span));
                        *restart = either(own, begins, span);
                    }
                    all.push(WindowCall { function, args, span: call.span });
                    windowed.push(result.clone());
                }
            }
            let op = Op::Window { input: Box::new(rel), calls: all };
            let windowed = Rel { op, columns: windowed };
            let mut exprs: Vec<Expr> = Vec::with_capacity(wide + 1);
            let mut kept = Vec::with_capacity(wide + 1);
            for (at, it) in windowed.columns.iter().take(wide).enumerate() {
                if at == done {
                    exprs.push(value.clone());
                    kept.push(result.clone());
                }
                exprs.push(column(at, it.ty, span));
                kept.push(it.clone());
            }
            rel = Rel { op: Op::Project { input: Box::new(windowed), exprs }, columns: kept };
        }
        Some(if alive { with_alive(rel, true, span) } else { rel })
    }
}

/// Calls that tell where a group begins, the predicate that says so, and the columns of the calls.
/// The step has `wide` columns, of which `id` is the group's.
fn beginnings(id: usize, wide: usize, group: &Group) -> (Vec<WindowCall>, Expr, Vec<Column>) {
    let span = group.span;
    let (run_at, run_ty) = run_column(id, wide, group);
    let mut calls = Vec::new();
    let mut columns = Vec::new();
    if run_at != id {
        // a rank tells values apart without asking what equals what
        let args = vec![column(id, group.id_type(), span), truth(false, span)];
        calls.push(WindowCall { function: WindowFunction::RankDense, args, span });
        columns.push(Column::new("\u{2}run", Type::Long));
    }
    let minus = node(ExprKind::Literal(Value::Long(-1)), Type::Long, span);
    let one = node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
    let args = vec![column(run_at, run_ty, span), one, minus];
    calls.push(WindowCall { function: WindowFunction::Previous, args, span });
    let previous = wide + columns.len();
    columns.push(Column::new("\u{2}before", Type::Long));
    let (left, right) =
        (Box::new(column(run_at, run_ty, span)), Box::new(column(previous, Type::Long, span)));
    let begins = node(ExprKind::Binary { op: BinaryOp::NotEqual, left, right }, Type::Bool, span);
    (calls, begins, columns)
}

/// The column that numbers groups: the id where that is a number of ours, else its rank.
fn run_column(id: usize, wide: usize, group: &Group) -> (usize, Type) {
    if group.contiguous { (id, Type::Long) } else { (wide, Type::Long) }
}

fn equal(left: Expr, right: Expr) -> Expr {
    let span = left.span;
    let (left, right) = (Box::new(left), Box::new(right));
    node(ExprKind::Binary { op: BinaryOp::Equal, left, right }, Type::Bool, span)
}

fn either(left: Expr, right: Expr, span: Span) -> Expr {
    if matches!(left.kind, ExprKind::Literal(Value::Bool(false))) {
        return right;
    }
    let (left, right) = (Box::new(left), Box::new(right));
    node(ExprKind::Binary { op: BinaryOp::Or, left, right }, Type::Bool, span)
}

/// The rows of each group side by side.
fn by_group(rel: Rel, id: usize, group: &Group) -> Rel {
    let columns = rel.columns.clone();
    Rel { op: Op::Sort { input: Box::new(rel), keys: vec![by_id(id, group)] }, columns }
}

/// True when the rewritten step already has the rows of each group side by side.
fn lies_side_by_side(rel: &Rel, group: &Group) -> bool {
    match &rel.op {
        Op::Sort { .. } => true,
        Op::Table { name, .. } => *name == group.hole && group.contiguous,
        Op::Filter { input, .. }
        | Op::Project { input, .. }
        | Op::Serialize { input }
        | Op::Shared { input, .. }
        | Op::Window { input, .. }
        | Op::Take { input, .. }
        | Op::Expand { input, .. }
        | Op::Parse { input, .. } => lies_side_by_side(input, group),
        _ => false,
    }
}

//! Joins in a pipeline for each group, and what does not come from the group at all.

use crate::{
    codes,
    plan::{Aggregate, Expr, ExprKind, JoinKind, Op, Rel},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{Binder, expression::node},
    Group, column, depends, grown, reordered, with_alive,
};

/// A join taken apart.
pub(super) type Parts = (JoinKind, Rel, Rel, Vec<(Expr, Expr)>);

impl Binder<'_> {
    /// A join whose left side comes from the group.
    pub(super) fn carried_join(
        &mut self,
        (kind, left, right, mut on): Parts,
        columns: Vec<Column>,
        group: &Group,
        alive: bool,
    ) -> Option<Rel> {
        let span = group.span;
        let (left_width, right_width) = (left.columns.len(), right.columns.len());
        let both = depends(&right, &group.hole);
        let left_depends = depends(&left, &group.hole);
        if both && !group.repeatable {
            return self.beyond("a join of the group with itself", span);
        }
        // rows of the right side alone would be of no group
        let right_rows = matches!(
            kind,
            JoinKind::RightOuter | JoinKind::FullOuter | JoinKind::RightSemi | JoinKind::RightAnti
        );
        if right_rows {
            return self.beyond("this kind of join", span);
        }
        let mut left = if left_depends {
            self.carried(left, group, alive)?
        } else {
            self.crossed(left, group, alive)?
        };
        let mut kind = kind;
        if kind == JoinKind::InnerUnique {
            left = one_each(left, &on, left_width, group);
            kind = JoinKind::Inner;
        }
        let left_wide = left.columns.len();
        let right = if both {
            let id = group.id_type();
            on.push((column(left_width, id, span), column(right_width, id, span)));
            self.carried(right, group, false)?
        } else {
            right
        };
        let mut joined = left.columns.clone();
        let with_right = !matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti);
        if with_right {
            joined.extend(right.columns.iter().cloned());
        }
        let op = Op::Join { kind, left: Box::new(left), right: Box::new(right), on };
        let rel = Rel { op, columns: joined };
        let mut order: Vec<usize> = (0..left_width).collect();
        if with_right {
            order.extend(left_wide..left_wide + right_width);
        }
        order.extend(left_width..left_wide);
        let mut rel = reordered(rel, &order, span);
        rel.columns = grown(columns, group, alive);
        Some(rel)
    }

    /// Rows that do not come from the group: each group has all of them.
    pub(super) fn crossed(&mut self, rel: Rel, group: &Group, alive: bool) -> Option<Rel> {
        let span = group.span;
        if !group.repeatable {
            let message = "rows from elsewhere cannot be united with those of each row";
            return self.error(codes::UNSUPPORTED, span, message);
        }
        let own = rel.columns.len();
        let before = group.input.columns.len() - group.width();
        let keys: Vec<Expr> = group.refs(before).collect();
        let op =
            Op::Summarize { input: Box::new(group.input.clone()), keys, aggregates: Vec::new() };
        let groups = Rel { op, columns: group.extras.clone() };
        let one = || node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
        let mut columns = rel.columns.clone();
        columns.extend(group.extras.iter().cloned());
        let op = Op::Join {
            kind: JoinKind::Inner,
            left: Box::new(rel),
            right: Box::new(groups),
            on: vec![(one(), one())],
        };
        debug_assert_eq!(columns.len(), own + group.width());
        Some(with_alive(Rel { op, columns }, alive, span))
    }
}

/// One row for each key in each group, whole.
fn one_each(rel: Rel, on: &[(Expr, Expr)], own: usize, group: &Group) -> Rel {
    let span = group.span;
    let mut keys: Vec<Expr> = on.iter().map(|(left, _)| left.clone()).collect();
    keys.push(column(own, group.id_type(), span));
    let first = keys.len();
    let mut columns: Vec<Column> = keys.iter().map(|it| Column::new("\u{2}key", it.ty)).collect();
    // `arg_max` of a constant takes all its columns from one row
    let mut args = vec![node(ExprKind::Literal(Value::Long(0)), Type::Long, span)];
    args.extend(rel.columns.iter().enumerate().map(|(at, it)| column(at, it.ty, span)));
    columns.push(Column::new("\u{2}zero", Type::Long));
    columns.extend(rel.columns.iter().cloned());
    let outputs = args.len();
    let aggregates = vec![Aggregate { function: "arg_max", args, outputs, filter: None, span }];
    let wide = rel.columns.len();
    let op = Op::Summarize { input: Box::new(rel), keys, aggregates };
    let order: Vec<usize> = (first + 1..first + 1 + wide).collect();
    reordered(Rel { op, columns }, &order, span)
}

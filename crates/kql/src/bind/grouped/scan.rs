//! `scan` within each group: its own partition does it, what goes along stands behind the input.

use crate::{
    plan::{Expr, ExprKind, Op, Rel},
    types::Column,
    work::{Scan, Work},
};

use super::{super::Binder, Group, column, holds, reordered, with_alive};

impl Binder<'_> {
    /// A scan whose rows come from the group.
    pub(super) fn carried_scan(
        &mut self,
        input: Rel,
        mut scan: Scan,
        columns: &[Column],
        group: &Group,
        alive: bool,
    ) -> Option<Rel> {
        let span = group.span;
        let before = input.columns.len();
        // the dead would match, so they go
        let input = self.carried(input, group, false)?;
        let wide = input.columns.len();
        let shift = wide - before;
        let mut foreign = false;
        let mut each = |expr: &mut Expr| {
            foreign = foreign || holds(expr, group);
            shifted(expr, before, shift);
        };
        for step in &mut scan.steps {
            each(&mut step.condition);
            step.assigned.iter_mut().for_each(|it| each(&mut it.1));
        }
        scan.defaults.iter_mut().for_each(&mut each);
        scan.partition.iter_mut().for_each(&mut each);
        if foreign {
            return self.beyond("the key in a `scan`", span);
        }
        for (_, at) in &mut scan.state {
            if *at >= before {
                *at += shift;
            }
        }
        scan.partition.push(column(before, group.id_type(), span));
        let mut scanned = input.columns.clone();
        scanned.extend(columns.iter().skip(before).cloned());
        let op = Op::Work { input: Box::new(input), work: Box::new(Work::Scan(scan)) };
        let rel = Rel { op, columns: scanned };
        let mut order: Vec<usize> = (0..before).collect();
        order.extend(wide..wide + columns.len() - before);
        order.extend(before..wide);
        let rel = reordered(rel, &order, span);
        Some(if alive { with_alive(rel, true, span) } else { rel })
    }
}

/// Columns behind the input's are further back now.
fn shifted(expr: &mut Expr, from: usize, by: usize) {
    if let ExprKind::Column(at) = &mut expr.kind
        && *at >= from
    {
        *at += by;
    }
    expr.each_child_mut(&mut |it| shifted(it, from, by));
}

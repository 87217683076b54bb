//! Bounds on what inlining makes of a small text: how tall a plan is and how many nodes it has.
//!
//! The measuring functions recurse; that is safe because everything they are handed is made of
//! parts that were within the bounds.

use serde_json::Value as Json;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    value::Value,
};

use super::Binder;

/// How tall a plan may be; every step and every operator in an expression counts.
pub(super) const MAX_HEIGHT: usize = 400;
/// How many nodes all parts of a plan may have together.
const MAX_NODES: usize = 500_000;
/// How many bytes of text weigh as much as a node.
const NODE_TEXT: usize = 64;

/// Height and size of a part of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    pub(super) height: usize,
    pub(super) size: usize,
}

impl Measure {
    fn add(&mut self, child: Self) {
        self.height = self.height.max(child.height + 1);
        self.size += child.size;
    }
}

/// Measures a table.
pub(super) fn rel(rel: &Rel) -> Measure {
    let names: usize = rel.columns.iter().map(|it| it.name.len()).sum();
    let mut total = Measure { height: 1, size: 1 + names / NODE_TEXT };
    rel.each_input(&mut |it| total.add(self::rel(it)));
    each_expr(rel, &mut |it| total.add(expr(it)));
    match &rel.op {
        Op::Values { rows } => total.size += rows.iter().flatten().map(weight).sum::<usize>(),
        Op::External(it) => {
            let paths = it.paths.iter().map(|(name, path)| name.len() + path.len());
            let texts = it.addresses.iter().map(String::len).chain(paths);
            total.size += texts.sum::<usize>() / NODE_TEXT;
        }
        _ => {}
    }
    total
}

/// Measures a value.
pub(super) fn expr(expr: &Expr) -> Measure {
    let mut total = Measure { height: 1, size: 1 };
    expr.each_child(&mut |it| total.add(self::expr(it)));
    match &expr.kind {
        ExprKind::InTable { table, .. }
        | ExprKind::HasTermsTable { table, .. }
        | ExprKind::ToScalar(table) => total.add(rel(table)),
        ExprKind::Literal(value) => total.size = weight(value),
        _ => {}
    }
    total
}

/// How many nodes a constant is worth, for a copy of it takes room for all of it.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / NODE_TEXT,
        Value::Dynamic(json) => json_weight(json),
        _ => 1,
    }
}

/// The same of a dynamic value, every element of which is a node.
fn json_weight(json: &Json) -> usize {
    1 + match json {
        Json::String(text) => text.len() / NODE_TEXT,
        Json::Array(items) => items.iter().map(json_weight).sum(),
        Json::Object(members) => {
            members.iter().map(|(name, it)| name.len() / NODE_TEXT + json_weight(it)).sum()
        }
        _ => 0,
    }
}

/// True when a value does not depend on the row.
pub(super) fn is_constant(expr: &Expr) -> bool {
    let mut constant = !matches!(expr.kind, ExprKind::Column(_));
    expr.each_child(&mut |it| constant = constant && is_constant(it));
    constant
}

/// The expressions of a step.
pub(super) fn each_expr<'p>(rel: &'p Rel, see: &mut impl FnMut(&'p Expr)) {
    match &rel.op {
        Op::Table { .. }
        | Op::Values { .. }
        | Op::Take { .. }
        | Op::Union { .. }
        | Op::Shared { .. }
        | Op::Serialize { .. } => {}
        Op::Window { calls, .. } => calls.iter().flat_map(|it| &it.args).for_each(see),
        Op::Expand { items, .. } => items.iter().for_each(see),
        Op::Parse { source, .. } => see(source),
        Op::Work { work, .. } => work.each_expr(see),
        Op::External(_) | Op::Graph(_) => {}
        Op::Range { from, to, step } => [from, to, step].into_iter().for_each(see),
        Op::Filter { predicate, .. } => see(predicate),
        Op::Project { exprs, .. } => exprs.iter().for_each(see),
        Op::Summarize { keys, aggregates, .. } => {
            let args = aggregates.iter().flat_map(|it| it.args.iter().chain(&it.filter));
            keys.iter().chain(args).for_each(see);
        }
        Op::Sort { keys, .. } => keys.iter().map(|it| &it.expr).for_each(see),
        Op::Join { on, .. } => on.iter().flat_map(|(left, right)| [left, right]).for_each(see),
    }
}

impl Binder<'_> {
    /// Counts nodes; none when there are too many.
    pub(super) fn charge(&mut self, nodes: usize, span: Span) -> Option<()> {
        if self.errors > super::MAX_REPORTS {
            return None;
        }
        let before = self.nodes;
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MAX_NODES {
            return Some(());
        }
        if before <= MAX_NODES {
            let message = format!("the plan of the query has more than {MAX_NODES} parts");
            self.error::<()>(codes::TOO_MANY, span, message);
        }
        None
    }

    /// Reports that something is stacked too high.
    pub(super) fn too_deep<T>(&mut self, span: Span) -> Option<T> {
        let message = format!("more than {MAX_HEIGHT} steps stacked on each other");
        self.error(codes::TOO_DEEP, span, message)
    }
}

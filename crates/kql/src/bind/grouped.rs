//! A sub-pipeline for each group of rows, as one pipeline over all groups.
//!
//! `mv-apply` and `partition` say what happens to the rows of one row or key. Such a pipeline is
//! bound against a hole in the place of its input. Then every step of it is rewritten so that the
//! group's id (and what else the operator needs later) goes along behind the step's own columns:
//! a `summarize` groups by it too, a `sort` sorts by it first, `take` counts anew for each. So a
//! million groups are one plan, and nothing runs once per group.
//!
//! A `summarize` without keys gives a row even for a group whose rows were all filtered out. Below
//! one, filters only mark rows as dead (one more column), and its aggregates count live rows.

mod joins;
mod scan;
mod windows;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Aggregate, BinaryOp, Expanded, Expr, ExprKind, Op, Rel, SortKey},
    types::{Column, Type},
    value::Value,
    work::Work,
};

use super::{Binder, expression::node, limits};

/// The function that stands for the group's key until the pipeline is rewritten; no query can
/// write that name.
pub(super) const KEY: &str = "partition key";

/// The first characters of the name of a hole.
const HOLE: &str = "\u{2}hole";

/// What goes along.
pub(super) struct Group {
    /// What the hole is called.
    pub(super) hole: String,
    /// What stands in its place: the hole's columns, then the extras.
    pub(super) input: Rel,
    /// The group's id, then what else is needed behind the pipeline.
    pub(super) extras: Vec<Column>,
    /// Evaluating the input twice gives the same ids.
    pub(super) repeatable: bool,
    /// The rows of a group come one after the other.
    pub(super) contiguous: bool,
    /// Where the operator stands.
    pub(super) span: Span,
}

impl Group {
    fn width(&self) -> usize {
        self.extras.len()
    }

    /// The extras as columns of a step whose own columns are `own`.
    fn refs(&self, own: usize) -> impl Iterator<Item = Expr> + '_ {
        self.extras.iter().enumerate().map(move |(at, it)| column(own + at, it.ty, self.span))
    }

    fn id_type(&self) -> Type {
        self.extras.first().map_or(Type::Long, |it| it.ty)
    }
}

/// The input of a pipeline that is yet to be given.
pub(super) fn hole(number: usize, columns: Vec<Column>, ordered: bool) -> (String, Rel) {
    let name = format!("{HOLE}{number}");
    let rel = Rel { op: Op::Table { name: name.clone(), window: None }, columns: columns.clone() };
    if !ordered {
        return (name, rel);
    }
    (name, Rel { op: Op::Serialize { input: Box::new(rel) }, columns })
}

/// True when a step must know which group a row is of.
pub(super) fn needs_id(rel: &Rel) -> bool {
    match &rel.op {
        Op::Filter { input, .. }
        | Op::Project { input, .. }
        | Op::Serialize { input }
        | Op::Expand { input, .. }
        | Op::Parse { input, .. } => needs_id(input),
        Op::Table { name, .. } => !name.starts_with(HOLE),
        _ => true,
    }
}

/// Puts a relation in the place of a hole in a pipeline that [`needs_id`] says is plain.
pub(super) fn filled(rel: &mut Rel, hole: &str, input: Rel) {
    match &mut rel.op {
        Op::Table { name, .. } if name == hole => *rel = input,
        Op::Filter { input: inner, .. }
        | Op::Project { input: inner, .. }
        | Op::Serialize { input: inner }
        | Op::Expand { input: inner, .. }
        | Op::Parse { input: inner, .. } => filled(inner, hole, input),
        _ => {}
    }
}

/// A column by position.
pub(super) fn column(at: usize, ty: Type, span: Span) -> Expr {
    node(ExprKind::Column(at), ty, span)
}

fn truth(value: bool, span: Span) -> Expr {
    node(ExprKind::Literal(Value::Bool(value)), Type::Bool, span)
}

fn alive_column() -> Column {
    Column::new("\u{2}alive", Type::Bool)
}

impl Binder<'_> {
    /// The pipeline over all groups: its own columns, then the extras. With `alive`, one more
    /// column says whether the row is there.
    pub(super) fn carried(&mut self, rel: Rel, group: &Group, alive: bool) -> Option<Rel> {
        self.charge(1 + rel.columns.len() / 8, group.span)?;
        let own = rel.columns.len();
        if !depends(&rel, &group.hole) {
            return self.crossed(rel, group, alive);
        }
        let Rel { op, columns } = rel;
        let op = match op {
            Op::Table { .. } => return Some(with_alive(group.input.clone(), alive, group.span)),
            Op::Filter { input, predicate } => {
                let input = self.carried(*input, group, alive)?;
                let predicate = self.keyed(predicate, input.columns.len(), group, alive)?;
                if alive {
                    return Some(marked(input, predicate, group.span));
                }
                Op::Filter { input: Box::new(input), predicate }
            }
            Op::Project { input, exprs } => {
                let before = input.columns.len();
                let input = self.carried(*input, group, alive)?;
                let wide = input.columns.len();
                let mut all = Vec::with_capacity(own + group.width() + 1);
                for expr in exprs {
                    all.push(self.keyed(expr, wide, group, alive)?);
                }
                all.extend(group.refs(before));
                if alive {
                    all.push(column(wide - 1, Type::Bool, group.span));
                }
                Op::Project { input: Box::new(input), exprs: all }
            }
            Op::Summarize { input, keys, aggregates } => {
                return self.carried_summary(*input, keys, aggregates, &columns, group, alive);
            }
            Op::Sort { input, keys } => {
                let before = input.columns.len();
                let input = self.carried(*input, group, alive)?;
                let wide = input.columns.len();
                let mut all = vec![by_id(before, group)];
                for key in keys {
                    all.push(SortKey { expr: self.keyed(key.expr, wide, group, alive)?, ..key });
                }
                Op::Sort { input: Box::new(input), keys: all }
            }
            Op::Take { input, count } => return self.carried_take(*input, count, group, alive),
            Op::Window { input, calls } => {
                return self.carried_windows(*input, calls, columns, group, alive);
            }
            // each group has its own
            Op::Shared { input, .. } => return self.carried(*input, group, alive),
            Op::Serialize { input } => {
                let input = self.carried(*input, group, alive)?;
                Op::Serialize { input: Box::new(input) }
            }
            Op::Expand { input, items, pairs, limit, mut outputs } => {
                let before = input.columns.len();
                let input = self.carried(*input, group, alive)?;
                let wide = input.columns.len();
                let mut keyed = Vec::with_capacity(items.len());
                for item in items {
                    keyed.push(self.keyed(item, wide, group, alive)?);
                }
                outputs.extend((before..wide).map(Expanded::Column));
                Op::Expand { input: Box::new(input), items: keyed, pairs, limit, outputs }
            }
            Op::Parse { input, source, pattern, captures, strict } => {
                let before = input.columns.len();
                let input = self.carried(*input, group, alive)?;
                let wide = input.columns.len();
                let source = self.keyed(source, wide, group, alive)?;
                let mut parsed = input.columns.clone();
                parsed.extend(columns.iter().skip(before).cloned());
                let op = Op::Parse { input: Box::new(input), source, pattern, captures, strict };
                let parsed = Rel { op, columns: parsed };
                // its own columns together, then what goes along
                let mut order: Vec<usize> = (0..before).collect();
                order.extend(wide..wide + own - before);
                order.extend(before..wide);
                return Some(reordered(parsed, &order, group.span));
            }
            Op::Join { kind, left, right, on } => {
                return self.carried_join((kind, *left, *right, on), columns, group, alive);
            }
            Op::Union { inputs } => {
                if !group.repeatable {
                    return self.beyond("`union`", group.span);
                }
                let mut all = Vec::with_capacity(inputs.len());
                for input in inputs {
                    all.push(self.carried(input, group, alive)?);
                }
                Op::Union { inputs: all }
            }
            Op::Work { input, work } => {
                let Work::Scan(scan) = *work else {
                    return self.beyond("this operator", group.span);
                };
                return self.carried_scan(*input, scan, &columns, group, alive);
            }
            Op::Values { .. } | Op::Range { .. } | Op::External(_) | Op::Graph(_) => {
                return self.beyond("this operator", group.span);
            }
        };
        Some(Rel { op, columns: grown(columns, group, alive) })
    }

    fn beyond<T>(&mut self, what: &str, span: Span) -> Option<T> {
        let message = format!("{what} is not supported in a pipeline for each row or key");
        self.error(codes::UNSUPPORTED, span, message)
    }

    fn carried_summary(
        &mut self,
        input: Rel,
        keys: Vec<Expr>,
        aggregates: Vec<Aggregate>,
        columns: &[Column],
        group: &Group,
        alive: bool,
    ) -> Option<Rel> {
        let before = input.columns.len();
        let single = keys.is_empty() && !aggregates.is_empty();
        let marked = (alive || single) && filters(&input);
        let input = self.carried(input, group, marked)?;
        let wide = input.columns.len();
        let (own_keys, own) = (keys.len(), columns.len());
        let mut all_keys = Vec::with_capacity(own_keys + 2);
        let mut summarized: Vec<Column> = columns.iter().take(own_keys).cloned().collect();
        for key in keys {
            all_keys.push(self.keyed(key, wide, group, marked)?);
        }
        // positions of the id, of what else goes along, and of the mark
        let id = all_keys.len();
        all_keys.extend(group.refs(before).take(1));
        summarized.extend(group.extras.iter().take(1).cloned());
        let still_marked = marked && !single;
        if still_marked {
            all_keys.push(column(wide - 1, Type::Bool, group.span));
            summarized.push(alive_column());
        }
        let first = summarized.len();
        summarized.extend(columns.iter().skip(own_keys).cloned());
        let mut all = Vec::with_capacity(aggregates.len() + group.width());
        for mut aggregate in aggregates {
            let args = std::mem::take(&mut aggregate.args);
            for arg in args {
                aggregate.args.push(self.keyed(arg, wide, group, marked)?);
            }
            if marked && single {
                let live = column(wide - 1, Type::Bool, group.span);
                aggregate.filter = Some(match aggregate.filter.take() {
                    None => live,
                    Some(own) => both(live, own, group.span),
                });
            }
            all.push(aggregate);
        }
        let payload = summarized.len();
        for arg in group.refs(before).skip(1) {
            all.push(any_of(arg, group.span));
        }
        summarized.extend(group.extras.iter().skip(1).cloned());
        let op = Op::Summarize { input: Box::new(input), keys: all_keys, aggregates: all };
        let rel = Rel { op, columns: summarized };
        let mut order: Vec<usize> = (0..own_keys).collect();
        order.extend(first..first + own - own_keys);
        order.push(id);
        order.extend(payload..payload + group.width() - 1);
        if still_marked {
            order.push(id + 1);
        }
        let rel = reordered(rel, &order, group.span);
        Some(if alive && !still_marked { with_alive(rel, true, group.span) } else { rel })
    }

    /// An expression of the pipeline over the columns that it sees now: the key becomes a column.
    fn keyed(&mut self, expr: Expr, wide: usize, group: &Group, alive: bool) -> Option<Expr> {
        if !holds(&expr, group) {
            return Some(expr);
        }
        let id = wide - group.width() - usize::from(alive);
        let mut fine = true;
        let expr = keyed(expr, id, group, &mut fine);
        if fine { Some(expr) } else { self.beyond("a table of the same group", group.span) }
    }
}

/// Replaces the key everywhere in an expression.
fn keyed(expr: Expr, id: usize, group: &Group, fine: &mut bool) -> Expr {
    if is_key(&expr) {
        return column(id, group.id_type(), expr.span);
    }
    let mut expr = expr;
    match &expr.kind {
        ExprKind::ToScalar(table)
        | ExprKind::InTable { table, .. }
        | ExprKind::HasTermsTable { table, .. } => *fine = *fine && !depends(table, &group.hole),
        _ => {}
    }
    expr.each_child_mut(&mut |it| {
        let hole = node(ExprKind::Literal(Value::Null), it.ty, it.span);
        let child = std::mem::replace(it, hole);
        *it = keyed(child, id, group, fine);
    });
    expr
}

/// True for what stands for the key.
fn is_key(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { function: KEY, .. })
}

/// True when an expression has to do with the group.
fn holds(expr: &Expr, group: &Group) -> bool {
    if is_key(expr) {
        return true;
    }
    let mut found = match &expr.kind {
        ExprKind::ToScalar(table)
        | ExprKind::InTable { table, .. }
        | ExprKind::HasTermsTable { table, .. } => depends(table, &group.hole),
        _ => false,
    };
    expr.each_child(&mut |it| found = found || holds(it, group));
    found
}

/// True when a relation has to do with the group: the hole or the key is in it.
fn depends(rel: &Rel, hole: &str) -> bool {
    if matches!(&rel.op, Op::Table { name, .. } if name == hole) {
        return true;
    }
    let mut found = false;
    rel.each_input(&mut |it| found = found || depends(it, hole));
    limits::each_expr(rel, &mut |it| found = found || mentions(it, hole));
    found
}

fn mentions(expr: &Expr, hole: &str) -> bool {
    let mut found = is_key(expr);
    if let ExprKind::ToScalar(table)
    | ExprKind::InTable { table, .. }
    | ExprKind::HasTermsTable { table, .. } = &expr.kind
    {
        found = found || depends(table, hole);
    }
    expr.each_child(&mut |it| found = found || mentions(it, hole));
    found
}

/// True when rows may be filtered out before the next `summarize` without keys.
fn filters(rel: &Rel) -> bool {
    match &rel.op {
        Op::Filter { .. } => true,
        Op::Summarize { input, keys, aggregates } => {
            (!keys.is_empty() || aggregates.is_empty()) && filters(input)
        }
        Op::Project { input, .. }
        | Op::Sort { input, .. }
        | Op::Take { input, .. }
        | Op::Serialize { input }
        | Op::Window { input, .. }
        | Op::Expand { input, .. }
        | Op::Work { input, .. }
        | Op::Parse { input, .. } => filters(input),
        _ => false,
    }
}

/// The columns of a step with what goes along.
fn grown(mut columns: Vec<Column>, group: &Group, alive: bool) -> Vec<Column> {
    columns.extend(group.extras.iter().cloned());
    if alive {
        columns.push(alive_column());
    }
    columns
}

/// The same rows, all of them alive.
fn with_alive(rel: Rel, alive: bool, span: Span) -> Rel {
    if !alive {
        return rel;
    }
    let mut exprs: Vec<Expr> =
        rel.columns.iter().enumerate().map(|(at, it)| column(at, it.ty, span)).collect();
    exprs.push(truth(true, span));
    let mut columns = rel.columns.clone();
    columns.push(alive_column());
    Rel { op: Op::Project { input: Box::new(rel), exprs }, columns }
}

/// The same rows, of which those without the predicate are dead from here on.
fn marked(rel: Rel, predicate: Expr, span: Span) -> Rel {
    let mut exprs: Vec<Expr> =
        rel.columns.iter().enumerate().map(|(at, it)| column(at, it.ty, span)).collect();
    if let Some(alive) = exprs.pop() {
        exprs.push(both(alive, predicate, span));
    }
    let columns = rel.columns.clone();
    Rel { op: Op::Project { input: Box::new(rel), exprs }, columns }
}

fn both(left: Expr, right: Expr, span: Span) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    node(ExprKind::Binary { op: BinaryOp::And, left, right }, Type::Bool, span)
}

/// A step with its columns in another order.
fn reordered(rel: Rel, order: &[usize], span: Span) -> Rel {
    if order.len() == rel.columns.len() && order.iter().enumerate().all(|(at, it)| at == *it) {
        return rel;
    }
    let mut exprs = Vec::with_capacity(order.len());
    let mut columns = Vec::with_capacity(order.len());
    for at in order {
        if let Some(it) = rel.columns.get(*at) {
            exprs.push(column(*at, it.ty, span));
            columns.push(it.clone());
        }
    }
    Rel { op: Op::Project { input: Box::new(rel), exprs }, columns }
}

fn by_id(at: usize, group: &Group) -> SortKey {
    let expr = column(at, group.id_type(), group.span);
    SortKey { expr, descending: false, nulls_first: true }
}

/// Some value of a group whose values are all the same.
fn any_of(arg: Expr, span: Span) -> Aggregate {
    Aggregate { function: "take_any", args: vec![arg], outputs: 1, filter: None, span }
}

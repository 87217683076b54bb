//! Relations inside expressions: evaluated first, then written in as literals.
//!
//! They never depend on the row, so `toscalar(…)`, `in (table)` and `has_any (table)` are queries
//! of their own. A relation that stands in the query several times runs once.

use futures::future::BoxFuture;
use kql::{
    plan::{Expr, ExprKind, Op, Rel},
    value::Value,
};

use crate::error::EngineError;

/// The most rows a relation in an expression may have.
const MOST: u64 = 1_000_000;

/// Runs a relation and gives its rows.
pub(crate) trait Run: Sync {
    /// All rows; the relation bounds them itself.
    fn run(&self, rel: Rel) -> BoxFuture<'_, Result<Vec<Vec<Value>>, EngineError>>;
}

/// Evaluates and replaces every relation inside the expressions of `rel`.
pub(crate) async fn resolve(rel: &mut Rel, run: &dyn Run) -> Result<(), EngineError> {
    let mut seen = Vec::new();
    resolve_rel(rel, run, &mut seen).await
}

type Seen = Vec<(Rel, Vec<Value>)>;

fn resolve_rel<'a>(
    rel: &'a mut Rel,
    run: &'a dyn Run,
    seen: &'a mut Seen,
) -> BoxFuture<'a, Result<(), EngineError>> {
    Box::pin(async move {
        let mut found = Vec::new();
        exprs(rel, &mut |expr| take(expr, &mut found));
        if found.is_empty() {
            return Ok(());
        }
        let mut replaced = Vec::with_capacity(found.len());
        for expr in found {
            replaced.push(replace(expr, run, seen).await?);
        }
        let mut replaced = replaced.into_iter();
        exprs(rel, &mut |expr| put_back(expr, &mut replaced));
        Ok(())
    })
}

async fn replace(expr: Expr, run: &dyn Run, seen: &mut Seen) -> Result<Expr, EngineError> {
    let Expr { kind, ty, span } = expr;
    let kind = match kind {
        ExprKind::ToScalar(table) => {
            let values = first_column(*table, 1, run, seen).await?;
            ExprKind::Literal(values.into_iter().next().unwrap_or(Value::Null))
        }
        ExprKind::InTable { fold, negate, source, table } => {
            let source = Box::new(resolve_expr(*source, run, seen).await?);
            let item = table.columns.first().map(|it| it.ty);
            let values = first_column(*table, MOST + 1, run, seen).await?;
            let list = literals(values, item.unwrap_or(source.ty), &source)?;
            ExprKind::In { fold, negate, source, list }
        }
        ExprKind::HasTermsTable { all, source, table } => {
            let source = Box::new(resolve_expr(*source, run, seen).await?);
            let item = table.columns.first().map(|it| it.ty);
            let values = first_column(*table, MOST + 1, run, seen).await?;
            let needles = literals(values, item.unwrap_or(source.ty), &source)?;
            ExprKind::HasTerms { all, source, needles }
        }
        other => other,
    };
    Ok(Expr { kind, ty, span })
}

async fn resolve_expr(mut expr: Expr, run: &dyn Run, seen: &mut Seen) -> Result<Expr, EngineError> {
    let mut found = Vec::new();
    take(&mut expr, &mut found);
    let mut replaced = Vec::with_capacity(found.len());
    for expr in found {
        replaced.push(Box::pin(replace(expr, run, seen)).await?);
    }
    put_back(&mut expr, &mut replaced.into_iter());
    Ok(expr)
}

async fn first_column(
    mut table: Rel,
    most: u64,
    run: &dyn Run,
    seen: &mut Seen,
) -> Result<Vec<Value>, EngineError> {
    resolve_rel(&mut table, run, seen).await?;
    let column = table.columns.first().cloned();
    let Some(column) = column else {
        return Err(EngineError::plan("a relation in an expression has no column"));
    };
    let first =
        Expr { kind: ExprKind::Column(0), ty: column.ty, span: kql::diagnostic::Span::default() };
    let columns = vec![column];
    let rel = Rel {
        op: Op::Project { input: Box::new(table), exprs: vec![first] },
        columns: columns.clone(),
    };
    let rel = Rel { op: Op::Take { input: Box::new(rel), count: most }, columns };
    if let Some((_, values)) = seen.iter().find(|(known, _)| *known == rel) {
        return Ok(values.clone());
    }
    let rows = run.run(rel.clone()).await?;
    let values: Vec<Value> = rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
    seen.push((rel, values.clone()));
    Ok(values)
}

fn literals(
    values: Vec<Value>,
    ty: kql::types::Type,
    source: &Expr,
) -> Result<Vec<Expr>, EngineError> {
    if values.len() as u64 > MOST {
        return Err(EngineError::refused(format!(
            "the table in `in` or `has_any` has more than {MOST} rows"
        )));
    }
    let literal = |value| Expr { kind: ExprKind::Literal(value), ty, span: source.span };
    Ok(values.into_iter().map(literal).collect())
}

/// Takes the outermost relations out, leaving an empty literal behind.
fn take(expr: &mut Expr, found: &mut Vec<Expr>) {
    let holds_relation = matches!(
        expr.kind,
        ExprKind::ToScalar(_) | ExprKind::InTable { .. } | ExprKind::HasTermsTable { .. }
    );
    if holds_relation {
        let hole = Rel { op: Op::Values { rows: Vec::new() }, columns: Vec::new() };
        let hole = ExprKind::ToScalar(Box::new(hole));
        let kind = std::mem::replace(&mut expr.kind, hole);
        found.push(Expr { kind, ty: expr.ty, span: expr.span });
        return;
    }
    children(expr, &mut |child| take(child, found));
}

/// Fills what [`take`] left, in the same order.
fn put_back(expr: &mut Expr, replaced: &mut std::vec::IntoIter<Expr>) {
    if matches!(expr.kind, ExprKind::ToScalar(_)) {
        if let Some(next) = replaced.next() {
            *expr = next;
        }
        return;
    }
    children(expr, &mut |child| put_back(child, replaced));
}

fn children(expr: &mut Expr, each: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::ToScalar(_) => {}
        ExprKind::Binary { left, right, .. } => {
            each(left);
            each(right);
        }
        ExprKind::Negate(source) | ExprKind::Widen(source) => each(source),
        ExprKind::Text { source, needle, .. } => {
            each(source);
            each(needle);
        }
        ExprKind::In { source, list, .. } => {
            each(source);
            list.iter_mut().for_each(each);
        }
        ExprKind::HasTerms { source, needles, .. } => {
            each(source);
            needles.iter_mut().for_each(each);
        }
        ExprKind::InTable { source, .. } | ExprKind::HasTermsTable { source, .. } => each(source),
        ExprKind::Between { source, low, high, .. } => {
            each(source);
            each(low);
            each(high);
        }
        ExprKind::Index { source, index } => {
            each(source);
            each(index);
        }
        ExprKind::Call { args, .. } => args.iter_mut().for_each(each),
    }
}

/// Every expression of every step.
fn exprs(rel: &mut Rel, each: &mut dyn FnMut(&mut Expr)) {
    rel.each_input_mut(&mut |input| exprs(input, each));
    own_exprs(rel, each);
}

/// Every expression of one step.
pub(crate) fn own_exprs(rel: &mut Rel, each: &mut dyn FnMut(&mut Expr)) {
    match &mut rel.op {
        Op::Table { .. }
        | Op::Values { .. }
        | Op::Take { .. }
        | Op::Serialize { .. }
        | Op::Shared { .. }
        | Op::External(_)
        | Op::Graph(_)
        | Op::Union { .. } => {}
        Op::Range { from, to, step } => [from, to, step].into_iter().for_each(each),
        Op::Filter { predicate, .. } => each(predicate),
        Op::Project { exprs: list, .. } => list.iter_mut().for_each(each),
        Op::Summarize { keys, aggregates, .. } => {
            keys.iter_mut().for_each(&mut *each);
            aggregates
                .iter_mut()
                .flat_map(|it| it.args.iter_mut().chain(&mut it.filter))
                .for_each(each);
        }
        Op::Sort { keys, .. } => keys.iter_mut().map(|it| &mut it.expr).for_each(each),
        Op::Window { calls, .. } => {
            calls.iter_mut().flat_map(|it| it.args.iter_mut()).for_each(each);
        }
        Op::Expand { items, .. } => items.iter_mut().for_each(each),
        Op::Parse { source, .. } => each(source),
        Op::Work { work, .. } => work.each_expr_mut(each),
        Op::Join { on, .. } => {
            for (one, two) in on {
                each(one);
                each(two);
            }
        }
    }
}

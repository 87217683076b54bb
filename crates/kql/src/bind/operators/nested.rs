//! `top-nested`: the top values of the first level, within each the top values of the second, and
//! so on. Each level is a `summarize` and a row number; its survivors are joined back to the rows.
//!
//! With `others`, the rows that did not make it at a level are one more group of its parent.

use crate::{
    codes,
    diagnostic::Span,
    plan::{BinaryOp, Expr, ExprKind, JoinKind, Op, Rel, SortKey, WindowCall, WindowFunction},
    syntax::tree::{ExprKind as Syntax, Level, Name, Named},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{Binder, expression::node, naming::Namer, scope::Cx},
    take::whole,
};

/// How many levels there may be: each doubles the plan.
const MAX_LEVELS: usize = 6;

/// The names of a level's two columns while the plan is made.
fn hidden(nth: usize) -> (String, String) {
    (format!("\u{2}value{nth}"), format!("\u{2}aggregate{nth}"))
}

impl Binder<'_> {
    pub(super) fn top_nested(&mut self, input: Rel, levels: &[Level], span: Span) -> Option<Rel> {
        if levels.len() > MAX_LEVELS {
            let message = format!("`top-nested` has more than {MAX_LEVELS} levels");
            return self.error(codes::TOO_MANY, span, message);
        }
        // the values of all levels behind the columns of the input
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let mut namer = Namer::default();
        let mut names = Vec::new();
        let mut wide = columns.clone();
        let mut exprs: Vec<Expr> =
            columns.iter().enumerate().map(|(at, it)| cell(at, it.ty, span)).collect();
        let mut fine = true;
        for (nth, level) in levels.iter().enumerate() {
            let Some(value) = self.expr(&level.of.expr, cx) else {
                fine = false;
                continue;
            };
            let value = self.key(value, "grouped by")?;
            let wish = match level.of.names.first() {
                Some(name) => Some(name.text.clone()),
                None => self.auto_name(&level.of.expr),
            };
            let name = namer.automatic(wish);
            let base = match (level.of.names.first(), &level.of.expr.kind) {
                (Some(name), _) => name.text.clone(),
                (None, Syntax::Name(name)) => name.clone(),
                _ => name.clone(),
            };
            let aggregate = match level.by.names.first() {
                Some(name) => namer.automatic(Some(name.text.clone())),
                None => namer.automatic(Some(format!("aggregated_{base}"))),
            };
            wide.push(Column::new(hidden(nth).0, value.ty));
            exprs.push(value);
            names.push((name, aggregate));
        }
        if !fine {
            return None;
        }
        let mut rows = Rel { op: Op::Project { input: Box::new(input), exprs }, columns: wide };
        let mut results: Vec<Rel> = Vec::new();
        let mut last = None;
        for nth in 0..levels.len() {
            self.charge(super::super::limits::rel(&rows).size, span)?;
            let kept = self.level(rows.clone(), levels, nth, span)?;
            if levels.iter().skip(nth).any(|it| it.others.is_some()) {
                let rest = joined(JoinKind::LeftAnti, rows.clone(), &kept, nth, span);
                results.push(self.remainder(rest, levels, nth, span)?);
            }
            if nth + 1 < levels.len() {
                rows = joined(JoinKind::Inner, rows, &kept, nth, span);
            }
            last = Some(kept);
        }
        let last = last?;
        let types: Vec<Type> = last.columns.iter().map(|it| it.ty).collect();
        let out: Vec<Column> = names
            .into_iter()
            .flat_map(|(value, aggregate)| [value, aggregate])
            .zip(types)
            .map(|(name, ty)| Column::new(name, ty))
            .collect();
        if results.is_empty() {
            return Some(Rel { columns: out, ..last });
        }
        results.insert(0, last);
        let inputs = results.into_iter().map(|it| Rel { columns: out.clone(), ..it }).collect();
        Some(Rel { op: Op::Union { inputs }, columns: out })
    }

    /// The survivors of a level: value and aggregate of every level so far.
    fn level(&mut self, rows: Rel, levels: &[Level], nth: usize, span: Span) -> Option<Rel> {
        let level = levels.get(nth)?;
        let parents: Vec<Named> = (0..nth)
            .flat_map(|it| [hidden(it).0, hidden(it).1])
            .chain([hidden(nth).0])
            .map(|name| named(name, span))
            .collect();
        let by = [level_aggregate(level, nth)];
        let summed = self.summarize(rows, &by, Some(&parents), span)?;
        let width = summed.columns.len();
        if width != 2 * (nth + 1) {
            let message = "a level of `top-nested` is ordered by one aggregate";
            return self.error(codes::ARGUMENT_COUNT, level.by.span(), message);
        }
        let Some(count) = &level.count else { return Some(summed) };
        let count = self.expr(count, Cx::CONSTANT)?;
        let Some(count) = whole(&count) else {
            let message = "the number of values must be a constant whole number";
            return self.error(codes::NOT_CONSTANT, count.span, message);
        };
        let columns = summed.columns.clone();
        let at = |at: usize| cell(at, columns.get(at).map_or(Type::Dynamic, |it| it.ty), span);
        let aggregate = self.key(at(width - 1), "sorted by")?;
        let key = |expr, descending, nulls_first| SortKey { expr, descending, nulls_first };
        // values of one parent side by side; equal aggregates do not hang on chance
        let mut keys: Vec<SortKey> = (0..nth).map(|it| key(at(2 * it), false, true)).collect();
        let nulls_first = level.nulls_first.unwrap_or(level.ascending);
        keys.push(key(aggregate, !level.ascending, nulls_first));
        keys.push(key(at(width - 2), false, true));
        let sorted = Rel { op: Op::Sort { input: Box::new(summed), keys }, columns };
        let kept = if nth == 0 {
            let columns = sorted.columns.clone();
            let count = u64::try_from(count).unwrap_or(0);
            Rel { op: Op::Take { input: Box::new(sorted), count }, columns }
        } else {
            first_of_each(sorted, nth, count, span)
        };
        Some(kept)
    }

    /// The rows that did not make it at a level, one row for each parent.
    fn remainder(&mut self, rows: Rel, levels: &[Level], nth: usize, span: Span) -> Option<Rel> {
        let parents: Vec<Named> = (0..nth)
            .flat_map(|it| [hidden(it).0, hidden(it).1])
            .map(|name| named(name, span))
            .collect();
        let types: Vec<Type> = (0..levels.len())
            .map(|it| {
                let name = hidden(it).0;
                let found = rows.columns.iter().find(|c| c.name == name);
                found.map_or(Type::Dynamic, |it| it.ty)
            })
            .collect();
        let deeper: Vec<(usize, &Level)> = levels.iter().enumerate().skip(nth).collect();
        let sums: Vec<Named> =
            deeper.iter().map(|(at, level)| level_aggregate(level, *at)).collect();
        let columns = rows.columns.clone();
        let mut input = rows;
        // without parents a `summarize` would give a row for no rows at all
        let by = if parents.is_empty() {
            let mut exprs: Vec<Expr> =
                columns.iter().enumerate().map(|(at, it)| cell(at, it.ty, span)).collect();
            exprs.push(node(ExprKind::Literal(Value::Long(0)), Type::Long, span));
            let mut columns = columns;
            columns.push(Column::new("\u{2}one", Type::Long));
            input = Rel { op: Op::Project { input: Box::new(input), exprs }, columns };
            vec![named("\u{2}one".to_owned(), span)]
        } else {
            parents
        };
        let keys = by.len();
        let summed = self.summarize(input, &sums, Some(&by), span)?;
        let mut exprs: Vec<Expr> = Vec::with_capacity(2 * levels.len());
        for at in 0..2 * nth {
            exprs.push(cell(at, summed.columns.get(at)?.ty, span));
        }
        for (place, (at, level)) in deeper.into_iter().enumerate() {
            let ty = types.get(at).copied()?;
            let sum = keys + place;
            let sum_ty = summed.columns.get(sum)?.ty;
            if let Some(others) = &level.others {
                let value = self.expr(others, Cx::CONSTANT)?;
                exprs.push(self.converted(value, ty)?);
                exprs.push(cell(sum, sum_ty, span));
            } else {
                exprs.extend([gap(ty, span), gap(sum_ty, span)]);
            }
        }
        let columns =
            exprs.iter().enumerate().map(|(at, it)| Column::new(format!("c{at}"), it.ty)).collect();
        Some(Rel { op: Op::Project { input: Box::new(summed), exprs }, columns })
    }
}

fn cell(at: usize, ty: Type, span: Span) -> Expr {
    node(ExprKind::Column(at), ty, span)
}

/// What stands where there is nothing: null, or no text.
fn gap(ty: Type, span: Span) -> Expr {
    let value = if ty == Type::String { Value::String(String::new()) } else { Value::Null };
    node(ExprKind::Literal(value), ty, span)
}

/// The aggregate of a level under its hidden name.
fn level_aggregate(level: &Level, nth: usize) -> Named {
    let name = Name { text: hidden(nth).1, span: level.by.span() };
    Named { names: vec![name], expr: level.by.expr.clone() }
}

fn named(name: String, span: Span) -> Named {
    let expr = crate::syntax::tree::Expr { kind: Syntax::Name(name), span };
    Named { names: Vec::new(), expr }
}

/// The rows with (or without) a survivor of the level; with, they learn its aggregate.
fn joined(kind: JoinKind, rows: Rel, kept: &Rel, nth: usize, span: Span) -> Rel {
    let place = |name: &str| rows.columns.iter().position(|it| it.name == name);
    let mut on = Vec::new();
    for level in 0..=nth {
        let name = hidden(level).0;
        let right = 2 * level;
        if let (Some(left), Some(it)) = (place(&name), kept.columns.get(right)) {
            on.push((cell(left, it.ty, span), cell(right, it.ty, span)));
        }
    }
    let mut columns = rows.columns.clone();
    if kind == JoinKind::LeftAnti {
        let op = Op::Join { kind, left: Box::new(rows), right: Box::new(kept.clone()), on };
        return Rel { op, columns };
    }
    let width = columns.len();
    columns.extend(kept.columns.iter().cloned());
    let op = Op::Join { kind, left: Box::new(rows), right: Box::new(kept.clone()), on };
    let rel = Rel { op, columns };
    let mut picked: Vec<(usize, String)> =
        rel.columns.iter().take(width).enumerate().map(|(at, it)| (at, it.name.clone())).collect();
    picked.push((width + 2 * nth + 1, hidden(nth).1));
    super::pick(rel, picked)
}

/// The first rows for each value of the level above; the rows are sorted by it.
fn first_of_each(sorted: Rel, nth: usize, count: i64, span: Span) -> Rel {
    let mut columns = sorted.columns.clone();
    let width = columns.len();
    let long = |it: i64| node(ExprKind::Literal(Value::Long(it)), Type::Long, span);
    let no = || node(ExprKind::Literal(Value::Bool(false)), Type::Bool, span);
    let mut calls = Vec::new();
    let mut begins = no();
    for level in 0..nth {
        let key = cell(2 * level, columns.get(2 * level).map_or(Type::Dynamic, |it| it.ty), span);
        let rank = width + calls.len();
        let rank_of =
            WindowCall { function: WindowFunction::RankDense, args: vec![key, no()], span };
        calls.push(rank_of);
        let args = vec![cell(rank, Type::Long, span), long(1), long(-1)];
        calls.push(WindowCall { function: WindowFunction::Previous, args, span });
        let (left, right) =
            (Box::new(cell(rank, Type::Long, span)), Box::new(cell(rank + 1, Type::Long, span)));
        let other =
            node(ExprKind::Binary { op: BinaryOp::NotEqual, left, right }, Type::Bool, span);
        let (left, right) = (Box::new(begins), Box::new(other));
        begins = node(ExprKind::Binary { op: BinaryOp::Or, left, right }, Type::Bool, span);
        columns.push(Column::new(format!("\u{2}rank{level}"), Type::Long));
        columns.push(Column::new(format!("\u{2}before{level}"), Type::Long));
    }
    let number = columns.len();
    let args = vec![long(1), begins];
    calls.push(WindowCall { function: WindowFunction::RowNumber, args, span });
    columns.push(Column::new("\u{2}number", Type::Long));
    let rel = Rel { op: Op::Window { input: Box::new(sorted), calls }, columns: columns.clone() };
    let (left, right) = (Box::new(cell(number, Type::Long, span)), Box::new(long(count)));
    let predicate =
        node(ExprKind::Binary { op: BinaryOp::LessOrEqual, left, right }, Type::Bool, span);
    let rel = Rel { op: Op::Filter { input: Box::new(rel), predicate }, columns };
    let picked = rel.columns.iter().take(width).enumerate().map(|(at, it)| (at, it.name.clone()));
    let picked = picked.collect();
    super::pick(rel, picked)
}

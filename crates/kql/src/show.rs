//! Plans as text: one step a line, the input indented below. For tests, profiles, and the curious.

use std::fmt::{self, Display, Formatter};

use crate::{
    bind::sign,
    plan::{Expr, ExprKind, JoinKind, Op, Rel, TextTest},
    time,
    types::{Column, Type},
    value::Value,
};

impl Display for Rel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        rel(self, 0, f)
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        expr(self, &[], f)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(it) => write!(f, "{it}"),
            Self::Int(it) => write!(f, "int({it})"),
            Self::Long(it) => write!(f, "{it}"),
            Self::Real(it) => write!(f, "{it:?}"),
            Self::Decimal(it) => write!(f, "decimal({it})"),
            Self::String(it) => write!(f, "{it:?}"),
            Self::DateTime(it) => write!(f, "datetime({})", time::format_datetime(*it)),
            Self::TimeSpan(it) => write!(f, "timespan({})", time::format_timespan(*it)),
            Self::Guid(it) => write!(f, "guid({it})"),
            Self::Dynamic(it) => write!(f, "dynamic({it})"),
        }
    }
}

fn rel(it: &Rel, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    indent(depth, f)?;
    let mut inputs: Vec<&Rel> = Vec::new();
    match &it.op {
        Op::Table { name, window } => {
            write!(f, "table {name}")?;
            if let Some((from, to)) = window {
                let (from, to) = (time::format_datetime(*from), time::format_datetime(*to));
                write!(f, " from {from} to {to}")?;
            }
        }
        Op::Values { rows } => {
            f.write_str("values")?;
            for row in rows.iter().take(20) {
                f.write_str(" [")?;
                listed(row, f, |cell, f| write!(f, "{cell}"))?;
                f.write_str("]")?;
            }
            if rows.len() > 20 {
                write!(f, " … {} rows", rows.len())?;
            }
        }
        Op::Range { from, to, step } => write!(f, "range {from} to {to} step {step}")?,
        Op::Filter { input, predicate } => {
            f.write_str("filter ")?;
            expr(predicate, &input.columns, f)?;
            inputs.push(input);
        }
        Op::Project { input, exprs } => {
            f.write_str("project ")?;
            exprs_of(exprs, &input.columns, f)?;
            inputs.push(input);
        }
        Op::Summarize { input, keys, aggregates } => {
            f.write_str("summarize")?;
            for (at, aggregate) in aggregates.iter().enumerate() {
                f.write_str(if at == 0 { " " } else { ", " })?;
                write!(f, "{}(", aggregate.function)?;
                exprs_of(&aggregate.args, &input.columns, f)?;
                f.write_str(")")?;
                if let Some(filter) = &aggregate.filter {
                    f.write_str(" where ")?;
                    expr(filter, &input.columns, f)?;
                }
            }
            if !keys.is_empty() {
                f.write_str(" by ")?;
                exprs_of(keys, &input.columns, f)?;
            }
            inputs.push(input);
        }
        Op::Sort { input, keys } => {
            f.write_str("sort ")?;
            listed(keys, f, |key, f| {
                expr(&key.expr, &input.columns, f)?;
                let order = if key.descending { "desc" } else { "asc" };
                let nulls = if key.nulls_first { "first" } else { "last" };
                write!(f, " {order} nulls {nulls}")
            })?;
            inputs.push(input);
        }
        Op::Take { input, count } => {
            write!(f, "take {count}")?;
            inputs.push(input);
        }
        Op::Join { kind, left, right, on } => {
            write!(f, "join {} on ", join_name(*kind))?;
            listed(on, f, |(a, b), f| {
                expr(a, &left.columns, f)?;
                f.write_str(" == ")?;
                expr(b, &right.columns, f)
            })?;
            inputs.extend([&**left, &**right]);
        }
        Op::Union { inputs: all } => {
            f.write_str("union")?;
            inputs.extend(all);
        }
        Op::Shared { input, .. } => {
            f.write_str("shared")?;
            inputs.push(input);
        }
        Op::Serialize { input } => {
            f.write_str("serialize")?;
            inputs.push(input);
        }
        Op::Window { input, calls } => {
            f.write_str("window ")?;
            listed(calls, f, |call, f| {
                write!(f, "{:?}(", call.function)?;
                exprs_of(&call.args, &it.columns, f)?;
                f.write_str(")")
            })?;
            inputs.push(input);
        }
        Op::Expand { input, items, pairs, limit, .. } => {
            f.write_str("expand ")?;
            exprs_of(items, &input.columns, f)?;
            f.write_str(if *pairs { " as pairs" } else { "" })?;
            if let Some(limit) = limit {
                write!(f, " limit {limit}")?;
            }
            inputs.push(input);
        }
        Op::Parse { input, source, pattern, strict, .. } => {
            f.write_str("parse ")?;
            expr(source, &input.columns, f)?;
            write!(f, " with {pattern:?}{}", if *strict { " strictly" } else { "" })?;
            inputs.push(input);
        }
        Op::External(external) => {
            f.write_str("external")?;
            for address in &external.addresses {
                write!(f, " {address:?}")?;
            }
        }
        Op::Work { input, work } => {
            f.write_str(work.name())?;
            inputs.push(input);
        }
        Op::Graph(graph) => {
            f.write_str("graph")?;
            inputs.extend([&graph.edges, &graph.nodes]);
        }
    }
    if !it.columns.is_empty() {
        f.write_str(" -> ")?;
    }
    listed(&it.columns, f, |column, f| write!(f, "{}:{}", column.name, column.ty.name()))?;
    for input in inputs {
        f.write_str("\n")?;
        rel(input, depth + 1, f)?;
    }
    Ok(())
}

fn indent(depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    (0..depth).try_for_each(|_| f.write_str("  "))
}

fn listed<T>(
    items: &[T],
    f: &mut Formatter<'_>,
    mut write: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(item, f)?;
    }
    Ok(())
}

fn exprs_of(exprs: &[Expr], columns: &[Column], f: &mut Formatter<'_>) -> fmt::Result {
    listed(exprs, f, |it, f| expr(it, columns, f))
}

fn expr(it: &Expr, columns: &[Column], f: &mut Formatter<'_>) -> fmt::Result {
    match &it.kind {
        ExprKind::Literal(Value::Null) => write!(f, "{}(null)", it.ty.name()),
        ExprKind::Literal(value) => write!(f, "{value}"),
        ExprKind::Column(at) => match columns.get(*at) {
            Some(column) => f.write_str(&column.name),
            None => write!(f, "#{at}"),
        },
        ExprKind::Binary { op, left, right } => {
            f.write_str("(")?;
            expr(left, columns, f)?;
            write!(f, " {} ", sign(*op))?;
            expr(right, columns, f)?;
            f.write_str(")")
        }
        ExprKind::Negate(operand) => {
            f.write_str("-")?;
            expr(operand, columns, f)
        }
        ExprKind::Text { test, fold, negate, source, needle } => {
            expr(source, columns, f)?;
            write!(f, " {} ", text_name(*test, *fold, *negate))?;
            expr(needle, columns, f)
        }
        ExprKind::In { fold, negate, source, list } => {
            expr(source, columns, f)?;
            write!(f, " {}(", in_name(*fold, *negate))?;
            exprs_of(list, columns, f)?;
            f.write_str(")")
        }
        ExprKind::HasTerms { all, source, needles } => {
            expr(source, columns, f)?;
            f.write_str(if *all { " has_all (" } else { " has_any (" })?;
            exprs_of(needles, columns, f)?;
            f.write_str(")")
        }
        ExprKind::InTable { fold, negate, source, table } => {
            expr(source, columns, f)?;
            write!(f, " {}({})", in_name(*fold, *negate), nested(table))
        }
        ExprKind::HasTermsTable { all, source, table } => {
            expr(source, columns, f)?;
            let word = if *all { "has_all" } else { "has_any" };
            write!(f, " {word} ({})", nested(table))
        }
        ExprKind::Between { negate, source, low, high } => {
            expr(source, columns, f)?;
            f.write_str(if *negate { " !between (" } else { " between (" })?;
            expr(low, columns, f)?;
            f.write_str(" .. ")?;
            expr(high, columns, f)?;
            f.write_str(")")
        }
        ExprKind::Index { source, index } => {
            expr(source, columns, f)?;
            f.write_str("[")?;
            expr(index, columns, f)?;
            f.write_str("]")
        }
        ExprKind::Widen(operand) => {
            write!(f, "{}<", it.ty.name())?;
            expr(operand, columns, f)?;
            f.write_str(">")
        }
        ExprKind::ToScalar(table) => write!(f, "toscalar({})", nested(table)),
        ExprKind::Call { function, args } => {
            write!(f, "{function}(")?;
            exprs_of(args, columns, f)?;
            f.write_str(")")
        }
    }
}

/// A table inside an expression, on one line.
fn nested(table: &Rel) -> String {
    table.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" <- ")
}

fn in_name(fold: bool, negate: bool) -> &'static str {
    match (fold, negate) {
        (false, false) => "in ",
        (true, false) => "in~ ",
        (false, true) => "!in ",
        (true, true) => "!in~ ",
    }
}

fn text_name(test: TextTest, fold: bool, negate: bool) -> String {
    let word = match test {
        TextTest::Equals => return if negate { "!~" } else { "=~" }.to_owned(),
        TextTest::MatchesRegex => return "matches regex".to_owned(),
        TextTest::Has => "has",
        TextTest::HasPrefix => "hasprefix",
        TextTest::HasSuffix => "hassuffix",
        TextTest::Contains => "contains",
        TextTest::StartsWith => "startswith",
        TextTest::EndsWith => "endswith",
    };
    format!("{}{word}{}", if negate { "!" } else { "" }, if fold { "" } else { "_cs" })
}

fn join_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::InnerUnique => "innerunique",
        JoinKind::Inner => "inner",
        JoinKind::LeftOuter => "leftouter",
        JoinKind::RightOuter => "rightouter",
        JoinKind::FullOuter => "fullouter",
        JoinKind::LeftSemi => "leftsemi",
        JoinKind::RightSemi => "rightsemi",
        JoinKind::LeftAnti => "leftanti",
        JoinKind::RightAnti => "rightanti",
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

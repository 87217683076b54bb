//! Joins.
//!
//! A null key matches a null key. Cells of the side that has no match are null, or `""` for a
//! string, so outer joins are followed by a projection that writes the empty text.

use datafusion::{
    common::{Column as Name, JoinType, NullEquality},
    functions_aggregate::first_last::first_value_udaf,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder},
};
use kql::{
    plan::{Expr as Bound, JoinKind, Rel},
    types::{Column, Type},
};

use crate::{
    error::EngineError,
    lower::compare::coalesce_text,
    lower::{
        Cell, LowerCx, Step, expr, named, rel, types,
        wanted::{self, Wanted, also, wants},
    },
};

/// A join of two relations.
pub(crate) fn join(
    cx: &mut LowerCx<'_>,
    kind: JoinKind,
    left: &Rel,
    right: &Rel,
    on: &[(Bound, Bound)],
    columns: &[Column],
    wanted: &Wanted,
) -> Result<Step, EngineError> {
    let (keep_left, keep_right) = match kind {
        JoinKind::LeftSemi | JoinKind::LeftAnti => (true, false),
        JoinKind::RightSemi | JoinKind::RightAnti => (false, true),
        _ => (true, true),
    };
    let before = if keep_left { left.columns.len() } else { 0 };
    let part = |of: &Rel, keep: bool, from: usize| -> Wanted {
        wanted.as_ref()?;
        Some((0..of.columns.len()).map(|at| keep && wants(wanted, from + at)).collect())
    };
    let wanted_left = also(part(left, keep_left, 0), on.iter().map(|(one, _)| one));
    let wanted_right = also(part(right, keep_right, before), on.iter().map(|(_, two)| two));
    let left = wanted::input(cx, left, wanted_left)?;
    let right = wanted::input(cx, right, wanted_right)?;
    let (left, left_keys) = with_keys(cx, left, on.iter().map(|(one, _)| one))?;
    let (right, right_keys) = with_keys(cx, right, on.iter().map(|(_, two)| two))?;
    let left = if kind == JoinKind::InnerUnique { one_per_key(left, &left_keys)? } else { left };
    let how = match kind {
        JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
        JoinKind::LeftOuter => JoinType::Left,
        JoinKind::RightOuter => JoinType::Right,
        JoinKind::FullOuter => JoinType::Full,
        JoinKind::LeftSemi => JoinType::LeftSemi,
        JoinKind::RightSemi => JoinType::RightSemi,
        JoinKind::LeftAnti => JoinType::LeftAnti,
        JoinKind::RightAnti => JoinType::RightAnti,
    };
    let (gaps_left, gaps_right) = match kind {
        JoinKind::LeftOuter => (false, true),
        JoinKind::RightOuter => (true, false),
        JoinKind::FullOuter => (true, true),
        _ => (false, false),
    };
    let key_names = |keys: &[String]| -> Vec<Name> {
        keys.iter().map(|key| Name::new_unqualified(key.as_str())).collect()
    };
    let keys = (key_names(&left_keys), key_names(&right_keys));
    let plan = LogicalPlanBuilder::new(left.plan.clone())
        .join_detailed(right.plan.clone(), how, keys, None, NullEquality::NullEqualsNull)?
        .build()?;
    let mut cells = Vec::with_capacity(columns.len());
    if keep_left {
        push_side(&left, gaps_left, &mut cells)?;
    }
    if keep_right {
        push_side(&right, gaps_right, &mut cells)?;
    }
    // keys may be wanted by nobody else
    cells
        .iter_mut()
        .enumerate()
        .filter(|(at, _)| !wants(wanted, *at))
        .for_each(|(_, cell)| *cell = Cell::Unwanted);
    rel::project_cells(cx, plan, cells, types(columns))
}

fn push_side(side: &Step, gaps: bool, out: &mut Vec<Cell>) -> Result<(), EngineError> {
    for (at, ty) in side.types.iter().enumerate() {
        out.push(match side.cell(at)? {
            Cell::Value(it) if gaps && *ty == Type::String => Cell::Value(coalesce_text(it)),
            cell => cell,
        });
    }
    Ok(())
}

/// The step with a column for each key (its own column where the key is one).
fn with_keys<'e>(
    cx: &mut LowerCx<'_>,
    step: Step,
    keys: impl Iterator<Item = &'e Bound>,
) -> Result<(Step, Vec<String>), EngineError> {
    let mut key_names = Vec::new();
    let mut extra = Vec::new();
    let number = cx.number();
    for key in keys {
        match expr::value(&step, key)? {
            Expr::Column(name) => key_names.push(name.name),
            other => {
                let name = format!("k{number}c{}", extra.len());
                extra.push(other.alias(name.as_str()));
                key_names.push(name);
            }
        }
    }
    if extra.is_empty() {
        return Ok((step, key_names));
    }
    let all = step.present().map(|(name, _)| named(name)).chain(extra);
    let plan = LogicalPlanBuilder::new(step.plan.clone()).project(all)?.build()?;
    Ok((step.over(plan), key_names))
}

/// Any one row of each key.
fn one_per_key(step: Step, keys: &[String]) -> Result<Step, EngineError> {
    let mut group: Vec<Expr> = Vec::new();
    let mut grouped: Vec<&String> = Vec::new();
    for key in keys {
        if !grouped.contains(&key) {
            grouped.push(key);
            group.push(named(key.as_str()).alias(format!("u_{key}")));
        }
    }
    let rest: Vec<String> = step
        .present()
        .map(|(name, _)| name.to_owned())
        .filter(|name| !grouped.contains(&name))
        .collect();
    let firsts: Vec<Expr> = rest
        .iter()
        .map(|name| first_value_udaf().call(vec![named(name.as_str())]).alias(format!("u_{name}")))
        .collect();
    let back: Vec<Expr> = grouped
        .iter()
        .copied()
        .chain(&rest)
        .map(|name| {
            let column = named(format!("u_{name}"));
            let is_text = step
                .names
                .iter()
                .position(|it| it == name)
                .is_some_and(|at| step.types.get(at) == Some(&Type::String));
            let column = if is_text { coalesce_text(column) } else { column };
            column.alias(name.as_str())
        })
        .collect();
    let plan: LogicalPlan = LogicalPlanBuilder::new(step.plan.clone())
        .aggregate(group, firsts)?
        .project(back)?
        .build()?;
    Ok(step.over(plan))
}

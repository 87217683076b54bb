//! The steps of a pipeline.

use datafusion::{
    common::Column as Name,
    datasource::provider_as_source,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, lit},
};
use kql::{
    diagnostic::Span,
    plan::{ExprKind, Op, Rel, SortKey},
    types::{Column, Type},
    work::External,
};

use crate::{
    arrow_types::{arrow_type, null_literal},
    error::EngineError,
    lower::{
        Cell, LowerCx, Step, arithmetic, call, decimal,
        expand::{self, Expansion},
        expr, join, names,
        parse::{self, Parsing},
        range, summarize, types, union, values,
        wanted::{self, UNWANTED, Wanted, also, read_by, wants},
        window, work,
    },
    tables,
};

/// The column every hunting table stores its time in, and the other name it goes by.
pub(crate) const TIMESTAMP: &str = "Timestamp";
/// The other name.
pub(crate) const TIME_GENERATED: &str = "TimeGenerated";

/// Columns of a step, at most: planning takes longer than their number says.
const MOST_COLUMNS: usize = 10_000;

/// Lowers a relation.
pub(crate) fn rel(cx: &mut LowerCx<'_>, rel: &Rel) -> Result<Step, EngineError> {
    // A step that does not hand this down wants everything of its inputs.
    let wanted = cx.wanted.take();
    match &rel.op {
        Op::Table { name, window } => table(cx, rel, name, *window, &wanted),
        Op::Values { rows } => values::values(cx, rows, &rel.columns),
        Op::Range { from, to, step } => range::range(cx, from, to, step, &rel.columns),
        Op::Filter { input, predicate } => {
            let input = wanted::input(cx, input, also(wanted, [predicate]))?;
            cx.count_conditions(predicate)?;
            let predicate = expr::truth(&input, predicate)?;
            let plan = LogicalPlanBuilder::new(input.plan.clone()).filter(predicate)?.build()?;
            Ok(input.over(plan))
        }
        Op::Project { input, exprs } => {
            let used = exprs.iter().enumerate().filter(|(at, _)| wants(&wanted, *at));
            let used = read_by(input.columns.len(), used.map(|(_, it)| it));
            let input = wanted::input(cx, input, used)?;
            let cells = exprs.iter().enumerate().map(|(at, it)| match it.kind {
                _ if !wants(&wanted, at) => Ok(Cell::Unwanted),
                ExprKind::Column(at) => input.cell(at),
                _ => expr::value(&input, it).map(Cell::Value),
            });
            let cells = cells.collect::<Result<_, _>>()?;
            project_cells(cx, input.plan, cells, types(&rel.columns))
        }
        Op::Summarize { input, keys, aggregates } => {
            let ordered = input.is_serialized() && summarize::heeds_order(aggregates);
            let args = aggregates.iter().flat_map(|it| it.args.iter().chain(&it.filter));
            let used = read_by(input.columns.len(), keys.iter().chain(args));
            // DataFusion mixes up aggregates whose arguments are the same constants
            let input = wanted::input(cx, input, used)?.filled(cx)?;
            let input = if ordered { summarize::ordered(input)? } else { input };
            summarize::summarize(cx, &input, keys, aggregates, &rel.columns)
        }
        Op::Sort { input, keys } => {
            let used = also(wanted, keys.iter().map(|it| &it.expr));
            let input = wanted::input(cx, input, used)?;
            let keys = sort_keys(&input, keys)?;
            let plan = LogicalPlanBuilder::new(input.plan.clone()).sort(keys)?.build()?;
            Ok(input.over(plan))
        }
        Op::Take { input, count } => {
            let input = wanted::input(cx, input, wanted)?;
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            let plan =
                LogicalPlanBuilder::new(input.plan.clone()).limit(0, Some(count))?.build()?;
            Ok(input.over(plan))
        }
        Op::Join { kind, left, right, on } => {
            join::join(cx, *kind, left, right, on, &rel.columns, &wanted)
        }
        Op::Union { inputs } => union::union(cx, rel, inputs, &wanted),
        // The order is kept by those who need it.
        // What is worth keeping was taken out before (`shared.rs`).
        Op::Serialize { input } | Op::Shared { input, .. } => wanted::input(cx, input, wanted),
        Op::Window { input, calls } => window::window(cx, input, calls, &rel.columns),
        Op::Expand { input, items, pairs, limit, outputs } => {
            let what = Expansion { items, pairs: *pairs, limit: *limit, outputs };
            expand::expand(cx, input, &what, &rel.columns)
        }
        Op::Parse { input, source, pattern, captures, strict } => {
            let what = Parsing { source, pattern, captures, strict: *strict };
            parse::parse(cx, input, &what, &rel.columns, &wanted)
        }
        Op::External(what) => external(cx, what, &rel.columns),
        Op::Work { input, work } => work::work(cx, input, work, &rel.columns),
        Op::Graph(_) => Err(EngineError::refused("a graph is no answer; make a table of it")),
    }
}

/// A projection; what is in no table, or wanted by nobody, stays out of the plan.
pub(crate) fn project_cells(
    cx: &mut LowerCx<'_>,
    input: LogicalPlan,
    mut cells: Vec<Cell>,
    types: Vec<Type>,
) -> Result<Step, EngineError> {
    let is_value = |it: &Cell| matches!(it, Cell::Value(_));
    if !cells.is_empty() && !cells.iter().any(is_value) {
        // there are rows nevertheless
        let first = cells.iter_mut().zip(&types).find(|(it, _)| matches!(it, Cell::Absent));
        let (cell, ty) = first.ok_or_else(|| EngineError::plan("a step without columns"))?;
        *cell = Cell::Value(null_literal(*ty));
    }
    if cells.iter().filter(|it| is_value(it)).count() > MOST_COLUMNS {
        let message = format!("a step of the query has more than {MOST_COLUMNS} columns");
        return Err(EngineError::refused(message));
    }
    let mut names = names(cx.number(), types.len());
    let mut exprs = Vec::with_capacity(cells.len());
    for (cell, name) in cells.into_iter().zip(&mut names) {
        match cell {
            Cell::Value(value) => exprs.push(value.alias(name.as_str())),
            Cell::Absent => name.clear(),
            Cell::Unwanted => UNWANTED.clone_into(name),
        }
    }
    let plan = LogicalPlanBuilder::new(input).project(exprs)?.build()?;
    Ok(Step { plan, names, types })
}

/// A projection onto expressions that already have the columns' types.
pub(crate) fn project(
    cx: &mut LowerCx<'_>,
    input: LogicalPlan,
    exprs: Vec<Expr>,
    types: Vec<Type>,
) -> Result<Step, EngineError> {
    if types.len() > MOST_COLUMNS {
        let message = format!("a step of the query has more than {MOST_COLUMNS} columns");
        return Err(EngineError::refused(message));
    }
    let names = names(cx.number(), types.len());
    if exprs.len() != types.len() {
        return Err(EngineError::plan("a step has more columns than expressions"));
    }
    let exprs = exprs.into_iter().zip(&names).map(|(e, name)| e.alias(name.as_str()));
    let plan = LogicalPlanBuilder::new(input).project(exprs)?.build()?;
    Ok(Step { plan, names, types })
}

fn external(
    cx: &mut LowerCx<'_>,
    what: &External,
    columns: &[Column],
) -> Result<Step, EngineError> {
    let source = cx.sources().external(what, columns)?;
    let given: Vec<String> = source.schema().fields().iter().map(|it| it.name().clone()).collect();
    let alias = format!("x{}", cx.number());
    let builder = LogicalPlanBuilder::scan(alias.as_str(), provider_as_source(source), None)?;
    let exprs = given.iter().map(|it| Expr::Column(Name::new(Some(alias.as_str()), it)));
    project(cx, builder.build()?, exprs.collect(), types(columns))
}

fn table(
    cx: &mut LowerCx<'_>,
    rel: &Rel,
    name: &str,
    window: Option<(i64, i64)>,
    wanted: &Wanted,
) -> Result<Step, EngineError> {
    let source = cx.sources().source(name, window)?;
    let schema = source.schema();
    let alias = format!("t{}", cx.number());
    let mut builder = LogicalPlanBuilder::scan(alias.as_str(), provider_as_source(source), None)?;
    let column = |name: &str| Expr::Column(Name::new(Some(alias.as_str()), name));
    if let Some((from, to)) = window
        && schema.field_with_name(TIMESTAMP).is_ok()
    {
        let time = column(TIMESTAMP);
        builder = builder.filter(time.clone().gt_eq(lit(from)).and(time.lt_eq(lit(to))))?;
    }
    let mut others = Vec::new();
    let cells = rel
        .columns
        .iter()
        .enumerate()
        .map(|(at, it)| {
            let stored = if !wants(wanted, at) {
                return Ok(Cell::Unwanted);
            } else if schema.field_with_name(&it.name).is_ok() {
                it.name.as_str()
            } else if it.name == TIME_GENERATED && schema.field_with_name(TIMESTAMP).is_ok() {
                TIMESTAMP
            } else {
                return Ok(Cell::Value(null_literal(it.ty)));
            };
            let field = schema.field_with_name(stored).map_err(EngineError::from)?;
            let ty = tables::stored_type(name, stored).unwrap_or(it.ty);
            if field.data_type() != &arrow_type(ty) {
                return Err(EngineError::plan(format!("`{name}.{stored}` has another type")));
            }
            if ty != it.ty {
                others.push((at, ty));
            }
            Ok(Cell::Value(column(stored)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let types = types(&rel.columns);
    if others.is_empty() {
        return project_cells(cx, builder.build()?, cells, types);
    }
    // an environment may see a stored column in another type
    let mut given = types.clone();
    others.iter().for_each(|(at, ty)| given[*at] = *ty);
    let step = project_cells(cx, builder.build()?, cells, given)?;
    let mut cells: Vec<Cell> =
        (0..types.len()).map(|at| step.cell(at)).collect::<Result<_, _>>()?;
    for (at, ty) in others {
        cells[at] = Cell::Value(seen_as(&step, at, ty, types[at])?);
    }
    project_cells(cx, step.plan, cells, types)
}

/// A column of one type in another.
fn seen_as(step: &Step, at: usize, from: Type, to: Type) -> Result<Expr, EngineError> {
    let function = match to {
        Type::Bool => "tobool",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "toreal",
        Type::Decimal => "todecimal",
        Type::String => "tostring",
        Type::DateTime => "todatetime",
        Type::TimeSpan => "totimespan",
        Type::Guid => "toguid",
        Type::Dynamic => "parse_json",
    };
    let column = kql::plan::Expr { kind: ExprKind::Column(at), ty: from, span: Span::default() };
    call::call(step, function, &[column], to)
}

fn sort_keys(input: &Step, keys: &[SortKey]) -> Result<Vec<SortExpr>, EngineError> {
    let mut out = Vec::with_capacity(keys.len());
    for key in keys {
        let lowered = expr::value(input, &key.expr)?;
        if key.expr.ty == Type::Decimal {
            out.push(decimal::sortable(lowered).sort(!key.descending, key.nulls_first));
            continue;
        }
        if key.expr.ty == Type::Real {
            // NaN stands next to null, whichever end that is.
            let rank = arithmetic::null_rank(lowered.clone());
            out.push(rank.sort(!key.nulls_first, false));
        }
        out.push(lowered.sort(!key.descending, key.nulls_first));
    }
    Ok(out)
}

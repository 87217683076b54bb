//! The steps of a pipeline.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    common::Column as Name,
    datasource::provider_as_source,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, Union, lit},
};
use kql::{
    plan::{Op, Rel, SortKey},
    types::{Column, Type},
    work::External,
};

use crate::{
    arrow_types::{arrow_type, null_literal},
    error::EngineError,
    lower::{
        LowerCx, Step, arithmetic, decimal,
        expand::{self, Expansion},
        expr, join, names,
        parse::{self, Parsing},
        range, summarize, types, values, window, work,
    },
};

/// The column every hunting table stores its time in, and the other name it goes by.
pub(crate) const TIMESTAMP: &str = "Timestamp";
/// The other name.
pub(crate) const TIME_GENERATED: &str = "TimeGenerated";

/// Lowers a relation.
pub(crate) fn rel(cx: &mut LowerCx<'_>, rel: &Rel) -> Result<Step, EngineError> {
    match &rel.op {
        Op::Table { name, window } => table(cx, rel, name, *window),
        Op::Values { rows } => values::values(cx, rows, &rel.columns),
        Op::Range { from, to, step } => range::range(cx, from, to, step, &rel.columns),
        Op::Filter { input, predicate } => {
            let input = self::rel(cx, input)?;
            let predicate = expr::truth(&input, predicate)?;
            let plan = LogicalPlanBuilder::new(input.plan.clone()).filter(predicate)?.build()?;
            Ok(input.over(plan))
        }
        Op::Project { input, exprs } => {
            let input = self::rel(cx, input)?;
            let lowered =
                exprs.iter().map(|e| expr::value(&input, e)).collect::<Result<Vec<_>, _>>()?;
            project(cx, input.plan, lowered, types(&rel.columns))
        }
        Op::Summarize { input, keys, aggregates } => {
            let ordered = input.is_serialized() && summarize::heeds_order(aggregates);
            let input = self::rel(cx, input)?;
            let input = if ordered { summarize::ordered(input)? } else { input };
            summarize::summarize(cx, &input, keys, aggregates, &rel.columns)
        }
        Op::Sort { input, keys } => {
            let input = self::rel(cx, input)?;
            let keys = sort_keys(&input, keys)?;
            let plan = LogicalPlanBuilder::new(input.plan.clone()).sort(keys)?.build()?;
            Ok(input.over(plan))
        }
        Op::Take { input, count } => {
            let input = self::rel(cx, input)?;
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            let plan =
                LogicalPlanBuilder::new(input.plan.clone()).limit(0, Some(count))?.build()?;
            Ok(input.over(plan))
        }
        Op::Join { kind, left, right, on } => join::join(cx, *kind, left, right, on, &rel.columns),
        Op::Union { inputs } => union(cx, rel, inputs),
        // The order is kept by those who need it.
        Op::Serialize { input } => self::rel(cx, input),
        Op::Window { input, calls } => window::window(cx, input, calls, &rel.columns),
        Op::Expand { input, items, pairs, limit, outputs } => {
            let what = Expansion { items, pairs: *pairs, limit: *limit, outputs };
            expand::expand(cx, input, &what, &rel.columns)
        }
        Op::Parse { input, source, pattern, captures, strict } => {
            let what = Parsing { source, pattern, captures, strict: *strict };
            parse::parse(cx, input, &what, &rel.columns)
        }
        Op::External(what) => external(cx, what, &rel.columns),
        Op::Work { input, work } => work::work(cx, input, work, &rel.columns),
        Op::Graph(_) => Err(EngineError::refused("a graph is no answer; make a table of it")),
    }
}

/// A projection onto expressions that already have the columns' types.
pub(crate) fn project(
    cx: &mut LowerCx<'_>,
    input: LogicalPlan,
    exprs: Vec<Expr>,
    types: Vec<Type>,
) -> Result<Step, EngineError> {
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
    let exprs = rel
        .columns
        .iter()
        .map(|wanted| {
            let stored = if schema.field_with_name(&wanted.name).is_ok() {
                wanted.name.as_str()
            } else if wanted.name == TIME_GENERATED {
                TIMESTAMP
            } else {
                return Ok(null_literal(wanted.ty));
            };
            let field = schema.field_with_name(stored).map_err(EngineError::from)?;
            if field.data_type() != &arrow_type(wanted.ty) {
                return Err(EngineError::plan(format!("`{name}.{stored}` has another type")));
            }
            Ok(column(stored))
        })
        .collect::<Result<Vec<_>, _>>()?;
    project(cx, builder.build()?, exprs, types(&rel.columns))
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

/// How many columns all inputs of a union may have together.
const MAX_UNION: usize = 400_000;

/// Where each column of a union is in an input: by name and type, or by position where the input
/// has as many columns under other names.
fn union_places(input: &[Column], output: &[Column]) -> Vec<Option<usize>> {
    let index: HashMap<(&str, Type), usize> =
        input.iter().enumerate().rev().map(|(at, it)| ((it.name.as_str(), it.ty), at)).collect();
    let found: Vec<Option<usize>> =
        output.iter().map(|it| index.get(&(it.name.as_str(), it.ty)).copied()).collect();
    if input.len() == output.len() && found.contains(&None) {
        return (0..output.len()).map(Some).collect();
    }
    found
}

fn union(cx: &mut LowerCx<'_>, rel: &Rel, inputs: &[Rel]) -> Result<Step, EngineError> {
    let number = cx.number();
    let names = names(number, rel.columns.len());
    if inputs.len() * names.len() > MAX_UNION {
        return Err(EngineError::refused("the union has too many tables with too many columns"));
    }
    let mut plans = Vec::with_capacity(inputs.len());
    for input in inputs {
        let step = self::rel(cx, input)?;
        let places = union_places(&input.columns, &rel.columns);
        let exprs = names
            .iter()
            .zip(places.into_iter().zip(&rel.columns))
            .map(|(name, (place, column))| {
                let value = match place {
                    Some(at) => step.column(at)?,
                    None => null_literal(column.ty),
                };
                Ok(value.alias(name.as_str()))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        plans.push(Arc::new(LogicalPlanBuilder::new(step.plan).project(exprs)?.build()?));
    }
    let types = types(&rel.columns);
    if plans.len() == 1 {
        let plan = plans.pop().map(Arc::unwrap_or_clone).expect("checked");
        return Ok(Step { plan, names, types });
    }
    if plans.is_empty() {
        return values::values(cx, &[], &rel.columns);
    }
    let plan = LogicalPlan::Union(Union::try_new(plans)?);
    Ok(Step { plan, names, types })
}

//! The steps of a pipeline.

use std::sync::Arc;

use datafusion::{
    common::Column as Name,
    datasource::provider_as_source,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, Union, lit},
};
use kql::{
    plan::{Op, Rel, SortKey},
    types::Type,
};

use crate::{
    arrow_types::{arrow_type, null_literal},
    error::EngineError,
    lower::{
        LowerCx, Step, arithmetic, decimal,
        expand::{self, Expansion},
        expr, join, names,
        parse::{self, Parsing},
        range, summarize, types, values, window,
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
            let input = self::rel(cx, input)?;
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

fn union(cx: &mut LowerCx<'_>, rel: &Rel, inputs: &[Rel]) -> Result<Step, EngineError> {
    let number = cx.number();
    let names = names(number, rel.columns.len());
    let mut plans = Vec::with_capacity(inputs.len());
    for input in inputs {
        let step = self::rel(cx, input)?;
        let exprs = (0..names.len())
            .map(|at| Ok(step.column(at)?.alias(names[at].as_str())))
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

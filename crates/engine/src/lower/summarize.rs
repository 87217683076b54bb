//! `summarize` and `distinct`.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::Schema,
    logical_expr::{Expr, LogicalPlanBuilder},
};
use kql::{
    plan::{Aggregate, Expr as Bound},
    types::Column,
};

use crate::{
    aggregates::{self, AggregateCall},
    arrow_types::field,
    error::EngineError,
    flow::{Flow, Start, node, ordered::Ordered},
    lower::{LowerCx, Step, constant, expr, named, rel, types},
};

/// Keys first, then each aggregate's outputs.
pub(crate) fn summarize(
    cx: &mut LowerCx<'_>,
    input: &Step,
    keys: &[Bound],
    calls: &[Aggregate],
    columns: &[Column],
) -> Result<Step, EngineError> {
    let number = cx.number();
    let mut inner = Vec::new();
    let mut finished = Vec::new();
    for (nth, call) in calls.iter().enumerate() {
        let found = aggregates::find(call.function)
            .ok_or_else(|| EngineError::plan(format!("no aggregate `{}`", call.function)))?;
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let lowered = expr::value(input, arg)?;
            args.push((lowered, arg.ty));
        }
        let constants = args
            .iter()
            .map(|(arg, ty)| constant::value(arg, *ty))
            .collect::<Result<Vec<_>, _>>()?;
        let at = keys.len() + finished.len();
        let returns = columns.get(at..at + call.outputs).ok_or_else(|| {
            EngineError::plan("an aggregate has more outputs than there are columns")
        })?;
        let returns = types(returns);
        let described = AggregateCall { args: &args, constants: &constants, returns: &returns };
        let made = (found.lower)(&described)?;
        let filter = call.filter.as_ref().map(|it| expr::truth(input, it)).transpose()?;
        let mut results = Vec::with_capacity(made.aggregates.len());
        for (part, aggregate) in made.aggregates.into_iter().enumerate() {
            let aggregate = match &filter {
                Some(filter) => aggregates::also_if(aggregate, filter.clone())?,
                None => aggregate,
            };
            let name = format!("a{number}c{nth}p{part}");
            inner.push(aggregate.alias(name.as_str()));
            results.push(named(name));
        }
        let outputs = (made.finish)(&results, &described);
        if outputs.len() != call.outputs {
            return Err(EngineError::plan(format!("`{}` fills other columns", call.function)));
        }
        finished.extend(outputs);
    }
    let mut group = Vec::with_capacity(keys.len());
    let mut outputs: Vec<Expr> = Vec::with_capacity(columns.len());
    let mut constant_keys = Vec::new();
    for (nth, key) in keys.iter().enumerate() {
        let lowered = expr::value(input, key)?;
        let name = format!("g{number}c{nth}");
        if lowered.column_refs().is_empty() {
            // A constant is computed below the aggregate: the optimiser would drop it as a key,
            // and with it the rule that no rows give no groups.
            constant_keys.push(lowered.alias(format!("{name}k")));
            group.push(named(format!("{name}k")).alias(name.as_str()));
        } else {
            group.push(lowered.alias(name.as_str()));
        }
        outputs.push(named(name));
    }
    outputs.extend(finished);
    let mut builder = LogicalPlanBuilder::new(input.plan.clone());
    if !constant_keys.is_empty() {
        let all = input.present().map(|(name, _)| named(name)).chain(constant_keys);
        builder = builder.project(all)?;
    }
    let plan = builder.aggregate(group, inner)?.build()?;
    rel::project(cx, plan, outputs, types(columns))
}

/// True when an aggregate gives its values in the order of the rows.
pub(crate) fn heeds_order(calls: &[Aggregate]) -> bool {
    calls.iter().any(|it| it.function.starts_with("make") || it.function == "passthrough")
}

/// The same rows, whose order the optimiser keeps.
pub(crate) fn ordered(input: Step) -> Result<Step, EngineError> {
    let fields = input.present().map(|(name, ty)| field(name, ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let start: Start = Arc::new(|| Ok(Box::new(Ordered::default()) as Box<dyn Flow>));
    let columns = input.present().map(|(name, _)| named(name));
    let plan = LogicalPlanBuilder::new(input.plan.clone()).project(columns)?.build()?;
    let plan = node::plan("ordered", plan, schema, true, start)?;
    Ok(input.over(plan))
}

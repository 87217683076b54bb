//! `summarize` and `distinct`.

use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use kql::{
    plan::{Aggregate, Expr as Bound},
    types::Column,
};

use crate::{
    aggregates::{self, AggregateCall},
    error::EngineError,
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
        let mut results = Vec::with_capacity(made.aggregates.len());
        for (part, aggregate) in made.aggregates.into_iter().enumerate() {
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
        let all = input.names.iter().map(|name| named(name.as_str())).chain(constant_keys);
        builder = builder.project(all)?;
    }
    let plan = builder.aggregate(group, inner)?.build()?;
    rel::project(cx, plan, outputs, types(columns))
}

//! Unions: each column is found in the inputs by name and type.

use std::{collections::HashMap, sync::Arc};

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, Union};
use kql::{
    plan::Rel,
    types::{Column, Type},
};

use crate::{
    arrow_types::null_literal,
    error::EngineError,
    lower::{
        LowerCx, Step, empty, names, types, values,
        wanted::{self, UNWANTED, Wanted, wants},
    },
};

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

/// The inputs that may have rows, with the columns that any of them has.
pub(crate) fn union(
    cx: &mut LowerCx<'_>,
    rel: &Rel,
    inputs: &[Rel],
    wanted: &Wanted,
) -> Result<Step, EngineError> {
    let number = cx.number();
    let mut names = names(number, rel.columns.len());
    let types = types(&rel.columns);
    let sources = cx.sources();
    let mut legs = Vec::new();
    let mut known = vec![false; names.len()];
    for input in inputs.iter().filter(|it| !empty::is_empty(sources, it)) {
        let places = union_places(&input.columns, &rel.columns);
        let asked = wanted.as_ref().map(|_| {
            let mut asked = vec![false; input.columns.len()];
            for (_, place) in places.iter().enumerate().filter(|(at, _)| wants(wanted, *at)) {
                if let Some(it) = place.and_then(|it| asked.get_mut(it)) {
                    *it = true;
                }
            }
            asked
        });
        let step = wanted::input(cx, input, asked)?;
        for (at, (known, place)) in known.iter_mut().zip(&places).enumerate() {
            let has = |place: usize| step.names.get(place).is_some_and(|it| !it.is_empty());
            *known |= wants(wanted, at) && place.is_some_and(has);
        }
        legs.push((step, places));
    }
    if legs.is_empty() {
        return values::values(cx, &[], &rel.columns);
    }
    // with nothing known there are still rows
    if !known.contains(&true)
        && let Some(first) = (0..known.len()).find(|it| wants(wanted, *it))
    {
        known[first] = true;
    }
    for (at, name) in names.iter_mut().enumerate().filter(|(at, _)| !known[*at]) {
        if wants(wanted, at) {
            name.clear();
        } else {
            UNWANTED.clone_into(name);
        }
    }
    if legs.len() * known.iter().filter(|it| **it).count() > MAX_UNION {
        return Err(EngineError::refused("the union has too many tables with too many columns"));
    }
    let mut plans = Vec::with_capacity(legs.len());
    for (step, places) in legs {
        let exprs = names
            .iter()
            .zip(places.into_iter().zip(&types))
            .filter(|(name, _)| !name.is_empty() && *name != UNWANTED)
            .map(|(name, (place, ty))| {
                let value = match place {
                    Some(at) => step.column(at)?,
                    None => null_literal(*ty),
                };
                Ok(value.alias(name.as_str()))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        plans.push(Arc::new(LogicalPlanBuilder::new(step.plan).project(exprs)?.build()?));
    }
    if plans.len() == 1 {
        let plan = plans.pop().map(Arc::unwrap_or_clone).expect("checked");
        return Ok(Step { plan, names, types });
    }
    let plan = LogicalPlan::Union(Union::try_new(plans)?);
    Ok(Step { plan, names, types })
}

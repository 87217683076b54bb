//! From the language's plan to DataFusion's.
//!
//! Columns of the plan are positions, DataFusion's are names, so every step gives its columns
//! names nobody else has (`r7c0`, `r7c1`, …); the real names come back only at the very end, from
//! the plan. Relations inside expressions were evaluated before (`subquery.rs`), so what arrives
//! here is one tree.

pub(crate) mod arithmetic;
pub(crate) mod call;
pub(crate) mod compare;
pub(crate) mod constant;
pub(crate) mod decimal;
pub(crate) mod expand;
pub(crate) mod expr;
pub(crate) mod join;
pub(crate) mod membership;
pub(crate) mod parse;
pub(crate) mod range;
pub(crate) mod rel;
pub(crate) mod scan;
pub(crate) mod subquery;
pub(crate) mod summarize;
pub(crate) mod values;
pub(crate) mod window;
pub(crate) mod work;

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::Column as Name,
    logical_expr::{Expr, LogicalPlan},
};
use kql::{
    types::{Column, Type},
    work::External,
};

use crate::error::EngineError;

/// Where the rows of catalogue tables come from.
pub(crate) trait Sources {
    /// The table's rows, all those whose `Timestamp` is in the window among them.
    fn source(
        &self,
        name: &str,
        window: Option<(i64, i64)>,
    ) -> Result<Arc<dyn TableProvider>, EngineError>;
    /// The rows of a source outside.
    fn external(&self, _: &External, _: &[Column]) -> Result<Arc<dyn TableProvider>, EngineError> {
        Err(EngineError::refused(crate::outside::OFF))
    }
}

/// What a whole lowering shares.
pub(crate) struct LowerCx<'a> {
    sources: &'a dyn Sources,
    steps: usize,
}

impl<'a> LowerCx<'a> {
    /// For one query.
    pub(crate) fn new(sources: &'a dyn Sources) -> Self {
        Self { sources, steps: 0 }
    }

    /// A number no other step has.
    pub(crate) fn number(&mut self) -> usize {
        self.steps += 1;
        self.steps
    }

    /// The tables.
    pub(crate) fn sources(&self) -> &'a dyn Sources {
        self.sources
    }
}

/// A lowered step: its plan, and the internal name and type of each column.
pub(crate) struct Step {
    /// The plan so far.
    pub(crate) plan: LogicalPlan,
    /// Its columns' names there.
    pub(crate) names: Vec<String>,
    /// Their types in the language.
    pub(crate) types: Vec<Type>,
}

impl Step {
    /// A column by position.
    pub(crate) fn column(&self, at: usize) -> Result<Expr, EngineError> {
        self.names
            .get(at)
            .map(|name| named(name.as_str()))
            .ok_or_else(|| EngineError::plan(format!("there is no column {at}")))
    }

    /// The same columns over another plan.
    pub(crate) fn over(self, plan: LogicalPlan) -> Self {
        Self { plan, ..self }
    }
}

/// The names of the columns of step `number`.
pub(crate) fn names(number: usize, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("r{number}c{at}")).collect()
}

/// A column by its internal name.
pub(crate) fn named(name: impl Into<String>) -> Expr {
    Expr::Column(Name::new_unqualified(name))
}

/// The types of columns.
pub(crate) fn types(columns: &[Column]) -> Vec<Type> {
    columns.iter().map(|column| column.ty).collect()
}

#[cfg(test)]
mod tests;

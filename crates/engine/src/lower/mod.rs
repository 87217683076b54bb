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
pub(crate) mod empty;
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
pub(crate) mod union;
pub(crate) mod values;
pub(crate) mod wanted;
pub(crate) mod window;
pub(crate) mod work;

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::Column as Name,
    logical_expr::{Expr, LogicalPlan},
};
use kql::{
    plan::{BinaryOp, ExprKind},
    types::{Column, Type},
    work::External,
};

use crate::{arrow_types::null_literal, error::EngineError};

use wanted::{UNWANTED, Wanted};

/// Where the rows of catalogue tables come from.
pub(crate) trait Sources {
    /// The table's rows, all those whose `Timestamp` is in the window among them.
    fn source(
        &self,
        name: &str,
        window: Option<(i64, i64)>,
    ) -> Result<Arc<dyn TableProvider>, EngineError>;
    /// True when the table certainly has no rows in the window.
    fn is_empty(&self, _: &str, _: Option<(i64, i64)>) -> bool {
        false
    }
    /// The rows of a source outside.
    fn external(&self, _: &External, _: &[Column]) -> Result<Arc<dyn TableProvider>, EngineError> {
        Err(EngineError::refused(crate::outside::OFF))
    }
}

/// What a whole lowering shares.
pub(crate) struct LowerCx<'a> {
    sources: &'a dyn Sources,
    steps: usize,
    conditions: usize,
    /// What the step above wants of the one lowered next.
    wanted: Wanted,
}

/// Conditions that the rows of a query may have to meet together. DataFusion makes one chain of all
/// that stand over a table and walks it recursively.
const MOST_CONDITIONS: usize = 5_000;

impl<'a> LowerCx<'a> {
    /// For one query.
    pub(crate) fn new(sources: &'a dyn Sources) -> Self {
        Self { sources, steps: 0, conditions: 0, wanted: None }
    }

    /// A number no other step has.
    pub(crate) fn number(&mut self) -> usize {
        self.steps += 1;
        self.steps
    }

    /// Counts the conditions of a filter.
    pub(crate) fn count_conditions(
        &mut self,
        predicate: &kql::plan::Expr,
    ) -> Result<(), EngineError> {
        let mut open = vec![predicate];
        while let Some(expr) = open.pop() {
            if let ExprKind::Binary { op: BinaryOp::And, left, right } = &expr.kind {
                open.extend([left.as_ref(), right.as_ref()]);
                continue;
            }
            self.conditions += 1;
            if self.conditions > MOST_CONDITIONS {
                return Err(EngineError::refused(format!(
                    "the query has more than {MOST_CONDITIONS} conditions joined by `and`"
                )));
            }
        }
        Ok(())
    }

    /// The tables.
    pub(crate) fn sources(&self) -> &'a dyn Sources {
        self.sources
    }
}

/// A lowered step: its plan, and the internal name and type of each column. A column that no input
/// of a union has is not in the plan: its name is empty, and it is null. Neither is one that nobody
/// above wants: its name is [`UNWANTED`].
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
        match (self.names.get(at), self.types.get(at)) {
            (Some(name), Some(ty)) if name.is_empty() => Ok(null_literal(*ty)),
            (Some(name), _) if name != UNWANTED => Ok(named(name.as_str())),
            (Some(_), _) => Err(EngineError::plan(format!("column {at} was left out"))),
            _ => Err(EngineError::plan(format!("there is no column {at}"))),
        }
    }

    /// The columns that are in the plan.
    pub(crate) fn present(&self) -> impl Iterator<Item = (&str, Type)> {
        let all = self.names.iter().map(String::as_str).zip(self.types.iter().copied());
        all.filter(|(name, _)| !name.is_empty() && *name != UNWANTED)
    }

    /// What a projection makes of a column that it hands on.
    pub(crate) fn cell(&self, at: usize) -> Result<Cell, EngineError> {
        match self.names.get(at).map(String::as_str) {
            Some("") => Ok(Cell::Absent),
            Some(UNWANTED) => Ok(Cell::Unwanted),
            _ => self.column(at).map(Cell::Value),
        }
    }

    /// The same with every column in the plan that is wanted.
    pub(crate) fn filled(self, cx: &mut LowerCx<'_>) -> Result<Self, EngineError> {
        if self.names.iter().all(|it| !it.is_empty()) {
            return Ok(self);
        }
        let cells = (0..self.names.len()).map(|at| match self.cell(at)? {
            Cell::Absent => self.column(at).map(Cell::Value),
            cell => Ok(cell),
        });
        let cells = cells.collect::<Result<_, EngineError>>()?;
        rel::project_cells(cx, self.plan, cells, self.types)
    }

    /// The same columns over another plan.
    pub(crate) fn over(self, plan: LogicalPlan) -> Self {
        Self { plan, ..self }
    }
}

/// A column of a projection.
pub(crate) enum Cell {
    /// This.
    Value(Expr),
    /// In no table, so null.
    Absent,
    /// Nobody above wants it.
    Unwanted,
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

//! What one hunt sees of the world while its query is bound: tables, stored functions, watchlists,
//! and what was learned by running a part of the query first.
//!
//! The columns of `bag_unpack` and `pivot` hang on the data. The binder hands over a relation that
//! tells; the first time it is only noted, then the hunt runs it and binds the query once more.

use std::sync::{Arc, Mutex};

use kql::{
    Catalog, Probed, environment::Environment, hunt, plan::Rel, syntax::tree::Function,
    types::Column, value::Value,
};

use crate::{lower::rel::TIMESTAMP, outside, stored, tables, watchlist::Watchlists};

/// How often a query is bound anew, at most.
pub(crate) const MOST_ROUNDS: usize = 16;

/// In front of the name of a table that is meant without the look-back.
pub(crate) const WHOLE: &str = "all:";

/// What the functions begin with that the binder answers from watchlists.
const WATCHLISTS: &str = "_GetWatchlist";

/// One hunt's view.
pub(crate) struct View<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) watchlists: &'a Watchlists,
    pub(crate) outside: Option<&'a Arc<dyn hunt::Outside>>,
    pub(crate) probes: Mutex<Vec<Probe>>,
    /// Whose tables and functions there are; none means the lake's.
    pub(crate) environment: Option<Environment>,
}

/// A relation that tells columns, and its rows once it was run.
pub(crate) struct Probe {
    rel: Rel,
    rows: Option<Vec<Vec<Value>>>,
}

impl View<'_> {
    /// A relation that waits to be run.
    pub(crate) fn pending(&self) -> Option<Rel> {
        let probes = self.probes.lock().ok()?;
        probes.iter().find(|it| it.rows.is_none()).map(|it| it.rel.clone())
    }

    /// Notes the rows of a relation that waited.
    pub(crate) fn answer(&self, rel: &Rel, rows: Vec<Vec<Value>>) {
        let Ok(mut probes) = self.probes.lock() else { return };
        if let Some(probe) = probes.iter_mut().find(|it| it.rel == *rel) {
            probe.rows = Some(rows);
        }
    }
}

impl Catalog for View<'_> {
    fn table(&self, name: &str) -> Option<Vec<Column>> {
        if let Some(table) = name.strip_prefix(WHOLE) {
            // without `Timestamp` there is nothing for the look-back to hold on to
            let mut columns = tables::all().get(table).map(tables::Table::columns)?;
            columns.retain(|it| it.name != TIMESTAMP);
            return Some(columns);
        }
        match self.environment {
            Some(environment) => environment.table(name),
            None => tables::all().get(name).map(tables::Table::columns),
        }
    }

    fn table_names(&self) -> Vec<String> {
        match self.environment {
            Some(environment) => environment.table_names(),
            None => tables::all().keys().cloned().collect(),
        }
    }

    fn function(&self, name: &str) -> Option<Arc<Function>> {
        let Some(environment) = self.environment else { return stored::function(name) };
        // an environment only describes; what the lake answers for counts, as do real watchlists
        let described = environment.function(name).filter(|_| !name.starts_with(WATCHLISTS))?;
        Some(stored::function(name).unwrap_or(described))
    }

    fn function_names(&self) -> Vec<String> {
        match self.environment {
            Some(environment) => environment.function_names(),
            None => stored::names(),
        }
    }

    fn is_scope(&self, name: &str) -> bool {
        self.environment.is_some_and(|it| it.is_scope(name))
    }

    fn watchlist(&self, name: &str) -> Option<Vec<Column>> {
        self.watchlists.columns(self.tenant, name)
    }

    fn may_read(&self, address: &str) -> Result<(), String> {
        match self.outside {
            Some(outside) => outside.may_read(address),
            None => Err(outside::OFF.to_owned()),
        }
    }

    fn probe(&self, rel: &Rel) -> Probed {
        let Ok(mut probes) = self.probes.lock() else { return Probed::Unknowable };
        if let Some(known) = probes.iter().find(|it| it.rel == *rel) {
            return known.rows.clone().map_or(Probed::Pending, Probed::Rows);
        }
        if probes.len() < MOST_ROUNDS * 4 {
            probes.push(Probe { rel: rel.clone(), rows: None });
        }
        Probed::Pending
    }
}

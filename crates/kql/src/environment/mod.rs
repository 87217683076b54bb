//! The environments that published queries are written for: which tables and functions exist.
//!
//! They are the project's own data (`schema/hunting/`), for checking queries without any rows:
//! `xdr` is Advanced Hunting, `sentinel` Log Analytics, `unified` both with the column types of the
//! former and `unified-la` with those of the latter, `remote` the same as `unified` with scopes such
//! as `workspace(...)` in which any table may be. Tables are read when first asked for.

mod hunting;
mod log_analytics;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, LazyLock},
};

use crate::{
    compile::Catalog,
    syntax::{
        self,
        tree::{Function, LetValue, Statement},
    },
    types::Column,
};

/// Their names, in the order in which one is looked for that fits a query.
pub const NAMES: [&str; 5] = ["xdr", "sentinel", "unified", "unified-la", "remote"];

const HUNTING_FUNCTIONS: &str = include_str!("../../../../schema/hunting/functions-hunting.kql");
const LOG_ANALYTICS_FUNCTIONS: &str =
    include_str!("../../../../schema/hunting/functions-log-analytics.kql");

/// Scopes outside the workspace, with tables that nobody here knows.
const SCOPES: [&str; 5] = ["adx", "app", "arg", "resource", "workspace"];

/// The tables and functions of one environment.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// Whose tables count, and whose types where both have a column.
    sources: &'static [Source],
    scopes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Hunting,
    LogAnalytics,
}

/// An environment by its name.
pub fn named(name: &str) -> Option<Environment> {
    use Source::{Hunting, LogAnalytics};
    let sources: &'static [Source] = match name {
        "xdr" => &[Hunting],
        "sentinel" => &[LogAnalytics],
        "unified" | "remote" => &[Hunting, LogAnalytics],
        "unified-la" => &[LogAnalytics, Hunting],
        _ => return None,
    };
    Some(Environment { sources, scopes: name == "remote" })
}

impl Source {
    fn table(self, name: &str) -> Option<Vec<Column>> {
        match self {
            Self::Hunting => hunting::table(name),
            Self::LogAnalytics => log_analytics::table(name),
        }
    }

    fn names(self) -> Vec<&'static str> {
        match self {
            Self::Hunting => hunting::names(),
            Self::LogAnalytics => log_analytics::names(),
        }
    }

    fn functions(self) -> &'static Definitions {
        static HUNTING: LazyLock<Definitions> = LazyLock::new(|| definitions(HUNTING_FUNCTIONS));
        static LOG_ANALYTICS: LazyLock<Definitions> =
            LazyLock::new(|| definitions(LOG_ANALYTICS_FUNCTIONS));
        match self {
            Self::Hunting => &HUNTING,
            Self::LogAnalytics => &LOG_ANALYTICS,
        }
    }
}

type Definitions = BTreeMap<String, Arc<Function>>;

/// The functions that a text of `let` statements defines.
fn definitions(text: &str) -> Definitions {
    let parsed = syntax::parse(text);
    let statements = parsed.query.statements.into_iter();
    statements
        .filter_map(|it| match it {
            Statement::Let { name, value: LetValue::Function(function) } => {
                Some((name.text, Arc::new(function)))
            }
            _ => None,
        })
        .collect()
}

impl Catalog for Environment {
    fn table(&self, name: &str) -> Option<Vec<Column>> {
        let mut found = self.sources.iter().filter_map(|it| it.table(name));
        let mut columns = found.next()?;
        for other in found {
            let known: HashSet<String> = columns.iter().map(|it| it.name.clone()).collect();
            columns.extend(other.into_iter().filter(|it| !known.contains(&it.name)));
        }
        Some(columns)
    }

    fn table_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.sources.iter().flat_map(|it| it.names()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.sources.iter().find_map(|it| it.functions().get(name)).map(Arc::clone)
    }

    fn function_names(&self) -> Vec<String> {
        self.sources.iter().flat_map(|it| it.functions().keys().cloned()).collect()
    }

    fn is_scope(&self, name: &str) -> bool {
        name == "cluster" || self.scopes && SCOPES.contains(&name)
    }
}

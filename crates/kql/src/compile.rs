//! From text to plan: the one entry point of the crate.
//!
//! Everything a query can see comes in through [`Env`]; the same text and the same `Env` always
//! give the same plan. Findings never stop the work early: what can still be checked is checked.

use crate::{
    bind::Binder,
    codes,
    diagnostic::{Diagnostic, Severity, Span},
    function::Functions,
    plan::Rel,
    syntax,
    types::Column,
};

/// The tables a query may read.
pub trait Catalog {
    /// The columns of a table, none when there is no such table. Case counts.
    fn table(&self, name: &str) -> Option<Vec<Column>>;
    /// Every table, for wildcards and hints.
    fn table_names(&self) -> Vec<String>;
}

/// What a query sees of the world.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Its tables.
    pub catalog: &'a dyn Catalog,
    /// What it may call.
    pub functions: &'a Functions,
    /// What `now()` says, in ticks.
    pub now: i64,
    /// Bounds on `Timestamp` in ticks, both ends included; none is unlimited.
    pub window: Option<(i64, i64)>,
}

/// What came of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The plan; present exactly when no diagnostic is an error.
    pub plan: Option<Rel>,
    /// Findings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a query.
pub fn compile(text: &str, env: &Env<'_>) -> Compiled {
    let parsed = syntax::parse(text);
    let mut diagnostics = parsed.diagnostics;
    let broken = diagnostics.iter().any(|it| it.severity == Severity::Error);
    let mut plan = None;
    if !broken {
        let (rel, found) = Binder::bind(&parsed.query, env);
        plan = rel;
        diagnostics.extend(found);
    }
    let erred = |it: &Diagnostic| it.severity == Severity::Error;
    if plan.is_none() && !diagnostics.iter().any(erred) {
        let message = "the query cannot be understood";
        diagnostics.push(Diagnostic::error(codes::EXPECTED, Span::new(0, text.len()), message));
    }
    diagnostics.sort_by_key(|it| (it.span.start, it.span.end));
    diagnostics.dedup();
    if diagnostics.iter().any(erred) {
        plan = None;
    }
    Compiled { plan, diagnostics }
}

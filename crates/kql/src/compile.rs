//! From text to plan: the one entry point of the crate.
//!
//! Everything a query can see comes in through [`Env`]; the same text and the same `Env` always
//! give the same plan. Findings never stop the work early: what can still be checked is checked.

use std::sync::Arc;

use crate::{
    bind::{Binder, Guesses},
    codes,
    diagnostic::{Diagnostic, Severity, Span},
    function::Functions,
    plan::Rel,
    syntax::{self, tree::Function},
    types::Column,
    value::Value,
};

/// The tables a query may read.
pub trait Catalog {
    /// The columns of a table, none when there is no such table. Case counts.
    fn table(&self, name: &str) -> Option<Vec<Column>>;
    /// Every table, for wildcards and hints.
    fn table_names(&self) -> Vec<String>;
    /// A stored function that queries may call; a function of the query comes before it.
    fn function(&self, _name: &str) -> Option<Arc<Function>> {
        None
    }
    /// Every stored function, for hints.
    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }
    /// The columns of a watchlist; none where there is no such.
    fn watchlist(&self, _name: &str) -> Option<Vec<Column>> {
        None
    }
    /// Whether `externaldata` may read an address; the error says why not.
    fn may_read(&self, _address: &str) -> Result<(), String> {
        Ok(())
    }
    /// The rows of a relation that tells which columns there are.
    fn probe(&self, _probe: &Rel) -> Probed {
        Probed::Unknowable
    }
    /// True for `workspace` and the like where `workspace("x").Table` may name any table.
    fn is_scope(&self, _name: &str) -> bool {
        false
    }
}

/// What is known of a relation that has to be run while a query is bound.
#[derive(Clone, Debug, PartialEq)]
pub enum Probed {
    /// Nothing is run here.
    Unknowable,
    /// It will be run, and the query bound once more.
    Pending,
    /// Its rows.
    Rows(Vec<Vec<Value>>),
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
    /// The query reads a source whose columns only data can tell; those it names were guessed, and
    /// further ones may come out.
    pub open: bool,
}

/// How often a query is bound anew to guess columns of open sources.
const MAX_ROUNDS: usize = 24;

/// Reads and checks a query.
pub fn compile(text: &str, env: &Env<'_>) -> Compiled {
    let parsed = syntax::parse(text);
    let mut diagnostics = parsed.diagnostics;
    let erred = |it: &Diagnostic| it.severity == Severity::Error;
    let broken = diagnostics.iter().any(erred);
    let mut plan = None;
    let mut open = false;
    let mut guesses = Guesses::default();
    for round in 1..=MAX_ROUNDS {
        let bound = Binder::bind(&parsed.query, env, guesses);
        guesses = bound.guesses;
        open = guesses.is_open();
        if !guesses.has_grown() || round == MAX_ROUNDS {
            plan = bound.rel;
            let mut found = bound.diagnostics;
            if broken {
                // what is left of a broken text is still looked at, apart from the broken places
                open = false;
                found.retain(|it| it.code != codes::EMPTY && !touches_any(it.span, &diagnostics));
            }
            diagnostics.extend(found);
            break;
        }
    }
    if plan.is_none() && !diagnostics.iter().any(erred) {
        let message = "the query cannot be understood";
        diagnostics.push(Diagnostic::error(codes::EXPECTED, Span::new(0, text.len()), message));
    }
    diagnostics.sort_by_key(|it| (it.span.start, it.span.end));
    diagnostics.dedup();
    if diagnostics.iter().any(erred) {
        plan = None;
    }
    Compiled { plan, diagnostics, open }
}

/// True where a finding is about the place of another.
fn touches_any(span: Span, others: &[Diagnostic]) -> bool {
    others.iter().any(|it| span.start <= it.span.end && it.span.start <= span.end)
}

//! Syntax tree to plan: every name resolved, every type checked, all sugar gone.
//!
//! Binding functions return `Option`: none means that the mistake is already reported. A name whose
//! value is broken is remembered, so that its uses are not reported as well. `let`s and functions
//! are inlined; `limits` keeps what that multiplies in bounds. Nothing here runs a query.

mod about_columns;
mod aggregate;
mod arithmetic;
mod call;
mod compare;
mod convert;
mod expression;
mod function;
mod graph;
mod grouped;
mod limits;
mod membership;
mod naming;
mod open;
mod operators;
mod outside;
mod path;
mod pattern;
mod plugins;
mod rewrite;
mod scope;
mod several;
mod special;
mod statement;
mod table;
mod template;
mod text;
mod window;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use crate::{
    codes,
    compile::Env,
    diagnostic::{Diagnostic, Severity, Span, keep_first},
    plan::{Expr, Rel},
    syntax::tree::{Query, TablePattern},
};

pub(crate) use arithmetic::{MAX_STACKED, sign};
pub(crate) use open::Guesses;
use scope::{Cx, Scope};

/// How many diagnostics are kept.
const MAX_DIAGNOSTICS: usize = 50;
/// How many are looked at; nothing more is bound behind so many errors.
const MAX_REPORTS: usize = 500;

/// A value or a table.
#[expect(clippy::large_enum_variant, reason = "short-lived, one at a time")]
enum Bound {
    Scalar(Expr),
    Table(Rel),
}

/// The binder's state.
pub(crate) struct Binder<'e> {
    env: &'e Env<'e>,
    diagnostics: Vec<Diagnostic>,
    scope: Scope,
    /// Columns whose expression is broken.
    poisoned: HashSet<String>,
    /// Plan nodes made so far.
    nodes: usize,
    /// How many calls of the query's functions we are in.
    calls: usize,
    /// Numbers the places in which columns have a meaning.
    places: usize,
    /// What open sources are thought to have.
    guesses: Guesses,
    /// How many errors were reported, repeated ones too.
    errors: usize,
    /// How many warnings were.
    warnings: usize,
    /// What `declare pattern` named.
    patterns: HashMap<String, Rc<TablePattern>>,
    /// What each `restrict access` leaves, by names or patterns.
    readable: Vec<Vec<String>>,
}

/// What came of binding a query once.
pub(crate) struct Outcome {
    /// The plan, none when it has a mistake.
    pub(crate) rel: Option<Rel>,
    /// Findings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What open sources are thought to have, for the next round.
    pub(crate) guesses: Guesses,
}

impl<'e> Binder<'e> {
    /// Binds a query.
    pub(crate) fn bind(query: &Query, env: &'e Env<'e>, guesses: Guesses) -> Outcome {
        let mut binder = Self {
            env,
            diagnostics: Vec::new(),
            scope: Scope::default(),
            poisoned: HashSet::new(),
            nodes: 0,
            calls: 0,
            places: 0,
            guesses: guesses.again(),
            errors: 0,
            warnings: 0,
            patterns: HashMap::new(),
            readable: Vec::new(),
        };
        let rel = binder.query(query).map(Self::unmarked);
        keep_first(&mut binder.diagnostics, MAX_DIAGNOSTICS);
        let Self { diagnostics, mut guesses, nodes, .. } = binder;
        guesses.spend(nodes);
        Outcome { rel, diagnostics, guesses }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        let count = if error { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count > MAX_REPORTS {
            return;
        }
        // a body that is inlined twice makes the same mistake twice
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn error<T>(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Option<T> {
        self.report(Diagnostic::error(code, span, message));
        None
    }

    fn warn(&mut self, span: Span, message: impl Into<String>) {
        let warning = Diagnostic::error(codes::IGNORED, span, message);
        self.report(Diagnostic { severity: Severity::Warning, ..warning });
    }

    /// Looks at something and forgets what was found wrong with it.
    fn quietly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let kept = (self.diagnostics.len(), self.errors, self.warnings);
        let result = look(self);
        self.diagnostics.truncate(kept.0);
        (self.errors, self.warnings) = (kept.1, kept.2);
        result
    }

    /// A context over columns.
    fn over<'c>(&mut self, columns: &'c [crate::types::Column]) -> Cx<'c> {
        self.places += 1;
        Cx { columns, place: self.places, aggregates: None, windows: None }
    }
}

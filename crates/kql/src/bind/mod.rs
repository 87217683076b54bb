//! Syntax tree to plan: every name resolved, every type checked, all sugar gone.
//!
//! Binding functions return `Option`: none means that the mistake is already reported. A name whose
//! value is broken is remembered, so that its uses are not reported as well. `let`s and functions
//! are inlined; `limits` keeps what that multiplies in bounds. Nothing here runs a query.

mod aggregate;
mod arithmetic;
mod call;
mod compare;
mod convert;
mod expression;
mod function;
mod limits;
mod membership;
mod naming;
mod operators;
mod path;
mod scope;
mod special;
mod statement;
mod table;
mod text;
mod window;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::{
    codes,
    compile::Env,
    diagnostic::{Diagnostic, Severity, Span},
    plan::{Expr, Rel},
    syntax::tree::Query,
};

pub(crate) use arithmetic::{MAX_STACKED, sign};
use scope::{Cx, Scope};

/// How many diagnostics are kept.
const MAX_DIAGNOSTICS: usize = 50;

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
}

impl<'e> Binder<'e> {
    /// Binds a query.
    pub(crate) fn bind(query: &Query, env: &'e Env<'e>) -> (Option<Rel>, Vec<Diagnostic>) {
        let mut binder = Self {
            env,
            diagnostics: Vec::new(),
            scope: Scope::default(),
            poisoned: HashSet::new(),
            nodes: 0,
            calls: 0,
            places: 0,
        };
        let rel = binder.query(query);
        binder.diagnostics.truncate(MAX_DIAGNOSTICS);
        (rel, binder.diagnostics)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
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

    /// A context over columns.
    fn over<'c>(&mut self, columns: &'c [crate::types::Column]) -> Cx<'c> {
        self.places += 1;
        Cx { columns, place: self.places, aggregates: None, windows: None }
    }
}

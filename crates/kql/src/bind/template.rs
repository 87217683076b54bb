//! Operators that are written in the language itself: a text with the operator's input and
//! arguments as names in it.
//!
//! The text sees nothing but what it is given, so a query's own names cannot get in its way. What
//! is wrong inside is reported at the operator.

use crate::{
    codes,
    diagnostic::{Diagnostic, Severity, Span},
    plan::{Expr, Rel},
    syntax,
    syntax::tree::Statement,
};

use super::{
    Binder,
    scope::{Cx, Meaning},
};

/// What a template is given.
pub(super) struct Given(Vec<(String, Meaning)>);

impl Given {
    /// A table called `T`.
    pub(super) fn table(rel: Rel) -> Self {
        Self(vec![("T".to_owned(), Binder::table_meaning(rel))])
    }

    /// And another one.
    pub(super) fn and_table(mut self, name: &str, rel: Rel) -> Self {
        self.0.push((name.to_owned(), Binder::table_meaning(rel)));
        self
    }

    /// And a constant.
    pub(super) fn and(mut self, name: &str, value: Expr) -> Self {
        self.0.push((name.to_owned(), Binder::scalar_meaning(value, Cx::CONSTANT)));
        self
    }
}

impl Binder<'_> {
    /// The table of a template.
    pub(super) fn template(&mut self, text: &str, given: Given, span: Span) -> Option<Rel> {
        let parsed = syntax::parse(text);
        if let Some(problem) = parsed.diagnostics.first() {
            let message = format!("a template of the program is broken: {}", problem.message);
            return self.error(codes::UNSUPPORTED, span, message);
        }
        let kept = self.diagnostics.len();
        let hidden = self.scope.split_off(0);
        for (name, meaning) in given.0 {
            self.scope.push(name, meaning);
        }
        let mut result = None;
        for statement in &parsed.query.statements {
            match statement {
                Statement::Expr(expr) => result = self.table(expr),
                other => self.statement(other, Cx::CONSTANT, 0),
            }
        }
        self.scope.split_off(0);
        self.scope.restore(hidden);
        let inside = self.diagnostics.split_off(kept.min(self.diagnostics.len()));
        let problem = inside.into_iter().find(|it| it.severity == Severity::Error);
        if let Some(problem) = problem {
            self.report(Diagnostic { span, ..problem });
            return None;
        }
        self.fits(result?, span)
    }
}

/// A name in a template, whatever characters it has.
pub(super) fn quoted(name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('\'', "\\'");
    format!("['{name}']")
}

/// A text in a template.
pub(super) fn quoted_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

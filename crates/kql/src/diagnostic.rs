//! What is wrong with a query: where, a stable code, and what would be right.

use std::fmt;

/// A half-open byte range in the query text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from its ends.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span over both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// How bad it is. Only errors stop a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The query cannot run.
    Error,
    /// It runs; the reader should know.
    Warning,
}

/// Keeps the first findings of either severity, so that warnings never push an error out.
pub(crate) fn keep_first(diagnostics: &mut Vec<Diagnostic>, most: usize) {
    let (mut errors, mut warnings) = (0, 0);
    diagnostics.retain(|it| {
        let count = if it.severity == Severity::Error { &mut errors } else { &mut warnings };
        *count += 1;
        *count <= most
    });
}

/// One finding. Messages blame the text, never the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, like `KQL0104`; `docs/kql-diagnostics.md` lists them.
    pub code: &'static str,
    /// Where in the text.
    pub span: Span,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, one line, with the offending name in it.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without help.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, severity: Severity::Error, message: message.into(), help: None }
    }

    /// The same with help; an empty one is none.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    /// One line with line and column: `line 2, column 9: KQL0104: no column …; help`.
    pub fn at_line(&self, text: &str) -> String {
        let start = self.span.start.min(text.len());
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("line {line}, column {column}: {self}")
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

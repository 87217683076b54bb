//! `has`, `contains`, `=~`, `matches regex` and their kin.

use crate::{
    codes,
    diagnostic::Diagnostic,
    plan::{BinaryOp, Expr, ExprKind, TextTest},
    syntax::tree::{self, ExprKind as Syntax},
    types::Type,
    value::Value,
};

use super::{
    Binder,
    expression::{balanced, node},
    scope::Cx,
};

impl Binder<'_> {
    /// One test; the caller saw that it is one.
    pub(super) fn text_test(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        let Syntax::Text { test, fold, negate, word, source, needle } = &expr.kind else {
            return None;
        };
        let span = expr.span;
        if matches!(source.kind, Syntax::Star) {
            let needle = self.expr(needle, cx)?;
            let needle = self.text_operand(needle, word)?;
            return self.any_column(*test, *fold, *negate, &needle, expr, cx);
        }
        let (source, needle) = (self.expr(source, cx), self.expr(needle, cx));
        let (source, needle) = (source?, needle?);
        let (left, right) = (source.ty, needle.ty);
        let terms = matches!(test, TextTest::Has | TextTest::HasPrefix | TextTest::HasSuffix);
        let parts = terms
            && matches!(
                needle.kind,
                ExprKind::Literal(Value::Dynamic(
                    serde_json::Value::Array(_) | serde_json::Value::Object(_)
                ))
            );
        if !is_text(left) || !is_text(right) || parts {
            let message = format!("`{word}` does not work on {} and {}", left.name(), right.name());
            self.report(
                Diagnostic::error(codes::OPERAND, span, message)
                    .help("convert with `tostring(...)`"),
            );
            return None;
        }
        let (source, needle) =
            (self.converted(source, Type::String)?, self.converted(needle, Type::String)?);
        if *test == TextTest::MatchesRegex {
            self.pattern(&needle)?;
        }
        let (source, needle) = (Box::new(source), Box::new(needle));
        let kind = ExprKind::Text { test: *test, fold: *fold, negate: *negate, source, needle };
        Some(node(kind, Type::Bool, span))
    }

    /// `* has "x"`: the test on every column.
    fn any_column(
        &mut self,
        test: TextTest,
        fold: bool,
        negate: bool,
        needle: &Expr,
        expr: &tree::Expr,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        let span = expr.span;
        let mut tests = Vec::new();
        for (at, column) in cx.columns.iter().enumerate() {
            self.charge(3, span)?;
            let source = node(ExprKind::Column(at), column.ty, span);
            let source = Box::new(self.converted(source, Type::String)?);
            let needle = Box::new(needle.clone());
            let kind = ExprKind::Text { test, fold, negate, source, needle };
            tests.push(node(kind, Type::Bool, span));
        }
        if tests.is_empty() {
            return Some(node(ExprKind::Literal(Value::Bool(negate)), Type::Bool, span));
        }
        let op = if negate { BinaryOp::And } else { BinaryOp::Or };
        Some(balanced(op, Type::Bool, tests))
    }

    /// A text, or a dynamic value as text.
    pub(super) fn text_operand(&mut self, expr: Expr, word: &str) -> Option<Expr> {
        if !is_text(expr.ty) {
            let message = format!("`{word}` does not work on {}", expr.ty.name());
            self.report(
                Diagnostic::error(codes::OPERAND, expr.span, message)
                    .help("convert with `tostring(...)`"),
            );
            return None;
        }
        self.converted(expr, Type::String)
    }

    /// Checks a pattern that is already known.
    fn pattern(&mut self, needle: &Expr) -> Option<()> {
        let ExprKind::Literal(Value::String(pattern)) = &needle.kind else { return Some(()) };
        let pattern = crate::pattern::translated(pattern);
        let Err(problem) = regex::Regex::new(&pattern) else { return Some(()) };
        let reason = match &problem {
            // the last line of a syntax error says what is wrong, those above draw it
            regex::Error::Syntax(text) => {
                let last = text.lines().last().unwrap_or_default().trim();
                last.strip_prefix("error: ").unwrap_or(last).to_owned()
            }
            other => other.to_string(),
        };
        let message = format!("the pattern is not a regular expression: {reason}");
        self.error(codes::REGEX, needle.span, message)
    }
}

fn is_text(ty: Type) -> bool {
    matches!(ty, Type::String | Type::Dynamic)
}

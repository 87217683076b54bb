//! Statements: names come to mean something, and the last expression is the answer.

use std::{rc::Rc, sync::Arc};

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Op, Rel},
    syntax::tree::{self, LetValue, Query, Statement},
    types::Column,
};

use super::{
    Binder, Bound, limits,
    scope::{Cx, Meaning},
    special,
};

impl Binder<'_> {
    /// A whole query.
    pub(super) fn query(&mut self, query: &Query) -> Option<Rel> {
        let mut answer = None;
        let mut last: Option<Span> = None;
        for statement in &query.statements {
            if let Statement::Expr(expr) = statement {
                if let Some(span) = last {
                    self.warn(span, "only the last query of the text is answered");
                }
                last = Some(expr.span);
                answer = self.answered(expr).and_then(|rel| self.fits(rel, expr.span));
            } else {
                self.statement(statement, Cx::CONSTANT, 0);
            }
        }
        if last.is_none() {
            let message = "there is nothing to answer: the text only has `let` or `set`";
            self.report(
                Diagnostic::error(codes::EMPTY, Span::default(), message)
                    .help("end with a query, such as the name of a table"),
            );
        }
        answer
    }

    /// What an expression answers: a table, or a value as `print` would show it.
    fn answered(&mut self, expr: &tree::Expr) -> Option<Rel> {
        if matches!(expr.kind, tree::ExprKind::Pipe { .. } | tree::ExprKind::Source(_))
            || matches!(&expr.kind, tree::ExprKind::Name(name) if self.known(name).is_none())
        {
            return self.table(expr);
        }
        match self.any(expr, Cx::CONSTANT)? {
            Bound::Table(rel) => Some(rel),
            Bound::Scalar(value) => {
                let columns = vec![Column::new("print_0", value.ty)];
                let row = Rel { op: Op::Values { rows: vec![Vec::new()] }, columns: Vec::new() };
                Some(Rel { op: Op::Project { input: Box::new(row), exprs: vec![value] }, columns })
            }
        }
    }

    /// A statement other than an expression. Names given since the stack had the length `frame`
    /// may not be given again.
    pub(super) fn statement(&mut self, statement: &Statement, cx: Cx<'_>, frame: usize) {
        match statement {
            Statement::Let { name, value } => {
                if self.scope.given_since(&name.text, frame) {
                    let message = format!("`{}` is already defined", name.text);
                    self.error::<()>(codes::DUPLICATE, name.span, message);
                }
                let meaning = match value {
                    LetValue::Function(function) => Meaning::Function {
                        function: Arc::new(function.clone()),
                        sees: self.scope.len(),
                    },
                    LetValue::Expr(expr) => self.meaning(expr, cx),
                    LetValue::Broken => Meaning::Broken,
                };
                self.scope.push(&name.text, meaning);
            }
            Statement::Set { name } => {
                self.warn(name.span, format!("`set {}` has no effect here", name.text));
            }
            Statement::Declare { params } => {
                for param in params {
                    let meaning = if let (Some(default), tree::ParamType::Scalar(ty)) =
                        (&param.default, &param.ty)
                    {
                        self.expr(default, cx)
                            .and_then(|it| self.fitted(it, *ty))
                            .map_or(Meaning::Broken, |it| Self::scalar_meaning(it, cx))
                    } else {
                        let message = format!("parameter `{}` has no value", param.name.text);
                        self.error::<()>(codes::ARGUMENT_COUNT, param.name.span, message);
                        Meaning::Broken
                    };
                    self.scope.push(&param.name.text, meaning);
                }
            }
            Statement::Pattern(pattern) => {
                self.patterns.insert(pattern.name.text.clone(), Rc::new(pattern.clone()));
            }
            Statement::Restrict { tables } => self.restrict(tables),
            Statement::Alias { name } => {
                self.warn(name.span, format!("`{}` is elsewhere; nothing reads it", name.text));
            }
            Statement::Expr(expr) => self.warn(expr.span, "the value is not used"),
        }
    }

    /// From here on only these tables are there; each `restrict` narrows the one before.
    fn restrict(&mut self, tables: &[tree::Expr]) {
        let mut readable = Vec::new();
        for table in tables {
            let (tree::ExprKind::Name(name) | tree::ExprKind::Wildcard(name)) = &table.kind else {
                let message = "`restrict access` takes names of tables";
                self.error::<()>(codes::EXPECTED, table.span, message);
                continue;
            };
            readable.push(name.clone());
        }
        // a name in the scope, so that bodies of functions from before do not see it
        self.scope.push(restriction(self.readable.len()), Meaning::Broken);
        self.readable.push(readable);
    }

    /// True unless a `restrict access` took the table away.
    pub(super) fn may_read(&self, name: &str) -> bool {
        let like = |pattern: &String| {
            super::operators::wildcard(name, &pattern.split('*').collect::<Vec<_>>())
        };
        let mut rules = self.readable.iter().enumerate();
        rules.all(|(at, it)| self.scope.get(&restriction(at)).is_none() || it.iter().any(like))
    }

    fn meaning(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Meaning {
        match self.any(expr, cx) {
            None => Meaning::Broken,
            Some(Bound::Scalar(value)) => {
                if limits::expr(&value).height > limits::MAX_HEIGHT {
                    self.too_deep::<()>(expr.span);
                    return Meaning::Broken;
                }
                Self::scalar_meaning(value, cx)
            }
            Some(Bound::Table(rel)) => match self.fits(rel, expr.span) {
                Some(rel) => Self::table_meaning(match rel.worth_keeping_at() {
                    Some(uses) => special::shared(rel, uses),
                    None => rel,
                }),
                None => Meaning::Broken,
            },
        }
    }

    /// The meaning of a bound value.
    pub(super) fn scalar_meaning(expr: crate::plan::Expr, cx: Cx<'_>) -> Meaning {
        let size = limits::expr(&expr).size;
        let place = (!limits::is_constant(&expr)).then_some(cx.place);
        Meaning::Scalar { expr: Rc::new(expr), place, size }
    }

    /// The meaning of a bound table.
    pub(super) fn table_meaning(rel: Rel) -> Meaning {
        let size = limits::rel(&rel).size;
        Meaning::Table { rel: Rc::new(rel), size }
    }

    /// Refuses a table that is stacked too high.
    pub(super) fn fits(&mut self, rel: Rel, span: Span) -> Option<Rel> {
        if limits::rel(&rel).height > limits::MAX_HEIGHT { self.too_deep(span) } else { Some(rel) }
    }
}

/// The name by which a restriction stands in the scope; no query can write it.
fn restriction(at: usize) -> String {
    format!("\u{2}restriction {at}")
}

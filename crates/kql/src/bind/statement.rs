//! Statements: names come to mean something, and the last expression is the answer.

use std::rc::Rc;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::Rel,
    syntax::tree::{self, LetValue, Query, Statement},
};

use super::{
    Binder, Bound, limits,
    scope::{Cx, Meaning},
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
                answer = self.table(expr).and_then(|rel| self.fits(rel, expr.span));
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
                        function: Rc::new(function.clone()),
                        sees: self.scope.len(),
                    },
                    LetValue::Expr(expr) => self.meaning(expr, cx),
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
            Statement::Expr(expr) => self.warn(expr.span, "the value is not used"),
        }
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
                Some(rel) => Self::table_meaning(rel),
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

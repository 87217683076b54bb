//! `bag.key`, `array[0]`.

use crate::{
    codes,
    diagnostic::Diagnostic,
    plan::{Expr, ExprKind},
    syntax::tree::{self, ExprKind as Syntax, Step},
    types::Type,
};

use super::{
    Binder,
    convert::widened,
    expression::{node, text},
    scope::Cx,
};

impl Binder<'_> {
    /// A value inside a dynamic value.
    pub(super) fn path(&mut self, base: &tree::Expr, steps: &[Step], cx: Cx<'_>) -> Option<Expr> {
        if let Syntax::Call { name, .. } = &base.kind
            && matches!(
                name.text.as_str(),
                "database" | "cluster" | "workspace" | "app" | "adx" | "arg"
            )
        {
            return self.unreachable(name);
        }
        let mut value = self.expr(base, cx)?;
        if value.ty != Type::Dynamic {
            let message = format!("only dynamic values have members, this is {}", value.ty.name());
            let problem = Diagnostic::error(codes::OPERAND, base.span, message);
            self.report(if value.ty == Type::String {
                problem.help("`parse_json(...)` makes it dynamic")
            } else {
                problem
            });
            return None;
        }
        for step in steps {
            let index = match step {
                Step::Member(name) => text(name.text.as_str(), name.span),
                Step::Index(index) => self.index(index, cx)?,
                Step::Method(name, _) => return self.unreachable(name),
            };
            self.charge(2, index.span)?;
            let span = base.span.to(index.span);
            let (source, index) = (Box::new(value), Box::new(index));
            value = node(ExprKind::Index { source, index }, Type::Dynamic, span);
        }
        Some(value)
    }

    fn index(&mut self, index: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        let index = self.expr(index, cx)?;
        match index.ty {
            Type::String | Type::Long => Some(index),
            Type::Int => Some(widened(index, Type::Long)),
            Type::Dynamic => self.converted(index, Type::String),
            other => {
                let message = format!("an index is a number or a key, this is {}", other.name());
                self.error(codes::OPERAND, index.span, message)
            }
        }
    }
}

//! Calls of patterns: the arguments choose which body is bound.

use crate::{
    codes,
    diagnostic::Span,
    plan::{ExprKind, Rel},
    syntax::tree::{Arg, Name, Statement, Step},
    value::Value,
};

use super::{Binder, Bound, function::MAX_CALLS, scope::Cx};

impl Binder<'_> {
    /// The table of a call of a pattern; none when the name is none.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn pattern_call(
        &mut self,
        name: &Name,
        args: &[Arg],
        steps: &[Step],
        span: Span,
    ) -> Option<Option<Bound>> {
        let pattern = self.patterns.get(&name.text)?.clone();
        let path = match steps {
            [] => None,
            [Step::Member(name)] => Some(name.text.clone()),
            _ => None,
        };
        let mut given = Vec::with_capacity(args.len());
        for arg in args {
            let Some(value) = self.expr(&arg.value, Cx::CONSTANT) else { return Some(None) };
            let ExprKind::Literal(constant) = &value.kind else {
                let message = "a pattern is chosen by constants";
                return Some(self.error(codes::NOT_CONSTANT, value.span, message));
            };
            given.push(constant.clone());
        }
        if given.len() != pattern.params.len() {
            let (wanted, given) = (pattern.params.len(), given.len());
            let message = format!("`{}` takes {wanted} arguments, not {given}", name.text);
            return Some(self.error(codes::ARGUMENT_COUNT, span, message));
        }
        if self.calls >= MAX_CALLS {
            return Some(self.too_deep(span));
        }
        let mut chosen = None;
        for case in &pattern.cases {
            if case.path != path {
                continue;
            }
            let mut wanted = Vec::with_capacity(case.args.len());
            for arg in &case.args {
                match self.expr(arg, Cx::CONSTANT).map(|it| it.kind) {
                    Some(ExprKind::Literal(value)) => wanted.push(value),
                    _ => return Some(None),
                }
            }
            if wanted == given {
                chosen = Some(case);
                break;
            }
        }
        let Some(case) = chosen else {
            let message = format!("no case of the pattern `{}` fits these arguments", name.text);
            return Some(self.error(codes::ARGUMENT, span, message));
        };
        let frame = self.scope.len();
        let path = pattern.path.iter().zip(case.path.iter().cloned().map(Value::String));
        for (param, value) in pattern.params.iter().zip(given).chain(path) {
            let ty = value.ty().unwrap_or(crate::types::Type::String);
            let value = super::expression::node(ExprKind::Literal(value), ty, span);
            let meaning = Self::scalar_meaning(value, Cx::CONSTANT);
            self.scope.push(&param.name.text, meaning);
        }
        self.calls += 1;
        let result = self.case_body(&case.body, frame, span);
        self.calls -= 1;
        self.scope.split_off(frame);
        Some(result.map(Bound::Table))
    }

    fn case_body(&mut self, body: &[Statement], frame: usize, span: Span) -> Option<Rel> {
        let mut result = None;
        for (at, statement) in body.iter().enumerate() {
            match statement {
                Statement::Expr(expr) if at + 1 == body.len() => result = Some(self.table(expr)?),
                other => self.statement(other, Cx::CONSTANT, frame),
            }
        }
        if result.is_none() {
            return self.error(codes::EMPTY, span, "the case of the pattern has no result");
        }
        result
    }
}

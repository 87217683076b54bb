//! Functions that a query defines: their bodies are bound anew at each call, with the arguments
//! in place of the parameters.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    syntax::tree::{self, Arg, Param, ParamType, Statement},
    types::Type,
};

use super::{
    Binder, Bound, limits,
    scope::{Cx, Meaning},
};

/// How deep calls may stand in each other.
pub(super) const MAX_CALLS: usize = 24;

impl Binder<'_> {
    /// A call.
    pub(super) fn call_own(
        &mut self,
        name: &str,
        function: &tree::Function,
        sees: usize,
        args: &[Arg],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Bound> {
        if self.calls >= MAX_CALLS {
            let message = format!("functions call each other more than {MAX_CALLS} deep");
            return self.error(codes::TOO_DEEP, span, message);
        }
        let given = self.matched(name, &function.params, args, span)?;
        let mut meanings = Vec::with_capacity(given.len());
        for (param, value) in function.params.iter().zip(given) {
            // a default is written at the definition and sees no columns
            let cx = if args.iter().any(|it| std::ptr::eq(&raw const it.value, value)) {
                cx
            } else {
                Cx::CONSTANT
            };
            meanings.push((param.name.text.clone(), self.given(param, value, cx)?));
        }
        let tail = self.scope.split_off(sees);
        for (name, meaning) in meanings {
            self.scope.push(name, meaning);
        }
        self.calls += 1;
        let result = self.body(function, Cx { columns: &[], ..cx });
        self.calls -= 1;
        self.scope.split_off(sees);
        self.scope.restore(tail);
        let result = result?;
        let measure = match &result {
            Bound::Scalar(expr) => limits::expr(expr),
            Bound::Table(rel) => limits::rel(rel),
        };
        if measure.height > limits::MAX_HEIGHT {
            return self.too_deep(span);
        }
        self.charge(measure.size, span)?;
        Some(result)
    }

    /// The argument of each parameter, by place or by name.
    fn matched<'a>(
        &mut self,
        name: &str,
        params: &'a [Param],
        args: &'a [Arg],
        span: Span,
    ) -> Option<Vec<&'a tree::Expr>> {
        let mut given: Vec<Option<&tree::Expr>> = vec![None; params.len()];
        for (at, arg) in args.iter().enumerate() {
            let at = match &arg.name {
                None => at,
                Some(name) => {
                    if let Some(at) = params.iter().position(|it| it.name.text == name.text) {
                        at
                    } else {
                        let known = params.iter().map(|it| it.name.text.as_str());
                        let hint = crate::nearest::hint(&name.text, known);
                        let message = format!("no parameter `{}`", name.text);
                        self.report(
                            Diagnostic::error(codes::ARGUMENT, name.span, message).help(hint),
                        );
                        return None;
                    }
                }
            };
            if let Some(place @ None) = given.get_mut(at) {
                *place = Some(&arg.value);
            } else {
                let message =
                    format!("`{name}` takes {} arguments, not {}", params.len(), args.len());
                return self.error(codes::ARGUMENT_COUNT, span, message);
            }
        }
        let mut all = Vec::with_capacity(params.len());
        for (param, value) in params.iter().zip(given) {
            if let Some(value) = value.or(param.default.as_ref()) {
                all.push(value);
            } else {
                let message = format!("`{name}` needs argument `{}`", param.name.text);
                return self.error(codes::ARGUMENT_COUNT, span, message);
            }
        }
        Some(all)
    }

    /// What a parameter means in the body.
    fn given(&mut self, param: &Param, value: &tree::Expr, cx: Cx<'_>) -> Option<Meaning> {
        match &param.ty {
            ParamType::Scalar(ty) => {
                let value = self.expr(value, Cx { aggregates: None, ..cx })?;
                let value = self.fitted(value, *ty)?;
                Some(Self::scalar_meaning(value, cx))
            }
            ParamType::Table(columns) => {
                let table = self.table(value)?;
                for column in columns.iter().flatten() {
                    let found = table.columns.iter().find(|it| it.name == column.name);
                    if let Some(found) = found.filter(|it| it.ty != column.ty)
                        && !(self.is_lenient() && found.ty == Type::Dynamic)
                    {
                        let (is, wanted) = (found.ty.name(), column.ty.name());
                        let message = format!("column `{}` is {is}, not {wanted}", column.name);
                        return self.error(codes::ARGUMENT, value.span, message);
                    }
                    if found.is_none() && !self.guess(&column.name, &table.columns) {
                        let message = format!("the table has no column `{}`", column.name);
                        return self.error(codes::ARGUMENT, value.span, message);
                    }
                }
                Some(Self::table_meaning(table))
            }
        }
    }

    fn body(&mut self, function: &tree::Function, cx: Cx<'_>) -> Option<Bound> {
        let frame = self.scope.len();
        let mut result = None;
        for (at, statement) in function.body.iter().enumerate() {
            match statement {
                Statement::Expr(expr) if at + 1 == function.body.len() => {
                    result = self.any(expr, cx);
                }
                other => self.statement(other, cx, frame),
            }
        }
        if !matches!(function.body.last(), Some(Statement::Expr(_))) {
            return self.error(codes::EMPTY, function.span, "the function has no result");
        }
        result
    }
}

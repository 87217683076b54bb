//! Calls: what a name means when parentheses follow, and the check of arguments.
//!
//! The order: functions of the query, those the binder knows itself (`special`), aggregates where
//! they may stand, then the registry.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    function::{Accepts, AggregateDef, FunctionDef, Param, Returns},
    names::{self, Kind},
    nearest,
    plan::{Expr, ExprKind},
    syntax::tree::{Arg, Name},
    types::Type,
    value::Value,
};

use super::{
    Binder, Bound,
    convert::{widened, wider},
    expression::node,
    limits,
    scope::{Cx, Meaning},
};

impl Binder<'_> {
    /// A call.
    pub(super) fn call(
        &mut self,
        name: &Name,
        args: &[Arg],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Bound> {
        if let Some(bound) = self.pattern_call(name, args, &[], span) {
            return bound;
        }
        match self.known(&name.text) {
            Some(Meaning::Function { function, sees }) => {
                return self.call_own(&name.text, &function, sees, args, span, cx);
            }
            Some(Meaning::Broken) => return None,
            Some(Meaning::Table { .. }) if args.is_empty() => {
                return self.table_named(&name.text, name.span).map(Bound::Table);
            }
            _ => {}
        }
        if let Some(bound) = self.special(name, args, span, cx) {
            return bound;
        }
        if let Some(window) = super::window::named(&name.text) {
            return self.window(window, args, span, cx).map(Bound::Scalar);
        }
        if let Some(collector) = cx.aggregates
            && let Some(aggregate) = self.aggregate(&name.text)
        {
            return self.aggregate_value(aggregate, args, span, collector).map(Bound::Scalar);
        }
        let Some(function) = self.function(&name.text) else { return self.no_function(name) };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.argument(arg, function.params, values.len(), cx));
        }
        let values = values.into_iter().collect::<Option<Vec<_>>>()?;
        let (args, ty) =
            self.checked(function.name, function.params, function.returns, values, span)?;
        Some(Bound::Scalar(node(ExprKind::Call { function: function.name, args }, ty, span)))
    }

    /// A scalar function of the registry.
    pub(super) fn function(&self, name: &str) -> Option<&'static FunctionDef> {
        let scalars = self.env.functions.scalars;
        scalars
            .binary_search_by(|it| it.name.cmp(name))
            .ok()
            .and_then(|at| scalars.get(at))
            .copied()
    }

    /// An aggregate of the registry.
    pub(super) fn aggregate(&self, name: &str) -> Option<&'static AggregateDef> {
        let all = self.env.functions.aggregates;
        all.binary_search_by(|it| it.name.cmp(name)).ok().and_then(|at| all.get(at)).copied()
    }

    fn no_function<T>(&mut self, name: &Name) -> Option<T> {
        let text = name.text.as_str();
        if self.aggregate(text).is_some() || super::aggregate::SPECIAL.contains(&text) {
            let message = format!("aggregate function `{text}` stands outside `summarize`");
            return self.error(codes::AGGREGATE_PLACE, name.span, message);
        }
        if let Some(reason) = names::refused(Kind::Function, text) {
            let message = format!("`{text}` is not supported: it {reason}");
            return self.error(codes::UNSUPPORTED, name.span, message);
        }
        let functions = self.env.functions;
        let known = functions.scalars.iter().map(|it| it.name);
        let known = known.chain(functions.aggregates.iter().map(|it| it.name));
        let own = self.scope.names().filter_map(|(name, meaning)| {
            matches!(meaning, Meaning::Function { .. }).then_some(name)
        });
        let stored = self.env.catalog.function_names();
        let stored = stored.iter().map(String::as_str);
        let known = known
            .chain(super::special::NAMES.iter().copied())
            .chain(super::about_columns::NAMES.iter().copied())
            .chain(own)
            .chain(stored);
        let hint = nearest::hint(text, known);
        let message = format!("no function `{text}`");
        self.report(Diagnostic::error(codes::UNKNOWN_FUNCTION, name.span, message).help(hint));
        None
    }

    /// One argument. Arguments go by place; a name that fits is fine, another is idle.
    pub(super) fn argument(
        &mut self,
        arg: &Arg,
        params: &[Param],
        at: usize,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        if at > 0
            && let Some(name) = &arg.name
            && params.get(at).is_none_or(|it| it.name != name.text)
        {
            self.warn(name.span, format!("the name `{}` of the argument has no effect", name.text));
        }
        self.expr(&arg.value, cx)
    }

    /// Arguments fitted to parameters, and the type of the result.
    pub(super) fn checked(
        &mut self,
        name: &str,
        params: &[Param],
        returns: Returns,
        values: Vec<Expr>,
        span: Span,
    ) -> Option<(Vec<Expr>, Type)> {
        self.check_count(name, params, values.len(), span)?;
        let mut args = Vec::with_capacity(values.len());
        let mut fine = true;
        for (at, value) in values.into_iter().enumerate() {
            match params.get(at).or(params.last()) {
                Some(param) => match self.fit(name, param, value) {
                    Some(value) => args.push(value),
                    None => fine = false,
                },
                None => fine = false,
            }
        }
        if !fine {
            return None;
        }
        self.returned(name, returns, args, span)
    }

    fn check_count(
        &mut self,
        name: &str,
        params: &[Param],
        given: usize,
        span: Span,
    ) -> Option<()> {
        let least = params.iter().filter(|it| !it.optional).count();
        let most =
            if params.last().is_some_and(|it| it.repeated) { None } else { Some(params.len()) };
        if given >= least && most.is_none_or(|most| given <= most) {
            return Some(());
        }
        let wanted = match most {
            Some(most) if most == least => format!("{least}"),
            Some(most) => format!("{least} to {most}"),
            None => format!("at least {least}"),
        };
        let signature: Vec<_> = params
            .iter()
            .map(|it| {
                let repeated = if it.repeated { ", ..." } else { "" };
                if it.optional {
                    format!("[{}{repeated}]", it.name)
                } else {
                    format!("{}{repeated}", it.name)
                }
            })
            .collect();
        let message = format!("`{name}` takes {wanted} arguments, not {given}");
        self.report(
            Diagnostic::error(codes::ARGUMENT_COUNT, span, message)
                .help(format!("`{name}({})`", signature.join(", "))),
        );
        None
    }

    fn fit(&mut self, name: &str, param: &Param, value: Expr) -> Option<Expr> {
        if param.constant && !limits::is_constant(&value) {
            let message = format!("argument `{}` of `{name}` must be constant", param.name);
            return self.error(codes::NOT_CONSTANT, value.span, message);
        }
        let Accepts::Of(types) = param.accepts else { return Some(value) };
        if types.contains(&value.ty) {
            return Some(value);
        }
        let wider_type = types.iter().copied().filter(|it| wider(value.ty, *it) == Some(*it)).min();
        if let Some(ty) = wider_type {
            return Some(widened(value, ty));
        }
        let only_numbers = types.iter().all(|it| it.is_number());
        let parts = matches!(
            value.kind,
            ExprKind::Literal(Value::Dynamic(
                serde_json::Value::Array(_) | serde_json::Value::Object(_)
            ))
        );
        // a dynamic value is read as text, but not as anything else
        let readable = types.contains(&Type::String) && !parts || self.is_lenient();
        if value.ty == Type::Dynamic && readable && !only_numbers && !types.contains(&Type::Bool) {
            let ty =
                if types.contains(&Type::String) { Some(&Type::String) } else { types.first() };
            if let Some(ty) = ty {
                return self.converted(value, *ty);
            }
        }
        let wanted: Vec<_> = types.iter().map(|it| it.name()).collect();
        let message = format!(
            "argument `{}` of `{name}` is {}, not {}",
            param.name,
            value.ty.name(),
            wanted.join(" or ")
        );
        let problem = Diagnostic::error(codes::ARGUMENT, value.span, message);
        let convert = types.first().and_then(|it| crate::syntax::literal::conversion(*it));
        self.report(match convert {
            Some(function) if types.len() == 1 => {
                problem.help(format!("convert with `{function}(...)`"))
            }
            _ => problem,
        });
        None
    }

    fn returned(
        &mut self,
        name: &str,
        returns: Returns,
        args: Vec<Expr>,
        span: Span,
    ) -> Option<(Vec<Expr>, Type)> {
        let ty_at = |at: usize| args.get(at).map_or(Type::Dynamic, |it| it.ty);
        let ty = match returns {
            Returns::Is(ty) => ty,
            Returns::Members(_) => Type::Dynamic,
            Returns::Arg(at) => ty_at(at),
            Returns::ArgWide(at) => match ty_at(at) {
                Type::Int => Type::Long,
                ty => ty,
            },
            Returns::CommonFrom(from) => {
                let mut args = args;
                let shared = args.split_off(from.min(args.len()));
                let (shared, ty) = self.shared(name, shared)?;
                args.extend(shared);
                return Some((args, ty));
            }
            Returns::Case => return self.case(name, args, span),
            Returns::TypeOf(at) => match args.get(at).map(|it| &it.kind) {
                Some(ExprKind::Literal(Value::String(it))) => {
                    Type::parse(it).unwrap_or(Type::String)
                }
                _ => Type::String,
            },
            Returns::By(rule) => rule(&args),
            Returns::With(rule) => {
                let types: Vec<_> = args.iter().map(|it| it.ty).collect();
                match rule(&types) {
                    Ok(ty) => ty,
                    Err(message) => return self.error(codes::ARGUMENT, span, message),
                }
            }
        };
        Some((args, ty))
    }

    /// Values in one type: what they have in common, or dynamic where a choice is between unlike
    /// ones.
    fn shared(&mut self, name: &str, values: Vec<Expr>) -> Option<(Vec<Expr>, Type)> {
        let choice = matches!(name, "case" | "iff" | "iif");
        if choice && !has_common(&values) {
            let values = values.into_iter().map(|it| widened(it, Type::Dynamic)).collect();
            return Some((values, Type::Dynamic));
        }
        let dynamic = values.iter().filter(|it| it.ty == Type::Dynamic).count();
        if !choice && !self.is_lenient() && dynamic > 0 && dynamic < values.len() {
            let span = values.first()?.span;
            let message = format!("`{name}` has dynamic values beside others");
            self.report(
                Diagnostic::error(codes::NO_COMMON_TYPE, span, message)
                    .help("convert them, such as with `tostring(...)`"),
            );
            return None;
        }
        self.common(values, &format!("`{name}`"))
    }

    /// `case(p, v, …, else)`: conditions and values take turns.
    fn case(&mut self, name: &str, args: Vec<Expr>, span: Span) -> Option<(Vec<Expr>, Type)> {
        if args.len() < 3 || args.len().is_multiple_of(2) {
            let message = format!("`{name}` takes pairs of condition and value, then a value");
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let last = args.len() - 1;
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for (at, arg) in args.into_iter().enumerate() {
            if at == last || at % 2 == 1 {
                values.push(arg);
            } else if arg.ty == Type::Bool {
                conditions.push(arg);
            } else {
                let message = format!("a condition of `{name}` is {}, not bool", arg.ty.name());
                return self.error(codes::ARGUMENT, arg.span, message);
            }
        }
        let (values, ty) = self.shared(name, values)?;
        let mut args = Vec::with_capacity(last + 1);
        let mut conditions = conditions.into_iter();
        for value in values {
            args.extend(conditions.next());
            args.push(value);
        }
        Some((args, ty))
    }
}

/// True when values have one type apart from dynamic and from the widths of numbers.
fn has_common(values: &[Expr]) -> bool {
    let mut types = values.iter().map(|it| it.ty).filter(|it| *it != Type::Dynamic);
    let Some(first) = types.next() else { return true };
    types.all(|it| it == first || wider(first, it).is_some())
}

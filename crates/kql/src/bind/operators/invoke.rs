//! `invoke`: the table becomes the first argument of a function.
//!
//! A bare column name for a text parameter means the name: `invoke FileProfile(SHA1, 1000)`.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::Rel,
    syntax::tree::{self, Arg, ExprKind as Syntax, Function, Invoke, ParamType},
    types::Type,
    value::Value,
};

use super::super::{
    Binder, Bound,
    rewrite::hidden_name,
    scope::{Cx, Meaning},
};

impl Binder<'_> {
    pub(super) fn invoke(&mut self, input: Rel, invoke: &Invoke, span: Span) -> Option<Rel> {
        let name = &invoke.name;
        let (function, sees) = match self.known(&name.text) {
            Some(Meaning::Function { function, sees }) => (function, sees),
            Some(Meaning::Broken) => return None,
            _ => {
                let own = self.scope.names().filter_map(|(name, meaning)| {
                    matches!(meaning, Meaning::Function { .. }).then_some(name)
                });
                let stored = self.env.catalog.function_names();
                let known = own.chain(stored.iter().map(String::as_str));
                let hint = crate::nearest::hint(&name.text, known);
                let message = format!("no function `{}` that takes a table", name.text);
                self.report(
                    Diagnostic::error(codes::UNKNOWN_FUNCTION, name.span, message).help(hint),
                );
                return None;
            }
        };
        if !matches!(function.params.first().map(|it| &it.ty), Some(ParamType::Table(_))) {
            let message = format!("the first parameter of `{}` is no table", name.text);
            return self.error(codes::ARGUMENT, name.span, message);
        }
        let input = self.fits(input, span)?;
        let mut args = vec![Arg {
            name: None,
            value: tree::Expr { kind: Syntax::Name(hidden_name(0)), span },
        }];
        for arg in &invoke.args {
            let at = args.len();
            args.push(self.invoked(&input, &function, at, arg));
        }
        let len = self.scope.len();
        self.scope.push(hidden_name(0), Self::table_meaning(input));
        let result = self.call_own(&name.text, &function, sees, &args, span, Cx::CONSTANT);
        self.scope.split_off(len);
        match result? {
            Bound::Table(rel) => Some(rel),
            Bound::Scalar(_) => self.value_for_table(span),
        }
    }

    /// An argument, in which a bare column stands for its name where a text is wanted.
    fn invoked(&self, input: &Rel, function: &Function, at: usize, arg: &Arg) -> Arg {
        let param = match &arg.name {
            Some(name) => function.params.iter().find(|it| it.name.text == name.text),
            None => function.params.get(at),
        };
        let wants_text = param.is_some_and(|it| matches!(it.ty, ParamType::Scalar(Type::String)));
        let Syntax::Name(name) = &arg.value.kind else { return arg.clone() };
        let is_column = input.columns.iter().any(|it| it.name == *name);
        if !wants_text || !is_column && self.known(name).is_some() {
            return arg.clone();
        }
        let kind = Syntax::Literal(Value::String(name.clone()), Type::String);
        Arg { name: arg.name.clone(), value: tree::Expr { kind, span: arg.value.span } }
    }
}

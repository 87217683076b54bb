//! Tables: names, calls, pipelines, and what tells a table from a value.

use std::rc::Rc;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    nearest,
    plan::{Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, LetValue, ParamType, Statement},
    types::Type,
};

use super::{
    Binder, Bound,
    scope::{Cx, Meaning},
};

impl Binder<'_> {
    /// A table.
    pub(super) fn table(&mut self, expr: &tree::Expr) -> Option<Rel> {
        crate::stack::roomy(|| self.any_table(expr))
    }

    fn any_table(&mut self, expr: &tree::Expr) -> Option<Rel> {
        self.charge(1, expr.span)?;
        match &expr.kind {
            Syntax::Name(name) => self.table_named(name, expr.span),
            Syntax::Call { name, args } => match self.call(name, args, expr.span, Cx::CONSTANT)? {
                Bound::Table(rel) => Some(rel),
                Bound::Scalar(_) => self.value_for_table(expr.span),
            },
            Syntax::Pipe { source, operators } => {
                let mut rel = self.table(source);
                for operator in operators {
                    rel = match rel {
                        Some(rel) => self.stepped(rel, operator),
                        None => self.blind(operator),
                    };
                }
                rel
            }
            Syntax::Source(operator) => self.source(operator),
            Syntax::Path { base, steps } => {
                if let Syntax::Call { name, args } = &base.kind
                    && let Some(bound) = self.pattern_call(name, args, steps, expr.span)
                {
                    return match bound? {
                        Bound::Table(rel) => Some(rel),
                        Bound::Scalar(_) => self.value_for_table(expr.span),
                    };
                }
                self.outside(base, steps, expr.span)
            }
            _ => self.value_for_table(expr.span),
        }
    }

    pub(super) fn value_for_table<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error(codes::WRONG_KIND, span, "a value stands where a table is needed")
                .help("`print` makes a table of a value"),
        );
        None
    }

    /// A table by its name.
    pub(super) fn table_named(&mut self, name: &str, span: Span) -> Option<Rel> {
        match self.known(name) {
            Some(Meaning::Table { rel, size }) => {
                self.charge(size, span)?;
                Some(Rc::unwrap_or_clone(rel))
            }
            Some(Meaning::Broken) => None,
            Some(Meaning::Scalar { .. }) => self.value_for_table(span),
            Some(Meaning::Function { .. }) => {
                let name = tree::Name { text: name.to_owned(), span };
                match self.call(&name, &[], span, Cx::CONSTANT)? {
                    Bound::Table(rel) => Some(rel),
                    Bound::Scalar(_) => self.value_for_table(span),
                }
            }
            None => {
                if let Some(rel) = self.catalog_table(name) {
                    self.charge(rel.columns.len() / 8, span)?;
                    Some(rel)
                } else {
                    let tables = self.env.catalog.table_names();
                    let own = self.scope.names().filter_map(|(name, meaning)| {
                        (!matches!(meaning, Meaning::Scalar { .. })).then_some(name)
                    });
                    let hint = nearest::hint(name, tables.iter().map(String::as_str).chain(own));
                    let message = format!("no table `{name}`");
                    self.report(Diagnostic::error(codes::UNKNOWN_TABLE, span, message).help(hint));
                    None
                }
            }
        }
    }

    /// What a name means apart from columns and tables of the catalogue.
    pub(super) fn known(&self, name: &str) -> Option<Meaning> {
        self.scope.get(name).cloned().or_else(|| {
            let function = self.env.catalog.function(name)?;
            Some(Meaning::Function { function, sees: 0 })
        })
    }

    /// A table of the catalogue.
    pub(super) fn catalog_table(&self, name: &str) -> Option<Rel> {
        let columns = self.env.catalog.table(name).filter(|_| self.may_read(name))?;
        let timed = columns.iter().any(|it| it.name == "Timestamp" && it.ty == Type::DateTime);
        let window = self.env.window.filter(|_| timed);
        Some(Rel { op: Op::Table { name: name.to_owned(), window }, columns })
    }

    /// True when an expression stands for a table.
    pub(super) fn is_table(&self, expr: &tree::Expr, cx: Cx<'_>) -> bool {
        match &expr.kind {
            Syntax::Pipe { .. } | Syntax::Source(_) => true,
            Syntax::Name(name) if cx.column(name).is_some() => false,
            Syntax::Name(name) => match self.scope.get(name) {
                Some(Meaning::Table { .. }) => true,
                Some(Meaning::Function { function, .. }) => self.gives_table(function, 0),
                Some(Meaning::Scalar { .. } | Meaning::Broken) => false,
                None => !self.poisoned.contains(name) && self.env.catalog.table(name).is_some(),
            },
            Syntax::Call { name, .. } if self.patterns.contains_key(&name.text) => true,
            Syntax::Call { name, args } => match self.known(&name.text) {
                Some(Meaning::Function { function, .. }) => self.gives_table(&function, 0),
                Some(Meaning::Table { .. }) => args.is_empty(),
                _ => match name.text.as_str() {
                    "table" | "_GetWatchlist" | "_GetWatchlistAlias" => true,
                    "materialize" => args.first().is_some_and(|it| self.is_table(&it.value, cx)),
                    _ => false,
                },
            },
            Syntax::Path { base, .. } => match &base.kind {
                Syntax::Call { name, .. } => {
                    self.is_outside(&name.text) || self.patterns.contains_key(&name.text)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// True when a function's result is a table, as far as its text tells.
    fn gives_table(&self, function: &tree::Function, depth: usize) -> bool {
        let Some(Statement::Expr(result)) = function.body.last() else { return false };
        let name = match &result.kind {
            Syntax::Name(name) => name,
            Syntax::Call { name, .. } => &name.text,
            _ => return self.is_table(result, Cx::CONSTANT),
        };
        if let Some(param) = function.params.iter().find(|it| it.name.text == *name) {
            return matches!(param.ty, ParamType::Table(_));
        }
        let own = function.body.iter().rev().find_map(|it| match it {
            Statement::Let { name: own, value } if own.text == *name => Some(value),
            _ => None,
        });
        match own {
            Some(LetValue::Broken) => false,
            Some(LetValue::Expr(expr)) => self.is_table(expr, Cx::CONSTANT),
            Some(LetValue::Function(inner)) => depth < 16 && self.gives_table(inner, depth + 1),
            None => match self.scope.get(name) {
                Some(Meaning::Function { function: other, .. }) if depth < 16 => {
                    !std::ptr::eq(&raw const **other, function)
                        && self.gives_table(other, depth + 1)
                }
                Some(Meaning::Function { .. }) => false,
                _ => self.is_table(result, Cx::CONSTANT),
            },
        }
    }
}

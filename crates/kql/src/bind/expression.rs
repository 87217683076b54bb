//! Values: dispatch by kind, and names.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    nearest,
    plan::{BinaryOp, Expr, ExprKind},
    syntax::tree::{self, ExprKind as Syntax},
    time,
    types::Type,
    value::Value,
};

use super::{
    Binder, Bound,
    scope::{Cx, Meaning},
};

/// A node from its parts.
pub(super) fn node(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, span }
}

/// A text literal.
pub(super) fn text(value: impl Into<String>, span: Span) -> Expr {
    node(ExprKind::Literal(Value::String(value.into())), Type::String, span)
}

impl Binder<'_> {
    /// A value.
    pub(super) fn expr(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        crate::stack::roomy(|| self.any_expr(expr, cx))
    }

    fn any_expr(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        self.charge(1, expr.span)?;
        let span = expr.span;
        match &expr.kind {
            // a clock without a date
            Syntax::Literal(Value::DateTime(clock), ty) if *clock < 0 => {
                let value = Value::DateTime(time::on_the_day_of(self.env.now, *clock));
                Some(node(ExprKind::Literal(value), *ty, span))
            }
            Syntax::Literal(value, ty) => Some(node(ExprKind::Literal(value.clone()), *ty, span)),
            Syntax::Name(name) => self.named_value(name, span, cx),
            Syntax::TypeOf(ty) => Some(text(ty.name(), span)),
            Syntax::Star | Syntax::Wildcard(_) => {
                self.error(codes::WRONG_KIND, span, "`*` is not a value")
            }
            Syntax::Call { name, args } => match self.call(name, args, span, cx)? {
                Bound::Scalar(value) => Some(value),
                Bound::Table(_) => self.table_for_value(span),
            },
            Syntax::Path { base, steps } => self.path(base, steps, cx),
            Syntax::Negate(operand) => {
                let operand = self.expr(operand, cx)?;
                self.negate(operand, span)
            }
            Syntax::Chain { first, rest } => self.chain(first, rest, span, cx),
            Syntax::Compare { op, left, right } => {
                let (left, right) = (self.expr(left, cx), self.expr(right, cx));
                self.compare(*op, left?, right?, span)
            }
            Syntax::Text { .. } => self.text_test(expr, cx),
            Syntax::In { fold, negate, source, list } => {
                self.in_list(*fold, *negate, source, list, span, cx)
            }
            Syntax::HasTerms { all, source, list } => self.has_terms(*all, source, list, span, cx),
            Syntax::Between { negate, source, low, high } => {
                let (source, low, high) =
                    (self.expr(source, cx), self.expr(low, cx), self.expr(high, cx));
                self.between(*negate, source?, low?, high?, span)
            }
            Syntax::Pipe { .. } | Syntax::Source(_) => {
                self.table(expr)?;
                self.table_for_value(span)
            }
        }
    }

    /// A value or a table, whichever it is.
    pub(super) fn any(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Bound> {
        match &expr.kind {
            Syntax::Call { name, args } => self.call(name, args, expr.span, cx),
            _ if self.is_table(expr, cx) => self.table(expr).map(Bound::Table),
            _ => self.expr(expr, cx).map(Bound::Scalar),
        }
    }

    /// A condition.
    pub(super) fn condition(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        let value = self.expr(expr, cx)?;
        if value.ty == Type::Bool {
            return Some(value);
        }
        let message = format!("the condition is {}, not bool", value.ty.name());
        let problem = Diagnostic::error(codes::NOT_BOOL, expr.span, message);
        self.report(match value.ty {
            Type::Dynamic | Type::String => {
                problem.help("compare it, or convert it with `tobool(...)`")
            }
            _ => problem,
        });
        None
    }

    fn named_value(&mut self, name: &str, span: Span, cx: Cx<'_>) -> Option<Expr> {
        if self.poisoned.contains(name) {
            return None;
        }
        if let Some(at) = cx.column(name) {
            if let Some(collector) = cx.aggregates {
                collector.borrow_mut().bare_columns += 1;
                let message = format!("column `{name}` stands outside an aggregate function");
                self.report(Diagnostic::error(codes::NOT_AGGREGATE, span, message).help(format!(
                    "aggregate it, such as `take_any({name})`, or put it behind `by`"
                )));
                return None;
            }
            let ty = cx.columns.get(at)?.ty;
            return Some(node(ExprKind::Column(at), ty, span));
        }
        match self.scope.get(name).cloned() {
            Some(Meaning::Scalar { expr, place, size }) => {
                if place.is_some_and(|it| it != cx.place) {
                    let message = format!("`{name}` depends on a row that is not at hand here");
                    return self.error(codes::NOT_CONSTANT, span, message);
                }
                self.charge(size, span)?;
                Some(Expr { span, ..(*expr).clone() })
            }
            Some(Meaning::Broken) => None,
            Some(Meaning::Table { .. }) => self.table_for_value(span),
            Some(Meaning::Function { .. }) => {
                let name = tree::Name { text: name.to_owned(), span };
                match self.call(&name, &[], span, cx)? {
                    Bound::Scalar(value) => Some(value),
                    Bound::Table(_) => self.table_for_value(span),
                }
            }
            None if self.env.catalog.table(name).is_some() => self.table_for_value(span),
            None if self.is_lost(name, cx.columns) && !self.has_guessed() => {
                Some(node(ExprKind::Literal(Value::Null), Type::Dynamic, span))
            }
            None => self.unknown_column(name, span, cx),
        }
    }

    /// Reports a name that is neither column nor `let`.
    pub(super) fn unknown_column<T>(&mut self, name: &str, span: Span, cx: Cx<'_>) -> Option<T> {
        if self.poisoned.contains(name) || self.guess(name, cx.columns) {
            return None;
        }
        let columns = cx.columns.iter().map(|it| it.name.as_str());
        // where no columns are, a table may have been meant
        let tables =
            if cx.columns.is_empty() { self.env.catalog.table_names() } else { Vec::new() };
        let known = columns
            .chain(self.scope.names().map(|it| it.0))
            .chain(tables.iter().map(String::as_str));
        let hint = nearest::hint(name, known);
        let message = if cx.columns.is_empty() {
            format!("nothing is called `{name}` here")
        } else {
            format!("no column `{name}`")
        };
        self.report(Diagnostic::error(codes::UNKNOWN_COLUMN, span, message).help(hint));
        None
    }

    /// Reports a table where a value is needed.
    pub(super) fn table_for_value<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error(codes::WRONG_KIND, span, "a table stands where a value is needed")
                .help("`toscalar(...)` takes its first cell"),
        );
        None
    }

    fn chain(
        &mut self,
        first: &tree::Expr,
        rest: &[tree::Link],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        if rest.iter().all(|it| matches!(it.op, BinaryOp::And | BinaryOp::Or)) {
            // every side is looked at, so that each mistake is found
            let sides: Vec<_> = std::iter::once(first)
                .chain(rest.iter().map(|it| &it.operand))
                .map(|it| self.logical_operand(it, cx))
                .collect();
            let sides: Option<Vec<_>> = sides.into_iter().collect();
            let op = rest.first()?.op;
            return Some(balanced(op, Type::Bool, sides?));
        }
        self.arithmetic_chain(first, rest, span, cx)
    }

    fn logical_operand(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Expr> {
        let value = self.expr(expr, cx)?;
        if value.ty == Type::Dynamic {
            return self.converted(value, Type::Bool);
        }
        if value.ty != Type::Bool {
            let message = format!("`and` and `or` need bool, this is {}", value.ty.name());
            return self.error(codes::NOT_BOOL, expr.span, message);
        }
        Some(value)
    }
}

/// Joins many operands of an associative operator into a tree of logarithmic height.
pub(super) fn balanced(op: BinaryOp, ty: Type, mut level: Vec<Expr>) -> Expr {
    while level.len() > 1 {
        let mut next = Vec::with_capacity(level.len().div_ceil(2));
        let mut items = level.into_iter();
        while let Some(left) = items.next() {
            next.push(match items.next() {
                Some(right) => {
                    let span = left.span.to(right.span);
                    let (left, right) = (Box::new(left), Box::new(right));
                    node(ExprKind::Binary { op, left, right }, ty, span)
                }
                None => left,
            });
        }
        level = next;
    }
    level.pop().expect("a chain has operands")
}

//! Functions that the binder knows itself, because they are no functions of values: they take a
//! table, a column's name, or the clock.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{BinaryOp, Expr, ExprKind, Op, Rel},
    syntax::tree::{Arg, Name},
    types::Type,
    value::Value,
};

use super::{Binder, Bound, expression::node, scope::Cx};

/// Their names, for hints.
pub(super) const NAMES: &[&str] =
    &["ago", "column_ifexists", "materialize", "now", "table", "toscalar"];

/// A table that is worth keeping where it is used so many times.
pub(super) fn shared(input: Rel, uses: usize) -> Rel {
    if matches!(input.op, Op::Graph(_) | Op::Shared { .. }) {
        return input;
    }
    let columns = input.columns.clone();
    Rel { op: Op::Shared { input: Box::new(input), uses }, columns }
}

impl Binder<'_> {
    /// A call of one of them; none when the name is another's.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn special(
        &mut self,
        name: &Name,
        args: &[Arg],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Option<Bound>> {
        if let Some(about) = self.about_columns(name, args, span, cx) {
            return Some(about.map(Bound::Scalar));
        }
        Some(match name.text.as_str() {
            "now" => self.now(args, span, cx).map(Bound::Scalar),
            "ago" => self.ago(args, span, cx).map(Bound::Scalar),
            "toscalar" => self.first_cell(args, span, cx).map(Bound::Scalar),
            "materialize" => self.only("materialize", args, span).and_then(|it| {
                if self.is_table(&it.value, cx) {
                    self.table(&it.value).map(|it| Bound::Table(shared(it, 2)))
                } else {
                    self.expr(&it.value, cx).map(Bound::Scalar)
                }
            }),
            "table" => self.table_by_text(args, span).map(Bound::Table),
            "_GetWatchlist" => self.watchlist(args, span).map(Bound::Table),
            "_GetWatchlistAlias" => Some(Bound::Table(Self::watchlist_names())),
            "column_ifexists" | "columnifexists" => {
                self.column_if_exists(args, span, cx).map(Bound::Scalar)
            }
            "database" | "cluster" | "workspace" | "app" | "adx" | "arg" | "external_table"
            | "resource" => self.unreachable(name),
            _ => return None,
        })
    }

    fn only<'a>(&mut self, name: &str, args: &'a [Arg], span: Span) -> Option<&'a Arg> {
        if let [arg] = args {
            Some(arg)
        } else {
            let message = format!("`{name}` takes 1 arguments, not {}", args.len());
            self.error(codes::ARGUMENT_COUNT, span, message.replace("1 arguments", "1 argument"))
        }
    }

    fn clock(&self, span: Span) -> Expr {
        node(ExprKind::Literal(Value::DateTime(self.env.now)), Type::DateTime, span)
    }

    /// `now()`, `now(offset)`.
    fn now(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let now = self.clock(span);
        if args.is_empty() {
            return Some(now);
        }
        let offset = self.only("now", args, span)?;
        let offset = self.expr(&offset.value, cx)?;
        self.shifted(BinaryOp::Add, now, offset, span)
    }

    /// `ago(offset)`.
    fn ago(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let offset = self.only("ago", args, span)?;
        let offset = self.expr(&offset.value, cx)?;
        let now = self.clock(span);
        self.shifted(BinaryOp::Subtract, now, offset, span)
    }

    fn shifted(&mut self, op: BinaryOp, now: Expr, offset: Expr, span: Span) -> Option<Expr> {
        if offset.ty != Type::TimeSpan && offset.ty != Type::Dynamic {
            let message = format!("the offset is {}, not timespan", offset.ty.name());
            return self.error(codes::ARGUMENT, offset.span, message);
        }
        if let ExprKind::Literal(Value::TimeSpan(ticks)) = offset.kind {
            let ticks = if op == BinaryOp::Add { Some(ticks) } else { ticks.checked_neg() };
            let at = ticks
                .and_then(|it| self.env.now.checked_add(it))
                .filter(|it| (0..=crate::time::MAX).contains(it));
            let value = at.map_or(Value::Null, Value::DateTime);
            return Some(node(ExprKind::Literal(value), Type::DateTime, span));
        }
        self.arithmetic(op, now, offset, span)
    }

    /// `toscalar(table)`.
    fn first_cell(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let arg = self.only("toscalar", args, span)?;
        if !self.is_table(&arg.value, cx) {
            return self.expr(&arg.value, Cx { columns: &[], ..cx });
        }
        let table = self.table(&arg.value)?;
        let Some(first) = table.columns.first() else {
            return self.error(codes::WRONG_KIND, span, "the table has no columns");
        };
        let ty = first.ty;
        Some(node(ExprKind::ToScalar(Box::new(table)), ty, span))
    }

    /// `column_ifexists("name", default)`.
    fn column_if_exists(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let [name, default] = args else {
            let message = format!("`column_ifexists` takes 2 arguments, not {}", args.len());
            return self.error(codes::ARGUMENT_COUNT, span, message);
        };
        let name = self.expr(&name.value, cx)?;
        let ExprKind::Literal(Value::String(name)) = &name.kind else {
            return self.error(
                codes::NOT_CONSTANT,
                name.span,
                "the column's name must be constant text",
            );
        };
        let default = self.expr(&default.value, cx)?;
        match cx.column(name) {
            Some(at) => {
                // the type is the default's, whether the column exists or not
                let ty = cx.columns.get(at)?.ty;
                self.converted(node(ExprKind::Column(at), ty, span), default.ty)
            }
            None => Some(default),
        }
    }

    /// `table("name")`.
    fn table_by_text(&mut self, args: &[Arg], span: Span) -> Option<Rel> {
        let arg = args.first().or_else(|| {
            self.report(Diagnostic::error(
                codes::ARGUMENT_COUNT,
                span,
                "`table` takes the name of a table",
            ));
            None
        })?;
        let name = self.expr(&arg.value, Cx::CONSTANT)?;
        match &name.kind {
            ExprKind::Literal(Value::String(text)) => self.table_named(text, name.span),
            _ => {
                self.error(codes::NOT_CONSTANT, name.span, "the table's name must be constant text")
            }
        }
    }
}

//! Aggregate calls in `summarize`.
//!
//! Each call takes one slot (or several) behind the keys; the expression around it refers to that
//! slot as a column, so `sum(x) / count()` is an ordinary expression over the summarized rows.

use std::cell::RefCell;

use crate::{
    codes,
    diagnostic::Span,
    function::AggregateDef,
    plan::{Aggregate, Expr, ExprKind},
    syntax::tree::{self, Arg, ExprKind as Syntax},
    types::{Column, Type},
    value::Value,
};

use super::{Binder, expression::node, scope::Cx};

/// Aggregates with several results, which stand alone.
pub(super) const SPECIAL: &[&str] =
    &["arg_max", "arg_min", "argmax", "argmin", "any", "take_any", "percentiles", "percentilesw"];

/// The aggregates of one `summarize`.
pub(super) struct Collector {
    /// The columns that the arguments see.
    pub(super) columns: Vec<Column>,
    /// Their place.
    pub(super) place: usize,
    /// How many keys stand before the first slot.
    pub(super) keys: usize,
    /// The keys that are plain columns.
    pub(super) key_columns: Vec<usize>,
    /// The calls.
    pub(super) aggregates: Vec<Aggregate>,
    /// The types of the slots.
    pub(super) slots: Vec<Type>,
    /// Columns that stood outside any call.
    pub(super) bare_columns: usize,
}

/// One result of an aggregate that has several.
pub(super) struct Result {
    /// Its automatic name.
    pub(super) name: Option<String>,
    /// Its slot.
    pub(super) expr: Expr,
    /// Whether a name given to the call goes here.
    pub(super) main: bool,
}

impl Binder<'_> {
    /// An aggregate with one result.
    pub(super) fn aggregate_value(
        &mut self,
        aggregate: &'static AggregateDef,
        args: &[Arg],
        span: Span,
        collector: &RefCell<Collector>,
    ) -> Option<Expr> {
        let (columns, place) = {
            let collector = collector.borrow();
            (collector.columns.clone(), collector.place)
        };
        let cx = Cx { columns: &columns, place, aggregates: None, windows: None };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.argument(arg, aggregate.params, values.len(), cx));
        }
        let values = values.into_iter().collect::<Option<Vec<_>>>()?;
        let (args, ty) =
            self.checked(aggregate.name, aggregate.params, aggregate.returns, values, span)?;
        let mut slots = add(collector, aggregate.name, args, &[ty], span);
        slots.pop()
    }

    /// The results of an aggregate that has several; none when the expression is not one.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn aggregate_results(
        &mut self,
        expr: &tree::Expr,
        collector: &RefCell<Collector>,
    ) -> Option<Option<Vec<Result>>> {
        let Syntax::Call { name, args } = &expr.kind else { return None };
        if self.scope.get(&name.text).is_some() {
            return None;
        }
        let starred = args.iter().any(|it| matches!(it.value.kind, Syntax::Star));
        match name.text.as_str() {
            "arg_max" | "argmax" => {
                Some(self.arg_extreme("arg_max", &name.text, args, expr.span, collector))
            }
            "arg_min" | "argmin" => {
                Some(self.arg_extreme("arg_min", &name.text, args, expr.span, collector))
            }
            "take_any" | "any" if starred || args.len() > 1 => {
                Some(self.any_row(&name.text, args, expr.span, collector))
            }
            "percentiles" => Some(self.percentiles("percentile", 1, args, expr.span, collector)),
            "percentilesw" => Some(self.percentiles("percentilew", 2, args, expr.span, collector)),
            _ => None,
        }
    }

    /// `arg_max(by, *)`, `arg_max(by, a, b)`.
    fn arg_extreme(
        &mut self,
        function: &'static str,
        written: &str,
        args: &[Arg],
        span: Span,
        collector: &RefCell<Collector>,
    ) -> Option<Vec<Result>> {
        if self.aggregate(function).is_none() {
            return self.error(
                codes::UNSUPPORTED,
                span,
                format!("`{function}` is not supported yet"),
            );
        }
        let Some((by, values)) = args.split_first() else {
            return self.error(
                codes::ARGUMENT_COUNT,
                span,
                format!("`{function}` takes at least 1 argument, not 0"),
            );
        };
        let (columns, place) = seen(collector);
        let cx = Cx { columns: &columns, place, aggregates: None, windows: None };
        let by_value = self.expr(&by.value, cx)?;
        let by_name = self.argument_name(by);
        let exclude = match by_value.kind {
            ExprKind::Column(at) => Some(at),
            _ => None,
        };
        let prefix = if function == "arg_max" { "max" } else { "min" };
        let stem = by_name.clone().unwrap_or_default();
        // the old spelling puts a prefix on every name
        let old = written != function;
        let first = by_name.filter(|_| !old).unwrap_or_else(|| format!("{prefix}_{stem}"));
        let mut names = vec![Some(first)];
        let mut exprs = vec![by_value];
        self.picked(values, exclude, cx, collector, &mut exprs, |at, own| {
            names.push(Some(match own {
                Some(own) if old => format!("{prefix}_{stem}_{own}"),
                Some(own) => own,
                None => format!("{prefix}_{stem}_arg{at}"),
            }));
        })?;
        let types: Vec<_> = exprs.iter().map(|it| it.ty).collect();
        let slots = add(collector, function, exprs, &types, span);
        Some(results(slots, names))
    }

    /// `take_any(*)`, `take_any(a, b)`: all from one row, which is what `arg_max` of a constant is.
    fn any_row(
        &mut self,
        name: &str,
        args: &[Arg],
        span: Span,
        collector: &RefCell<Collector>,
    ) -> Option<Vec<Result>> {
        let (columns, place) = seen(collector);
        let cx = Cx { columns: &columns, place, aggregates: None, windows: None };
        let zero = node(ExprKind::Literal(Value::Long(0)), Type::Long, span);
        let (mut exprs, mut names) = (vec![zero], Vec::new());
        self.picked(args, None, cx, collector, &mut exprs, |_, own| {
            names.push(match (name, own) {
                ("any", Some(own)) => Some(format!("any_{own}")),
                (_, own) => own,
            });
        })?;
        let types: Vec<_> = exprs.iter().map(|it| it.ty).collect();
        let slots = add(collector, "arg_max", exprs, &types, span);
        Some(results(slots.into_iter().skip(1).collect(), names))
    }

    /// The columns that `*` and named expressions pick.
    fn picked(
        &mut self,
        args: &[Arg],
        exclude: Option<usize>,
        cx: Cx<'_>,
        collector: &RefCell<Collector>,
        exprs: &mut Vec<Expr>,
        mut named: impl FnMut(usize, Option<String>),
    ) -> Option<()> {
        let keys = collector.borrow().key_columns.clone();
        for (at, arg) in args.iter().enumerate() {
            if !matches!(arg.value.kind, Syntax::Star) {
                let value = self.expr(&arg.value, cx)?;
                named(at + 1, self.argument_name(arg));
                exprs.push(value);
                continue;
            }
            for (at, column) in cx.columns.iter().enumerate() {
                if Some(at) != exclude && !keys.contains(&at) {
                    self.charge(1, arg.value.span)?;
                    exprs.push(node(ExprKind::Column(at), column.ty, arg.value.span));
                    named(at, Some(column.name.clone()));
                }
            }
        }
        Some(())
    }

    /// `percentiles(x, 5, 50)` is a `percentile` for each; `percentilesw` has a weight, too.
    fn percentiles(
        &mut self,
        function: &'static str,
        fixed: usize,
        args: &[Arg],
        span: Span,
        collector: &RefCell<Collector>,
    ) -> Option<Vec<Result>> {
        let Some(aggregate) = self.aggregate(function) else {
            return self.error(codes::UNSUPPORTED, span, "this aggregate is not supported yet");
        };
        let ranks = args.get(fixed..).unwrap_or_default();
        let Some(value) = args.first().filter(|_| !ranks.is_empty()) else {
            let message = format!("at least {} arguments are needed", fixed + 1);
            return self.error(codes::ARGUMENT_COUNT, span, message);
        };
        let mut results = Vec::new();
        for rank in ranks {
            let mut each = args.get(..fixed).unwrap_or_default().to_vec();
            each.push(rank.clone());
            let expr = self.aggregate_value(aggregate, &each, span, collector)?;
            let name = Some(super::naming::percentile_name(
                self.auto_name(&value.value).as_deref(),
                &rank.value,
            ));
            results.push(Result { name, expr, main: true });
        }
        Some(results)
    }
}

fn seen(collector: &RefCell<Collector>) -> (Vec<Column>, usize) {
    let collector = collector.borrow();
    (collector.columns.clone(), collector.place)
}

fn results(slots: Vec<Expr>, names: Vec<Option<String>>) -> Vec<Result> {
    slots
        .into_iter()
        .zip(names)
        .enumerate()
        .map(|(at, (expr, name))| Result { name, expr, main: at == 0 })
        .collect()
}

/// Adds a call and gives its slots.
fn add(
    collector: &RefCell<Collector>,
    function: &'static str,
    args: Vec<Expr>,
    types: &[Type],
    span: Span,
) -> Vec<Expr> {
    let mut collector = collector.borrow_mut();
    let first = collector.keys + collector.slots.len();
    collector.slots.extend(types);
    let outputs = types.len();
    collector.aggregates.push(Aggregate { function, args, outputs, filter: None, span });
    let slot = |(at, ty): (usize, &Type)| node(ExprKind::Column(first + at), *ty, span);
    types.iter().enumerate().map(slot).collect()
}

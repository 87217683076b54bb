//! `make-series`: a `summarize` by point, then one by series that lays the points side by side.
//!
//! The points of a series lie at equal distances from its start, or from a round value where no
//! start is given; then each series goes from its own first point to its own last one.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Aggregate, BinaryOp, Expr, ExprKind, Op, Rel},
    syntax::tree::{self, Named, Series},
    types::{Column, Type},
    value::Value,
};

use super::super::{
    Binder,
    convert::{widened, wider},
    expression::node,
    limits,
    scope::Cx,
};

/// The aggregates of the engine that no query can call: points beside each other, and where they
/// lie.
const POINTS: &str = "make-series";
const AXIS: &str = "make-series axis";

/// The column of the points while they are counted; no query can write that name.
const POINT: &str = "\u{2}point";

/// The ends of the axis in its type.
struct Bounds {
    from: Option<Expr>,
    to: Option<Expr>,
    step: Expr,
}

impl Bounds {
    /// The ends of the form whose points are those of `bin` and whose last point counts.
    fn binned(self, ty: Type, span: Span) -> Self {
        let bin = |it: Expr| {
            let args = vec![it, self.step.clone()];
            node(ExprKind::Call { function: "bin", args }, ty, span)
        };
        let behind = |it: Expr| {
            let (left, right) = (Box::new(it), Box::new(self.step.clone()));
            node(ExprKind::Binary { op: BinaryOp::Add, left, right }, ty, span)
        };
        let (from, to) = (self.from.clone().map(bin), self.to.clone().map(|it| behind(bin(it))));
        Self { from, to, step: self.step }
    }
}

impl Binder<'_> {
    pub(super) fn series(&mut self, input: Rel, series: &Series, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let axis = self.expr(&series.axis.expr, cx);
        let bound = |it: &mut Self, expr: &Option<tree::Expr>| match expr {
            Some(expr) => it.constant_bound(expr).map(Some),
            None => Some(None),
        };
        let (from, to) = (bound(self, &series.from), bound(self, &series.to));
        let step = self.constant_bound(&series.step);
        let (axis, from, to, step) = (axis?, from?, to?, step?);
        let name = match series.axis.names.first() {
            Some(name) => name.text.clone(),
            None => self.auto_name(&series.axis.expr).unwrap_or_else(|| "Column1".to_owned()),
        };
        let (axis, bounds) = self.axis(axis, from, to, step)?;
        let ty = axis.ty;
        let summed = self.points(input, axis, &bounds, series, span)?;
        let keys = series.by.len();
        let widths: Vec<usize> = series.items.iter().map(|it| width(&it.named)).collect();
        let results = summed.columns.len().saturating_sub(keys + 1);
        let fits = widths.iter().sum::<usize>() == results;
        if summed.columns.iter().any(|it| it.name == name) {
            let message = format!("column `{name}` is given twice");
            return self.error(codes::DUPLICATE, series.axis.span(), message);
        }
        // the points' values as JSON, and the defaults in their types
        let mut defaults = Vec::with_capacity(results);
        for (at, item) in series.items.iter().enumerate() {
            let width = widths.get(at).copied().filter(|_| fits).unwrap_or(1);
            for _ in 0..width {
                let Some(it) = summed.columns.get(keys + 1 + defaults.len()) else { continue };
                defaults.push(self.default(item.default.as_ref(), it.ty, span)?);
            }
        }
        defaults.resize_with(results, || node(ExprKind::Literal(Value::Null), Type::Dynamic, span));
        let mut exprs = Vec::with_capacity(summed.columns.len());
        let mut dynamic = summed.columns.clone();
        for (at, it) in dynamic.iter_mut().enumerate() {
            let cell = node(ExprKind::Column(at), it.ty, span);
            if at <= keys {
                exprs.push(cell);
            } else {
                exprs.push(widened(cell, Type::Dynamic));
                it.ty = Type::Dynamic;
            }
        }
        let rel =
            Rel { op: Op::Project { input: Box::new(summed), exprs }, columns: dynamic.clone() };
        let bounds = if series.inclusive { bounds.binned(ty, span) } else { bounds };
        Some(gathered(rel, &dynamic, keys, ty, defaults, &bounds, (name, series.nonempty), span))
    }

    fn constant_bound(&mut self, expr: &tree::Expr) -> Option<Expr> {
        let bound = self.expr(expr, Cx::CONSTANT)?;
        if !limits::is_constant(&bound) {
            let message = "the ends and the step of a series must be constant";
            return self.error(codes::NOT_CONSTANT, bound.span, message);
        }
        Some(bound)
    }

    /// The axis and its ends in one type.
    fn axis(
        &mut self,
        axis: Expr,
        from: Option<Expr>,
        to: Option<Expr>,
        step: Expr,
    ) -> Option<(Expr, Bounds)> {
        let ty = axis.ty;
        let distance = if ty == Type::DateTime { Type::TimeSpan } else { ty };
        let fits = |given: Type, wanted: Type| {
            given == wanted || given == Type::Dynamic || wider(given, wanted) == Some(wanted)
        };
        let known = matches!(ty, Type::DateTime | Type::TimeSpan) || ty.is_number();
        let wrong = [&from, &to].into_iter().flatten().find(|it| !fits(it.ty, ty));
        if !known || wrong.is_some() || !fits(step.ty, distance) {
            let at = wrong.unwrap_or(&step);
            let message = if wrong.is_some() || !known {
                format!("a series along {} does not end at {}", ty.name(), at.ty.name())
            } else {
                format!("a series along {} has no steps of {}", ty.name(), at.ty.name())
            };
            let problem = Diagnostic::error(codes::OPERAND, at.span, message);
            self.report(if known {
                problem
            } else {
                problem.help("the axis is datetime, timespan or a number")
            });
            return None;
        }
        // points are whole numbers or reals
        let ty = match ty {
            Type::Int => Type::Long,
            Type::Decimal => Type::Real,
            ty => ty,
        };
        let distance = if ty == Type::DateTime { Type::TimeSpan } else { ty };
        let from = match from {
            Some(it) => Some(self.converted(it, ty)?),
            None => None,
        };
        let to = match to {
            Some(it) => Some(self.converted(it, ty)?),
            None => None,
        };
        let step = self.converted(step, distance)?;
        Some((self.converted(axis, ty)?, Bounds { from, to, step }))
    }

    /// The aggregates by key and point.
    fn points(
        &mut self,
        input: Rel,
        axis: Expr,
        bounds: &Bounds,
        series: &Series,
        span: Span,
    ) -> Option<Rel> {
        let mut columns = input.columns.clone();
        let ty = axis.ty;
        let at = columns.len();
        let mut exprs: Vec<Expr> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| node(ExprKind::Column(at), it.ty, span))
            .collect();
        exprs.push(axis);
        columns.push(Column::new(POINT, ty));
        let point = node(ExprKind::Column(at), ty, span);
        let rel =
            Rel { op: Op::Project { input: Box::new(input), exprs }, columns: columns.clone() };
        let compared = |op: BinaryOp, end: &Expr| {
            let (left, right) = (Box::new(point.clone()), Box::new(end.clone()));
            node(ExprKind::Binary { op, left, right }, Type::Bool, span)
        };
        let mut wanted = Vec::new();
        if let Some(from) = &bounds.from {
            wanted.push(compared(BinaryOp::GreaterOrEqual, from));
        }
        if let Some(to) = &bounds.to {
            let op = if series.inclusive { BinaryOp::LessOrEqual } else { BinaryOp::Less };
            wanted.push(compared(op, to));
        }
        if wanted.is_empty()
            && let Some(function) = self.function("isnotnull")
        {
            let kind = ExprKind::Call { function: function.name, args: vec![point.clone()] };
            wanted.push(node(kind, Type::Bool, span));
        }
        let rel = wanted.into_iter().fold(rel, |rel, predicate| {
            let columns = rel.columns.clone();
            Rel { op: Op::Filter { input: Box::new(rel), predicate }, columns }
        });
        // every row at the point at or before it
        let (function, args) = match &bounds.from {
            Some(from) if !series.inclusive => {
                ("bin_at", vec![point, bounds.step.clone(), from.clone()])
            }
            _ => ("bin", vec![point, bounds.step.clone()]),
        };
        let mut exprs: Vec<Expr> = columns
            .iter()
            .take(at)
            .enumerate()
            .map(|(at, it)| node(ExprKind::Column(at), it.ty, span))
            .collect();
        exprs.push(node(ExprKind::Call { function, args }, ty, span));
        let rel = Rel { op: Op::Project { input: Box::new(rel), exprs }, columns };
        let mut by = series.by.clone();
        by.push(Named {
            names: Vec::new(),
            expr: tree::Expr { kind: tree::ExprKind::Name(POINT.to_owned()), span },
        });
        let items: Vec<Named> = series.items.iter().map(|it| it.named.clone()).collect();
        self.summarize(rel, &items, Some(&by), span)
    }

    /// The value where there is no row, as a dynamic value.
    fn default(&mut self, given: Option<&tree::Expr>, ty: Type, span: Span) -> Option<Expr> {
        let value = match given {
            None => match ty {
                Type::Int | Type::Long => node(ExprKind::Literal(Value::Long(0)), Type::Long, span),
                Type::Real => node(ExprKind::Literal(Value::Real(0.0)), ty, span),
                Type::Decimal => node(ExprKind::Literal(Value::Decimal("0".to_owned())), ty, span),
                Type::TimeSpan => node(ExprKind::Literal(Value::TimeSpan(0)), ty, span),
                _ => node(ExprKind::Literal(Value::Null), ty, span),
            },
            Some(given) => {
                let value = self.constant_bound(given)?;
                if wider(value.ty, ty) == Some(ty) { self.converted(value, ty)? } else { value }
            }
        };
        Some(widened(value, Type::Dynamic))
    }
}

/// How many columns an aggregate fills.
fn width(named: &Named) -> usize {
    match &named.expr.kind {
        tree::ExprKind::Call { name, args } => match name.text.as_str() {
            "percentiles" => args.len().saturating_sub(1).max(1),
            "arg_max" | "arg_min" => args.len().max(1),
            _ => 1,
        },
        _ => 1,
    }
}

/// One row for each series.
#[expect(clippy::too_many_arguments, reason = "one step, all of whose parts come from elsewhere")]
fn gathered(
    rel: Rel,
    columns: &[Column],
    keys: usize,
    ty: Type,
    defaults: Vec<Expr>,
    bounds: &Bounds,
    (name, nonempty): (String, bool),
    span: Span,
) -> Rel {
    let cell = |at: usize| {
        node(ExprKind::Column(at), columns.get(at).map_or(Type::Dynamic, |it| it.ty), span)
    };
    let end = |it: &Option<Expr>| {
        it.clone().unwrap_or_else(|| node(ExprKind::Literal(Value::Null), ty, span))
    };
    let place = || vec![cell(keys), end(&bounds.from), end(&bounds.to), bounds.step.clone()];
    let aggregate = |function, args| Aggregate { function, args, outputs: 1, filter: None, span };
    let mut aggregates = Vec::with_capacity(defaults.len() + 2);
    let mut out: Vec<Column> = columns.iter().take(keys).cloned().collect();
    for (nth, default) in defaults.into_iter().enumerate() {
        let mut args = place();
        args.push(cell(keys + 1 + nth));
        args.push(default);
        aggregates.push(aggregate(POINTS, args));
        let name = columns.get(keys + 1 + nth).map_or("", |it| it.name.as_str());
        out.push(Column::new(name, Type::Dynamic));
    }
    aggregates.push(aggregate(AXIS, place()));
    out.push(Column::new(name, Type::Dynamic));
    let by = (0..keys).map(cell).collect();
    // nothing at all is no series, though a `summarize` without keys would give a row
    let counted = keys == 0 && !nonempty;
    if counted {
        aggregates.push(aggregate("count", Vec::new()));
    }
    let results = out.len();
    let mut wide = out.clone();
    if counted {
        wide.push(Column::new("\u{2}count", Type::Long));
    }
    let op = Op::Summarize { input: Box::new(rel), keys: by, aggregates };
    let rel = Rel { op, columns: wide.clone() };
    if !counted {
        return rel;
    }
    let (left, right) = (
        Box::new(node(ExprKind::Column(results), Type::Long, span)),
        Box::new(node(ExprKind::Literal(Value::Long(0)), Type::Long, span)),
    );
    let predicate = node(ExprKind::Binary { op: BinaryOp::Greater, left, right }, Type::Bool, span);
    let rel = Rel { op: Op::Filter { input: Box::new(rel), predicate }, columns: wide };
    super::pick(rel, out.into_iter().map(|it| it.name).enumerate().collect())
}

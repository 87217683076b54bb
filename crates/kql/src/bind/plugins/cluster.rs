//! Plugins that look for segments of rows: `autocluster`, `basket`, `diffpatterns`.

use crate::{
    codes,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree,
    types::{Column, Type},
    value::Value,
    work::{Cluster, ClusterKind, Work},
};

use super::{
    super::{Binder, expression::node, open::is_mark},
    Call,
};

/// The most dimensions of a segment.
const MAX_DIMENSIONS: i64 = 10;
/// The share of rows that a segment of `basket` or a difference needs.
const THRESHOLD: f64 = 0.05;

impl Binder<'_> {
    pub(super) fn autocluster(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args = self.arguments(call, &["SizeWeight", "WeightColumn", "NumSeeds"], 0)?;
        let size_weight = self.share(args.optional(0), 0.5)?;
        let weight = self.weight(&input, args.optional(1))?;
        self.segments(input, ClusterKind::Auto { size_weight }, weight, None, call)
    }

    pub(super) fn basket(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args = self.arguments(call, &["Threshold", "WeightColumn", "MaxDimensions"], 0)?;
        let threshold = self.share(args.optional(0), THRESHOLD)?;
        let weight = self.weight(&input, args.optional(1))?;
        let dimensions = self.dimensions(args.optional(2))?;
        let kind = ClusterKind::Basket { threshold, dimensions };
        self.segments(input, kind, weight, None, call)
    }

    pub(super) fn diffpatterns(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = [
            "SplitColumn",
            "SplitValueA",
            "SplitValueB",
            "WeightColumn",
            "Threshold",
            "MaxDimensions",
        ];
        let args = self.arguments(call, &names, 3)?;
        let split = self.column_argument(&input, args.required(0)?)?;
        let a = self.split_value(args.required(1)?)?;
        let b = self.split_value(args.required(2)?)?;
        let weight = self.weight(&input, args.optional(3))?;
        let threshold = self.share(args.optional(4), THRESHOLD)?;
        let dimensions = self.dimensions(args.optional(5))?;
        let kind = ClusterKind::Difference { a, b, threshold, dimensions };
        self.segments(input, kind, weight, Some(split), call)
    }

    /// `~` says that a parameter keeps its default.
    fn is_default(expr: &tree::Expr) -> bool {
        matches!(&expr.kind, tree::ExprKind::Literal(Value::String(it), _) if it == "~")
    }

    fn share(&mut self, expr: Option<&tree::Expr>, default: f64) -> Option<f64> {
        let Some(expr) = expr.filter(|it| !Self::is_default(it)) else { return Some(default) };
        let value = self.constant_argument(expr)?;
        let share = match &value.kind {
            ExprKind::Literal(Value::Real(it)) => *it,
            ExprKind::Literal(Value::Long(it)) => *it as f64,
            _ => f64::NAN,
        };
        if (0.0..=1.0).contains(&share) {
            return Some(share);
        }
        self.error(codes::ARGUMENT, expr.span, "a constant between 0 and 1 is needed here")
    }

    fn dimensions(&mut self, expr: Option<&tree::Expr>) -> Option<usize> {
        let Some(expr) = expr.filter(|it| !Self::is_default(it)) else { return Some(5) };
        let value = self.constant_argument(expr)?;
        if let ExprKind::Literal(Value::Long(it @ 1..=MAX_DIMENSIONS)) = value.kind {
            return usize::try_from(it).ok();
        }
        let message = format!("a constant between 1 and {MAX_DIMENSIONS} is needed here");
        self.error(codes::ARGUMENT, expr.span, message)
    }

    #[expect(clippy::option_option, reason = "whether it is right, and whether it is there")]
    fn weight(&mut self, input: &Rel, expr: Option<&tree::Expr>) -> Option<Option<usize>> {
        let Some(expr) = expr.filter(|it| !Self::is_default(it)) else { return Some(None) };
        let at = self.column_argument(input, expr)?;
        if input.columns.get(at).is_some_and(|it| it.ty.is_number()) {
            return Some(Some(at));
        }
        self.error(codes::ARGUMENT, expr.span, "the weight must be a number")
    }

    fn split_value(&mut self, expr: &tree::Expr) -> Option<String> {
        let value = self.constant_argument(expr)?;
        match value.kind {
            ExprKind::Literal(Value::String(text)) => Some(text),
            ExprKind::Literal(Value::Bool(flag)) => Some(flag.to_string()),
            ExprKind::Literal(value) => Some(value.to_string()),
            _ => self.error(codes::NOT_CONSTANT, expr.span, "this argument must be constant"),
        }
    }

    /// Weight, split and dimensions in front of the algorithm. Weight and split are no dimensions,
    /// though they keep their columns.
    fn segments(
        &mut self,
        input: Rel,
        kind: ClusterKind,
        weight: Option<usize>,
        split: Option<usize>,
        call: &Call<'_>,
    ) -> Option<Rel> {
        let span = call.span;
        let column =
            |at: usize| input.columns.get(at).map(|it| node(ExprKind::Column(at), it.ty, span));
        let mut exprs: Vec<Expr> = Vec::new();
        let mut columns = Vec::new();
        let weighted = weight.is_some();
        if let Some(at) = weight {
            let weight = column(at)?;
            exprs.push(self.converted(weight, Type::Long)?);
            columns.push(Column::new("weight", Type::Long));
        }
        if let Some(at) = split {
            let split = column(at)?;
            exprs.push(self.converted(split, Type::String)?);
            columns.push(Column::new("split", Type::String));
        }
        let counts: &[(&str, Type)] = match kind {
            ClusterKind::Auto { .. } | ClusterKind::Basket { .. } => {
                &[("SegmentId", Type::Long), ("Count", Type::Long), ("Percent", Type::Real)]
            }
            ClusterKind::Difference { .. } => &[
                ("SegmentId", Type::Long),
                ("CountA", Type::Long),
                ("CountB", Type::Long),
                ("PercentA", Type::Real),
                ("PercentB", Type::Real),
                ("PercentDiffAB", Type::Real),
            ],
        };
        let mut out: Vec<Column> =
            counts.iter().map(|(name, ty)| Column::new(*name, *ty)).collect();
        for (at, it) in input.columns.iter().enumerate().filter(|(_, it)| !is_mark(it)) {
            let value = if weight == Some(at) || split == Some(at) {
                let empty = match it.ty {
                    Type::String => Value::String(String::new()),
                    _ => Value::Null,
                };
                node(ExprKind::Literal(empty), it.ty, span)
            } else {
                column(at)?
            };
            exprs.push(value);
            columns.push(it.clone());
            out.push(it.clone());
        }
        let input = Rel { op: Op::Project { input: Box::new(input), exprs }, columns };
        let work = Box::new(Work::Cluster(Cluster { kind, weighted }));
        Some(Rel { op: Op::Work { input: Box::new(input), work }, columns: out })
    }
}

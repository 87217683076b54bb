//! `scan` and `reduce`.
//!
//! What a step's name stands in front of (`s1.Total`) is the state of that step: such places become
//! columns behind the input's and the declared ones.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, ParamType, Step as PathStep},
    types::{Column, Type},
    value::Value,
    work::{Scan, Step, Work},
};

use super::super::{
    Binder,
    expression::node,
    rewrite::{hidden_name, rewritten},
    scope::Cx,
};

/// The most steps of a scan.
const MAX_STEPS: usize = 64;

/// What the steps read of the state.
struct State {
    steps: Vec<String>,
    columns: Vec<Column>,
    read: Vec<(usize, usize)>,
    unknown: Vec<(String, Span)>,
}

impl State {
    /// The expression with columns in place of state.
    fn settled(&mut self, expr: &tree::Expr) -> tree::Expr {
        rewritten(expr, &mut |it| {
            let Syntax::Path { base, steps } = &it.kind else { return None };
            let (Syntax::Name(name), [PathStep::Member(member), rest @ ..]) =
                (&base.kind, steps.as_slice())
            else {
                return None;
            };
            let step = self.steps.iter().position(|it| it == name)?;
            let Some(column) = self.columns.iter().position(|it| it.name == member.text) else {
                self.unknown.push((member.text.clone(), member.span));
                return None;
            };
            let at = self.read.iter().position(|it| *it == (step, column)).unwrap_or_else(|| {
                self.read.push((step, column));
                self.read.len() - 1
            });
            let kind = Syntax::Name(hidden_name(at));
            let state = tree::Expr { kind, span: it.span };
            if rest.is_empty() {
                return Some(state);
            }
            let kind = Syntax::Path { base: Box::new(state), steps: rest.to_vec() };
            Some(tree::Expr { kind, span: it.span })
        })
    }
}

impl Binder<'_> {
    pub(super) fn scan(&mut self, input: Rel, scan: &tree::Scan, span: Span) -> Option<Rel> {
        if scan.steps.len() > MAX_STEPS {
            return self.error(codes::TOO_MANY, span, format!("more than {MAX_STEPS} steps"));
        }
        let input = if scan.order.is_empty() { input } else { self.sort(input, &scan.order) };
        if !input.is_serialized() {
            self.warn(span, "the order of the rows is not settled; put `sort by` in front");
        }
        let mut columns = input.columns.clone();
        let cx = self.over(&input.columns);
        let partition: Option<Vec<Expr>> =
            scan.partition.iter().map(|it| self.expr(it, cx)).collect();
        let defaults = self.declared(scan, &mut columns)?;
        let mut state = State {
            steps: scan.steps.iter().map(|it| it.name.text.clone()).collect(),
            columns: columns.clone(),
            read: Vec::new(),
            unknown: Vec::new(),
        };
        let settled: Vec<(tree::Expr, Vec<tree::Expr>)> = scan
            .steps
            .iter()
            .map(|step| {
                let condition = state.settled(&step.condition);
                (condition, step.assigned.iter().map(|(_, it)| state.settled(it)).collect())
            })
            .collect();
        for (name, span) in std::mem::take(&mut state.unknown) {
            let cx = self.over(&columns);
            self.unknown_column::<()>(&name, span, cx);
        }
        let mut seen = columns.clone();
        for (at, (_, column)) in state.read.iter().enumerate() {
            seen.push(Column::new(hidden_name(at), columns.get(*column)?.ty));
        }
        let cx = self.over(&seen);
        let width = input.columns.len();
        let mut steps = Vec::with_capacity(scan.steps.len());
        for (step, (condition, values)) in scan.steps.iter().zip(&settled) {
            let condition = self.condition(condition, cx);
            let mut assigned = Vec::with_capacity(values.len());
            for ((name, _), value) in step.assigned.iter().zip(values) {
                let value = self.expr(value, cx)?;
                let declared = columns.iter().skip(width).position(|it| it.name == name.text);
                let Some(at) = declared else {
                    let message = format!("`{}` is not declared in this scan", name.text);
                    return self.error(codes::UNKNOWN_COLUMN, name.span, message);
                };
                let ty = columns.get(width + at)?.ty;
                assigned.push((at, self.fitted(value, ty)?));
            }
            let (optional, output) = (step.optional, step.output);
            steps.push(Step { optional, output, condition: condition?, assigned });
        }
        let mut out = columns;
        if let Some(name) = &scan.match_id {
            out.push(Column::new(name.text.as_str(), Type::Long));
        }
        let work = Work::Scan(Scan {
            defaults,
            partition: partition?,
            steps,
            state: state.read,
            match_id: scan.match_id.is_some(),
        });
        let op = Op::Work { input: Box::new(input), work: Box::new(work) };
        Some(Rel { op, columns: out })
    }

    /// The defaults of the declared columns, which go behind the others.
    fn declared(&mut self, scan: &tree::Scan, columns: &mut Vec<Column>) -> Option<Vec<Expr>> {
        let mut defaults = Vec::with_capacity(scan.declared.len());
        for param in &scan.declared {
            let ParamType::Scalar(ty) = param.ty else {
                let message = "a declared column holds values, not tables";
                return self.error(codes::WRONG_KIND, param.name.span, message);
            };
            if columns.iter().any(|it| it.name == param.name.text) {
                let message = format!("column `{}` exists already", param.name.text);
                return self.error(codes::DUPLICATE, param.name.span, message);
            }
            let default = if let Some(default) = &param.default {
                let value = self.expr(default, Cx::CONSTANT)?;
                self.fitted(value, ty)?
            } else {
                let null = match ty {
                    Type::String => Value::String(String::new()),
                    _ => Value::Null,
                };
                node(ExprKind::Literal(null), ty, param.name.span)
            };
            columns.push(Column::new(param.name.text.as_str(), ty));
            defaults.push(default);
        }
        Some(defaults)
    }

    pub(super) fn reduce(&mut self, input: Rel, reduce: &tree::Reduce) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let text = self.expr(&reduce.by, cx)?;
        let span = text.span;
        let text = self.converted(text, Type::String)?;
        let threshold = match &reduce.threshold {
            None => 0.1,
            Some(expr) => match self.expr(expr, Cx::CONSTANT)?.kind {
                ExprKind::Literal(Value::Real(it)) if (0.0..=1.0).contains(&it) => it,
                ExprKind::Literal(Value::Long(it @ 0..=1)) => it as f64,
                _ => {
                    let message = "the threshold is a constant between 0 and 1";
                    return self.error(codes::ARGUMENT, expr.span, message);
                }
            },
        };
        let characters = match &reduce.characters {
            None => String::new(),
            Some(expr) => {
                let value = self.expr(expr, Cx::CONSTANT)?;
                let ExprKind::Literal(Value::String(characters)) = value.kind else {
                    let message = "the characters are a constant text";
                    return self.error(codes::ARGUMENT, expr.span, message);
                };
                characters
            }
        };
        let mut exprs = vec![text];
        let mut made = vec![Column::new("text", Type::String)];
        let mut out = Vec::new();
        if reduce.source {
            for (at, column) in columns.iter().enumerate() {
                exprs.push(node(ExprKind::Column(at), column.ty, span));
                made.push(column.clone());
                out.push(column.clone());
            }
        }
        let results =
            [("Pattern", Type::String), ("Count", Type::Long), ("Representative", Type::String)];
        out.extend(results.map(|(name, ty)| Column::new(name, ty)));
        let input = Rel { op: Op::Project { input: Box::new(input), exprs }, columns: made };
        let work = Work::Reduce { threshold, characters, source: reduce.source };
        let op = Op::Work { input: Box::new(input), work: Box::new(work) };
        Some(Rel { op, columns: out })
    }
}

//! Plugins that follow someone through states: `sequence_detect`, `funnel_sequence`,
//! `funnel_sequence_completion`.

use serde_json::Value as Json;

use crate::{
    codes,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree,
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{
        Binder,
        expression::node,
        operators::pick,
        template::{Given, quoted_text},
    },
    Call, renamed,
};

/// The most states of a sequence.
const MAX_STATES: usize = 10;

impl Binder<'_> {
    /// `sequence_detect(time, most between steps, most in all, conditions …, dimensions …)`.
    pub(super) fn sequence_detect(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let span = call.span;
        let [time, between, all, rest @ ..] = call.evaluate.args.as_slice() else {
            return self.error(
                codes::ARGUMENT_COUNT,
                span,
                "`sequence_detect` takes at least 4 arguments",
            );
        };
        let time = self.column_argument(&input, &time.value)?;
        let time_column = input.columns.get(time)?.clone();
        let between = self.constant_argument(&between.value)?;
        let all = self.constant_argument(&all.value)?;
        let mut exprs: Vec<Expr> = vec![node(ExprKind::Column(time), time_column.ty, span)];
        let mut columns = vec![Column::new("t", time_column.ty)];
        let (mut conditions, mut dimensions) = (Vec::new(), Vec::new());
        let input_columns = input.columns.clone();
        let cx = self.over(&input_columns);
        for arg in rest {
            let value = self.expr(&arg.value, cx)?;
            let plain = arg.name.is_none() && matches!(value.kind, ExprKind::Column(_));
            if value.ty == Type::Bool && (!plain || conditions.is_empty()) {
                let name = arg.name.as_ref().map(|it| it.text.clone()).unwrap_or_default();
                columns.push(Column::new(format!("c{}", conditions.len()), Type::Bool));
                conditions.push(name);
            } else if let (tree::ExprKind::Name(name), true) = (&arg.value.kind, plain) {
                columns.push(Column::new(format!("d{}", dimensions.len()), value.ty));
                dimensions.push(name.clone());
            } else {
                let message = "a condition or the name of a column is needed here";
                return self.error(codes::ARGUMENT, arg.value.span, message);
            }
            exprs.push(value);
        }
        if conditions.is_empty() || conditions.len() > MAX_STATES {
            let message = format!("a sequence has between 1 and {MAX_STATES} steps");
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let table = Rel { op: Op::Project { input: Box::new(input), exprs }, columns };
        let text = sequence_text(conditions.len(), dimensions.len(), time_column.ty);
        let given = Given::table(table).and("M", between).and("X", all);
        let rel = self.template(&text, given, span)?;
        let times = conditions.iter().map(|it| format!("{it}_{}", time_column.name));
        let names = dimensions.into_iter().chain(times).chain(["Duration".to_owned()]);
        Some(renamed(rel, names))
    }

    /// `funnel_sequence_completion(id, time, start, end, bin, state, sequence, periods)`.
    pub(super) fn funnel_sequence_completion(
        &mut self,
        input: Rel,
        call: &Call<'_>,
    ) -> Option<Rel> {
        let names = [
            "IdColumn",
            "TimelineColumn",
            "Start",
            "End",
            "BinSize",
            "StateColumn",
            "Sequence",
            "MaxSequencePeriods",
        ];
        let args = self.arguments(call, &names, 8)?;
        let (id, time) = (
            self.column_argument(&input, args.required(0)?)?,
            self.column_argument(&input, args.required(1)?)?,
        );
        let state = self.column_argument(&input, args.required(5)?)?;
        let sequence = self.states(args.required(6)?)?;
        let periods = self.array(args.required(7)?)?;
        let (time_name, state_name) =
            (input.columns.get(time)?.name.clone(), input.columns.get(state)?.name.clone());
        let table = pick(
            input,
            vec![(id, "i".to_owned()), (time, "t".to_owned()), (state, "s".to_owned())],
        );
        let mut legs = Vec::new();
        for period in &periods {
            let Some(period) = span_text(period) else {
                return self.error(
                    codes::ARGUMENT,
                    args.required(7)?.span,
                    "the periods must be timespans",
                );
            };
            for (last, state) in sequence.iter().enumerate() {
                let mut leg = format!(
                    "A | where s == {} | project i, t, f = t",
                    quoted_text(sequence.first().map_or("", String::as_str))
                );
                for next in sequence.get(1..=last).unwrap_or_default() {
                    leg.push_str(&format!(
                        " | join kind=inner (A | where s == {} | project i, n = t) on i
                        | where n > t and n - f <= {period}
                        | summarize t = min(n) by i, f",
                        quoted_text(next)
                    ));
                }
                legs.push(format!(
                    "({leg} | summarize by i, b = bin_at(f, W, S) | summarize c = count() by b
                    | project b, s = {}, p = {period}, c, o = {last})",
                    quoted_text(state)
                ));
            }
        }
        if legs.len() > MAX_STATES * MAX_STATES || legs.is_empty() {
            return self.error(codes::TOO_MANY, call.span, "too many states and periods");
        }
        let text = format!(
            "let A = T | where t between (S .. E) | project i, t, s = tostring(s);
            union {} | sort by b asc, p asc, o asc | project b, s, p, c",
            legs.join(", ")
        );
        let given = Given::table(table)
            .and("S", self.constant_argument(args.required(2)?)?)
            .and("E", self.constant_argument(args.required(3)?)?)
            .and("W", self.constant_argument(args.required(4)?)?);
        let rel = self.template(&text, given, call.span)?;
        let names = [time_name, state_name, "Period".to_owned(), "dcount".to_owned()];
        Some(renamed(rel, names))
    }

    /// `funnel_sequence(id, time, start, end, most between steps, step, state, sequence)`: what
    /// stands right before and right behind a completed sequence.
    pub(super) fn funnel_sequence(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = [
            "IdColumn",
            "TimelineColumn",
            "Start",
            "End",
            "MaxSequenceStepWindow",
            "Step",
            "StateColumn",
            "Sequence",
        ];
        let args = self.arguments(call, &names, 8)?;
        let (id, time) = (
            self.column_argument(&input, args.required(0)?)?,
            self.column_argument(&input, args.required(1)?)?,
        );
        let state = self.column_argument(&input, args.required(6)?)?;
        let sequence = self.states(args.required(7)?)?;
        let time_name = input.columns.get(time)?.name.clone();
        let table = pick(
            input,
            vec![(id, "i".to_owned()), (time, "t".to_owned()), (state, "s".to_owned())],
        );
        let mut chain = format!(
            "A | where s == {} | project i, f = t, t",
            quoted_text(sequence.first().map_or("", String::as_str))
        );
        for next in sequence.iter().skip(1) {
            chain.push_str(&format!(
                " | join kind=inner (A | where s == {} | project i, n = t) on i
                | where n > t and n - t <= M
                | summarize t = min(n) by i, f",
                quoted_text(next)
            ));
        }
        let text = format!(
            "let A = T | where t between (S .. E) | project i, t, s = tostring(s);
            let C = {chain};
            C | join kind=leftouter (C | join kind=inner (A | project i, u = t, s) on i
                    | where u < f and f - u <= M | summarize arg_max(u, s) by i, f, t
                    | project i, f, t, a = s) on i, f, t
            | join kind=leftouter (C | join kind=inner (A | project i, u = t, s) on i
                    | where u > t and u - t <= M | summarize arg_min(u, s) by i, f, t
                    | project i, f, t, z = s) on i, f, t
            | summarize c = dcount(i), x = make_set(i, 5) by b = bin_at(f, W, S), a, z
            | sort by b asc, c desc
            | project b, a, z, c, x"
        );
        let given = Given::table(table)
            .and("S", self.constant_argument(args.required(2)?)?)
            .and("E", self.constant_argument(args.required(3)?)?)
            .and("M", self.constant_argument(args.required(4)?)?)
            .and("W", self.constant_argument(args.required(5)?)?);
        let rel = self.template(&text, given, call.span)?;
        let names = ["prev", "next", "dcount", "samples"].map(str::to_owned);
        Some(renamed(rel, std::iter::once(time_name).chain(names)))
    }

    /// A constant array.
    fn array(&mut self, expr: &tree::Expr) -> Option<Vec<Json>> {
        match self.constant_argument(expr)?.kind {
            ExprKind::Literal(Value::Dynamic(Json::Array(items))) => Some(items),
            _ => self.error(codes::ARGUMENT, expr.span, "a constant array is needed here"),
        }
    }

    fn states(&mut self, expr: &tree::Expr) -> Option<Vec<String>> {
        let items = self.array(expr)?;
        if items.is_empty() || items.len() > MAX_STATES {
            let message = format!("a sequence has between 1 and {MAX_STATES} states");
            return self.error(codes::ARGUMENT, expr.span, message);
        }
        let text = |it: &Json| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        Some(items.iter().map(text).collect())
    }
}

/// A `scan` that finds the steps one behind the other.
fn sequence_text(steps: usize, dimensions: usize, ty: Type) -> String {
    let sorted = (0..dimensions).map(|at| format!("d{at} asc, ")).collect::<Vec<_>>().concat();
    let parted: Vec<String> = (0..dimensions).map(|at| format!("d{at}")).collect();
    let parted =
        if dimensions == 0 { String::new() } else { format!("partition by {}", parted.join(", ")) };
    let declared: Vec<String> = (0..steps).map(|at| format!("s{at}: {}", ty.name())).collect();
    let mut body = String::new();
    for at in 0..steps {
        let output = if at + 1 == steps { "all" } else { "none" };
        let mut condition = format!("c{at}");
        let mut assigned: Vec<String> = Vec::new();
        if let Some(last) = at.checked_sub(1) {
            condition.push_str(&format!(" and t - p{last}.s{last} <= M and t - p{last}.s0 <= X"));
            assigned.extend((0..at).map(|it| format!("s{it} = p{last}.s{it}")));
        }
        assigned.push(format!("s{at} = t"));
        body.push_str(&format!(
            "step p{at} output={output}: {condition} => {}; ",
            assigned.join(", ")
        ));
    }
    let columns = (0..dimensions).map(|at| format!("d{at}, ")).collect::<Vec<_>>().concat();
    let times = (0..steps).map(|at| format!("s{at}, ")).collect::<Vec<_>>().concat();
    format!(
        "T | sort by {sorted}t asc | scan {parted} declare ({}) with ({body})
        | project {columns}{times}Duration = s{} - s0",
        declared.join(", "),
        steps - 1
    )
}

/// A timespan inside an array, as a literal.
fn span_text(period: &Json) -> Option<String> {
    match period {
        Json::String(text) => {
            crate::time::parse_timespan(text).map(|_| format!("timespan({text})"))
        }
        Json::Number(number) => Some(format!("({number})")),
        _ => None,
    }
}

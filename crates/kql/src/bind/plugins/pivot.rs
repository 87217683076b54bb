//! `pivot`: a column for each value of a column.
//!
//! The aggregate is worked out for each group and value first, then the values of a group are laid
//! side by side. Which values there are is known from a schema behind the call or from the data, as
//! with `bag_unpack`.

use std::cell::RefCell;

use crate::{
    Probed, codes,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{self, Arg, ExprKind as Syntax, Name},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{
        Binder, aggregate::Collector, expression::node, expression::text, open::is_mark,
        operators::pick, scope::Cx, template::Given,
    },
    Call,
};

/// The most columns that come of one pivot.
const MAX_COLUMNS: usize = 1_000;

impl Binder<'_> {
    pub(super) fn pivot(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args = self.arguments(call, &["pivotColumn", "aggregateFunction"], 1)?;
        let pivot = self.column_argument(&input, args.required(0)?)?;
        let count = tree::Expr {
            kind: Syntax::Call {
                name: Name { text: "count".to_owned(), span: call.span },
                args: Vec::<Arg>::new(),
            },
            span: call.span,
        };
        let aggregate = args.optional(1).unwrap_or(&count);
        let Syntax::Call { args: inside, .. } = &aggregate.kind else {
            let message = "an aggregate function is needed here";
            return self.error(codes::ARGUMENT, aggregate.span, message);
        };
        let mut keys = self.column_arguments(&input, &args.rest)?;
        if args.rest.is_empty() {
            let used: Vec<&str> = inside
                .iter()
                .filter_map(|it| match &it.value.kind {
                    Syntax::Name(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            keys = (0..input.columns.len())
                .filter(|at| *at != pivot)
                .filter(|at| {
                    let column = input.columns.get(*at);
                    column.is_some_and(|it| !is_mark(it) && !used.contains(&it.name.as_str()))
                })
                .collect();
        }
        let values = self.pivot_values(&input, pivot, call, &keys)?;
        self.laid_out(input, pivot, &keys, aggregate, &values, call)
    }

    /// The values that become columns.
    fn pivot_values(
        &mut self,
        input: &Rel,
        pivot: usize,
        call: &Call<'_>,
        keys: &[usize],
    ) -> Option<Vec<String>> {
        if let Some(schema) = &call.evaluate.schema {
            let name = |at: &usize| input.columns.get(*at).map(|it| it.name.as_str());
            let is_key = |it: &Column| keys.iter().any(|at| name(at) == Some(&it.name));
            let values = schema.columns.iter().filter(|it| !is_key(it));
            return Some(values.map(|it| it.name.clone()).collect());
        }
        let values = pick(input.clone(), vec![(pivot, "p".to_owned())]);
        let text = format!("T | distinct p = tostring(p) | take {}", MAX_COLUMNS + 1);
        let nodes = self.nodes;
        let probe = self.template(&text, Given::table(values), call.span)?;
        self.nodes = nodes;
        let rows = match self.env.catalog.probe(&probe) {
            Probed::Rows(rows) => rows,
            Probed::Unknowable | Probed::Pending => Vec::new(),
        };
        if rows.len() > MAX_COLUMNS {
            let message = format!("the column has more than {MAX_COLUMNS} different values");
            return self.error(codes::TOO_MANY, call.span, message);
        }
        let mut values: Vec<String> = rows
            .into_iter()
            .filter_map(|row| match row.into_iter().next() {
                Some(Value::String(value)) => Some(value),
                _ => None,
            })
            .collect();
        values.sort_unstable();
        Some(values)
    }

    /// The keys, and for each value the aggregate over its rows.
    fn laid_out(
        &mut self,
        input: Rel,
        pivot: usize,
        keys: &[usize],
        aggregate: &tree::Expr,
        values: &[String],
        call: &Call<'_>,
    ) -> Option<Rel> {
        let span = call.span;
        let seen = input.columns.clone();
        let cx = self.over(&seen);
        let (mut by, mut columns) = (Vec::new(), Vec::new());
        for at in keys {
            let column = seen.get(*at)?;
            by.push(node(ExprKind::Column(*at), column.ty, span));
            columns.push(column.clone());
        }
        let value = node(ExprKind::Column(pivot), seen.get(pivot)?.ty, span);
        let value = self.converted(value, Type::String)?;
        let collector = RefCell::new(Collector {
            columns: seen.clone(),
            place: cx.place,
            keys: by.len(),
            key_columns: keys.to_vec(),
            aggregates: Vec::new(),
            slots: Vec::new(),
            bare_columns: 0,
        });
        let mut exprs: Vec<Expr> = columns
            .iter()
            .enumerate()
            .map(|(at, it): (usize, &Column)| node(ExprKind::Column(at), it.ty, span))
            .collect();
        let outer = Cx { aggregates: Some(&collector), ..cx };
        // looked at once even when there is no value, so that mistakes are found
        let probe = self.expr(aggregate, outer)?;
        if collector.borrow().aggregates.is_empty() {
            let message = "an aggregate function is needed here";
            return self.error(codes::ARGUMENT, aggregate.span, message);
        }
        {
            let mut collector = collector.borrow_mut();
            collector.aggregates.clear();
            collector.slots.clear();
        }
        for wanted in values {
            let first = collector.borrow().aggregates.len();
            let cell = self.expr(aggregate, outer)?;
            let left = Box::new(value.clone());
            let right = Box::new(text(wanted.as_str(), span));
            let op = crate::plan::BinaryOp::Equal;
            let is_it = node(ExprKind::Binary { op, left, right }, Type::Bool, span);
            for made in collector.borrow_mut().aggregates.iter_mut().skip(first) {
                made.filter = Some(is_it.clone());
            }
            columns.push(Column::new(wanted.as_str(), cell.ty));
            exprs.push(cell);
        }
        debug_assert!(values.is_empty() || columns.last().is_some_and(|it| it.ty == probe.ty));
        self.charge(values.len() * 4, span)?;
        let Collector { aggregates, slots, .. } = collector.into_inner();
        let laid = if by.is_empty() && aggregates.is_empty() {
            // nothing is known to come out
            Rel { op: Op::Values { rows: vec![Vec::new()] }, columns: Vec::new() }
        } else {
            let mut summarized: Vec<Column> = columns.iter().take(by.len()).cloned().collect();
            let slots = slots.iter().enumerate();
            summarized.extend(slots.map(|(at, ty)| Column::new(format!("slot {at}"), *ty)));
            let op = Op::Summarize { input: Box::new(input), keys: by, aggregates };
            Rel { op, columns: summarized }
        };
        if let Some(schema) = &call.evaluate.schema {
            return self.promised(laid, exprs, &columns, schema);
        }
        let mut seen = std::collections::HashSet::new();
        for column in &mut columns {
            // a value that is empty or called like a key gets a name of its own
            while !seen.insert(column.name.clone()) {
                column.name.push('1');
            }
        }
        let all = self.open_columns(columns, span);
        while exprs.len() < all.len() {
            exprs.push(node(ExprKind::Literal(Value::Null), Type::Dynamic, span));
        }
        Some(Rel { op: Op::Project { input: Box::new(laid), exprs }, columns: all })
    }

    /// Exactly the columns of a schema.
    fn promised(
        &mut self,
        laid: Rel,
        exprs: Vec<Expr>,
        columns: &[Column],
        schema: &tree::Schema,
    ) -> Option<Rel> {
        let mut wanted: Vec<Column> = Vec::new();
        if schema.star {
            let known = columns.iter().filter(|it| !schema.columns.contains(it));
            wanted.extend(known.cloned());
        }
        wanted.extend(schema.columns.iter().cloned());
        let mut picked = Vec::with_capacity(wanted.len());
        for column in &wanted {
            let at = columns.iter().position(|it| it.name == column.name)?;
            picked.push(self.converted(exprs.get(at)?.clone(), column.ty)?);
        }
        Some(Rel { op: Op::Project { input: Box::new(laid), exprs: picked }, columns: wanted })
    }
}

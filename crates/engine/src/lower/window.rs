//! Window functions: stages of calls, each with its arguments computed in front of it.
//!
//! A call that uses another's result belongs to a later stage.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use kql::{
    plan::{Expr as Bound, ExprKind, Rel, WindowCall, WindowFunction},
    types::{Column, Type},
    value::Value,
};

use crate::{
    arrow_types::{field, scalar},
    error::EngineError,
    flow::{
        Flow, Start, node,
        running::{Kind, Running},
        window::{Call, Stage, Windows},
    },
    lower::{LowerCx, Step, constant, expr, names, rel, types},
};

/// The input's columns and the calls' results.
pub(crate) fn window(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    calls: &[WindowCall],
    columns: &[Column],
) -> Result<Step, EngineError> {
    let mut step = rel::rel(cx, input)?;
    let types = types(columns);
    let mut rest = calls;
    while !rest.is_empty() {
        let known = step.names.len();
        let ready = rest.iter().take_while(|it| it.args.iter().all(|arg| sees(arg, known))).count();
        if ready == 0 {
            return Err(EngineError::plan("a window call uses a later one"));
        }
        let (now, later) = rest.split_at(ready);
        let results = types.get(known..known + ready).unwrap_or_default();
        step = stage(cx, &step, now, results)?;
        rest = later;
    }
    Ok(step)
}

/// True when an expression uses only the first columns.
fn sees(expr: &Bound, known: usize) -> bool {
    if let ExprKind::Column(at) = expr.kind {
        return at < known;
    }
    let mut all = true;
    expr.each_child(&mut |it| all = all && sees(it, known));
    all
}

fn stage(
    cx: &mut LowerCx<'_>,
    input: &Step,
    calls: &[WindowCall],
    results: &[Type],
) -> Result<Step, EngineError> {
    let width = input.names.len();
    let mut exprs = (0..width).map(|at| input.column(at)).collect::<Result<Vec<_>, _>>()?;
    let mut made = input.types.clone();
    let mut lowered = Vec::with_capacity(calls.len());
    for call in calls {
        let mut column = |arg: &Bound| -> Result<usize, EngineError> {
            exprs.push(expr::value(input, arg)?);
            made.push(arg.ty);
            Ok(exprs.len() - 1)
        };
        lowered.push(match (call.function, call.args.as_slice()) {
            (WindowFunction::Previous, [value, offset, default]) => Call::Previous {
                value: column(value)?,
                offset: far(input, offset)?,
                default: scalar(&known(input, default)?, value.ty),
            },
            (WindowFunction::Next, [value, offset, default]) => Call::Next {
                value: column(value)?,
                offset: far(input, offset)?,
                default: scalar(&known(input, default)?, value.ty),
            },
            (WindowFunction::RowNumber, [start, restart]) => {
                let Value::Long(start) = known(input, start)? else {
                    return Err(EngineError::refused("`row_number` starts at null"));
                };
                let kind = Kind::Number { start, next: start };
                Call::Running(Running { kind, term: None, restart: column(restart)? })
            }
            (WindowFunction::CumulativeSum, [term, restart]) => {
                let kind = match term.ty {
                    Type::Real => Kind::Real(0.0),
                    Type::Decimal => Kind::Decimal("0".to_owned()),
                    _ => Kind::Whole(0),
                };
                let term = Some(column(term)?);
                Call::Running(Running { kind, term, restart: column(restart)? })
            }
            (function @ (WindowFunction::RankDense | WindowFunction::RankMin), [term, restart]) => {
                let dense = function == WindowFunction::RankDense;
                let kind = Kind::Rank { dense, last: None, rank: 0, rows: 0 };
                let term = Some(column(term)?);
                Call::Running(Running { kind, term, restart: column(restart)? })
            }
            (WindowFunction::Session, [time, first, between, restart]) => {
                let term = Some(column(time)?);
                let (first, between) = (column(first)?, column(between)?);
                let kind = Kind::Session { first, between, start: None, last: None };
                Call::Running(Running { kind, term, restart: column(restart)? })
            }
            (function, _) => {
                return Err(EngineError::plan(format!("{function:?} with other arguments")));
            }
        });
    }
    let opened = rel::project(cx, input.plan.clone(), exprs, made)?;
    let types: Vec<Type> = input.types.iter().chain(results).copied().collect();
    let names = names(cx.number(), types.len());
    let fields = names.iter().zip(&types).map(|(name, ty)| field(name, *ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let stage = Arc::new(Stage { width, calls: lowered, schema: Arc::clone(&schema) });
    let start: Start =
        Arc::new(move || Ok(Box::new(Windows::new(Arc::clone(&stage))) as Box<dyn Flow>));
    let plan = node::plan("window", opened.plan, schema, true, start)?;
    Ok(Step { plan, names, types })
}

fn known(input: &Step, expr: &Bound) -> Result<Value, EngineError> {
    constant::value(&expr::value(input, expr)?, expr.ty)?
        .ok_or_else(|| EngineError::plan("an argument of a window call is not constant"))
}

fn far(input: &Step, expr: &Bound) -> Result<usize, EngineError> {
    match known(input, expr)? {
        Value::Long(offset) => usize::try_from(offset)
            .map_err(|_| EngineError::refused("`prev` and `next` look at least 0 rows far")),
        _ => Err(EngineError::refused("`prev` and `next` look a constant number of rows far")),
    }
}

//! `range`: an array of equally spaced numbers or times.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{DAY, HOUR},
    types::Type,
    value::Value,
};
use serde_json::Value as Json;

use crate::{
    args::{Args, out_json},
    arrow_types::{dynamic_of, real_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// More elements than this are cut off.
const MOST: usize = 1 << 20;

const STEPS: &[Type] = &[Type::Int, Type::Long, Type::Real, Type::DateTime, Type::TimeSpan];

pub(in super::super) const RANGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "range",
        params: &[
            Param::of("start", STEPS),
            Param::of("stop", STEPS),
            Param::of("step", STEPS).opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The values from `start` to at most `stop`, `step` apart (1, an hour for timespans, a \
              day for datetimes), as an array of at most 1048576 elements.",
        examples: &[
            ("range(1, 8, 3)", "[1,4,7]"),
            ("range(3, 1, -1)", "[3,2,1]"),
            ("range(1h, 2h)", "[\"01:00:00\",\"02:00:00\"]"),
            ("range(1, 2, 0.5)", "[1.0,1.5,2.0]"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let types = (0..args.len()).map(|at| args.ty(at)).collect::<Result<Vec<_>, _>>()?;
    let start = args.ty(0)?;
    if types.contains(&Type::Real) {
        let parts = (0..args.len()).map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
        return Ok(out_json(args.rows(), |row| {
            let part = |at: usize| parts.get(at).map_or(Some(1.0), |it| it.get(row));
            match (part(0), part(1), part(2)) {
                (Some(start), Some(stop), Some(step)) => reals(start, stop, step),
                _ => Json::Null,
            }
        }));
    }
    let default = match start {
        Type::DateTime => DAY,
        Type::TimeSpan => HOUR,
        _ => 1,
    };
    let make = |ticks: i64| match start {
        Type::DateTime => dynamic_of(&Value::DateTime(ticks)),
        Type::TimeSpan => dynamic_of(&Value::TimeSpan(ticks)),
        _ => Json::from(ticks),
    };
    let parts = (0..args.len()).map(|at| args.longs(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(out_json(args.rows(), |row| {
        let part = |at: usize| parts.get(at).map_or(Some(default), |it| it.get(row));
        match (part(0), part(1), part(2)) {
            (Some(start), Some(stop), Some(step)) => longs(start, stop, step, make),
            _ => Json::Null,
        }
    }))
}

fn longs(start: i64, stop: i64, step: i64, make: impl Fn(i64) -> Json) -> Json {
    if step == 0 {
        return Json::Null;
    }
    let inside = |at: &i64| if step > 0 { *at <= stop } else { *at >= stop };
    let all = std::iter::successors(Some(start), |at| at.checked_add(step));
    all.take_while(inside).take(MOST).map(make).collect()
}

fn reals(start: f64, stop: f64, step: f64) -> Json {
    let count = ((stop - start) / step).floor();
    if step == 0.0 || count.is_nan() {
        return Json::Null;
    }
    if count < 0.0 {
        return Json::Array(Vec::new());
    }
    let count = (count as usize).min(MOST - 1);
    (0..=count).map(|at| real_json(start + at as f64 * step)).collect()
}

//! The second half of `make-series`: points side by side as one array, and the array that says
//! where they lie.
//!
//! No query can call these by name. A point is known by its number, counted from the start of the
//! series or, without one, from zero; a series without a start (or end) begins (or ends) with its
//! own first (or last) point.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray},
        datatypes::{DataType, Float64Type, Int64Type},
    },
    common::Result,
    error::DataFusionError,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    time::{format_datetime, format_timespan},
    types::Type,
    value::Value,
};

use super::{
    AggregateCall, AggregateImpl, Made,
    fold::{self, Fold},
};
use crate::{
    arrow_types::{dynamic_of, real_json},
    dynamic::encode::quote,
    error::EngineError,
};

/// The most points of one series.
const MOST: i64 = 1 << 20;

const fn def(name: &'static str, params: &'static [Param], doc: &'static str) -> AggregateDef {
    let naming = Naming::Position;
    AggregateDef { name, params, returns: Returns::Is(Type::Dynamic), naming, doc }
}

/// The values of the points.
pub(crate) const POINTS: AggregateImpl = AggregateImpl {
    def: def(
        "make-series",
        &[
            Param::any("point"),
            Param::any("from"),
            Param::any("to"),
            Param::any("step"),
            Param::any("value"),
            Param::any("default"),
        ],
        "The values of points at equal distances as an array; part of `make-series`.",
    ),
    lower: |call| {
        let default = constant(call, 5)?;
        let default = dynamic_of(&default).to_string();
        let axis = Axis::of(call)?;
        let key = format!("{axis:?} {default}");
        let args = vec![call.arg(0)?.0, call.arg(4)?.0];
        let fold = Gather { axis, default: Some(default) };
        Ok(Made::just(fold::aggregate("make-series", key, fold, args, DataType::Utf8View)))
    },
};

/// Where the points lie.
pub(crate) const AXIS: AggregateImpl = AggregateImpl {
    def: def(
        "make-series axis",
        &[Param::any("point"), Param::any("from"), Param::any("to"), Param::any("step")],
        "The places of points at equal distances as an array; part of `make-series`.",
    ),
    lower: |call| {
        let axis = Axis::of(call)?;
        let key = format!("{axis:?}");
        let fold = Gather { axis, default: None };
        let args = vec![call.arg(0)?.0];
        Ok(Made::just(fold::aggregate("make-series axis", key, fold, args, DataType::Utf8View)))
    },
};

fn constant(call: &AggregateCall<'_>, at: usize) -> std::result::Result<Value, EngineError> {
    call.constants
        .get(at)
        .cloned()
        .flatten()
        .ok_or_else(|| EngineError::refused("the ends, step and default of a series are constant"))
}

/// A scale of points.
#[derive(Debug)]
struct Axis {
    ty: Type,
    scale: Scale,
    /// The series begins at the scale's origin.
    begins: bool,
    /// The number of the first point that is not of the series any more.
    end: Option<i64>,
}

#[derive(Debug)]
enum Scale {
    Whole { origin: i64, step: i64 },
    Real { origin: f64, step: f64 },
}

impl Axis {
    fn of(call: &AggregateCall<'_>) -> std::result::Result<Self, EngineError> {
        let ty = call.arg(0)?.1;
        let (from, to, step) = (constant(call, 1)?, constant(call, 2)?, constant(call, 3)?);
        let begins = from != Value::Null;
        let wrong = || EngineError::refused("the step of a series must be more than nothing");
        let scale = if ty == Type::Real {
            let step = real(&step).filter(|it| *it > 0.0 && it.is_finite()).ok_or_else(wrong)?;
            Scale::Real { origin: real(&from).unwrap_or(0.0), step }
        } else {
            let step = whole(&step).filter(|it| *it > 0).ok_or_else(wrong)?;
            Scale::Whole { origin: whole(&from).unwrap_or(0), step }
        };
        let end = match (&scale, &to) {
            (_, Value::Null) => None,
            (Scale::Whole { origin, step }, to) => whole(to).map(|to| {
                let apart = i128::from(to) - i128::from(*origin);
                let step = i128::from(*step);
                let points = apart.div_euclid(step) + i128::from(apart.rem_euclid(step) > 0);
                i64::try_from(points).unwrap_or(i64::MAX)
            }),
            (Scale::Real { origin, step }, to) => {
                real(to).map(|to| ((to - origin) / step - 1e-9).ceil() as i64)
            }
        };
        Ok(Self { ty, scale, begins, end })
    }

    /// The numbers of the points in a column.
    fn numbers(&self, points: &ArrayRef) -> Result<Vec<Option<i64>>> {
        let wrong = || DataFusionError::Internal("a series has points of another type".to_owned());
        Ok(match &self.scale {
            Scale::Whole { origin, step } => {
                let points = points.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
                let number = |it: i64| {
                    let apart = i128::from(it) - i128::from(*origin);
                    i64::try_from(apart.div_euclid(i128::from(*step))).ok()
                };
                points.iter().map(|it| it.and_then(number)).collect()
            }
            Scale::Real { origin, step } => {
                let points = points.as_primitive_opt::<Float64Type>().ok_or_else(wrong)?;
                let number = |it: f64| ((it - origin) / step).round() as i64;
                points.iter().map(|it| it.filter(|it| it.is_finite()).map(number)).collect()
            }
        })
    }

    /// The first and one past the last number of a series with these points.
    fn span(&self, seen: Option<(i64, i64)>) -> Result<(i64, i64)> {
        let first = if self.begins { Some(0) } else { seen.map(|it| it.0) };
        let end = self.end.or(seen.map(|it| it.1.saturating_add(1)));
        let (Some(first), Some(end)) = (first, end) else { return Ok((0, 0)) };
        if end.saturating_sub(first) > MOST {
            let message = format!("a series has more than {MOST} points");
            return Err(EngineError::refused(message).into());
        }
        Ok((first, end.max(first)))
    }

    /// The JSON of a point's place.
    fn place(&self, number: i64) -> String {
        match &self.scale {
            Scale::Real { origin, step } => real_json(origin + step * number as f64).to_string(),
            Scale::Whole { origin, step } => {
                let place = origin.saturating_add(step.saturating_mul(number));
                match self.ty {
                    Type::DateTime => quote(&format_datetime(place)),
                    Type::TimeSpan => quote(&format_timespan(place)),
                    _ => place.to_string(),
                }
            }
        }
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(it) => Some(i64::from(*it)),
        Value::Long(it) | Value::DateTime(it) | Value::TimeSpan(it) => Some(*it),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Real(it) => Some(*it),
        Value::Int(it) => Some(f64::from(*it)),
        Value::Long(it) => Some(*it as f64),
        _ => None,
    }
}

/// Gathers values, or with no default the places alone.
struct Gather {
    axis: Axis,
    default: Option<String>,
}

/// The points of one series, in no order.
#[derive(Default)]
struct Points {
    seen: Option<(i64, i64)>,
    values: Vec<(i64, Box<str>)>,
    bytes: usize,
}

impl Points {
    fn see(&mut self, number: i64) {
        self.seen = Some(match self.seen {
            None => (number, number),
            Some((first, last)) => (first.min(number), last.max(number)),
        });
    }

    fn add(&mut self, number: i64, value: &str) {
        self.see(number);
        self.bytes += value.len();
        self.values.push((number, value.into()));
    }
}

struct Batch {
    numbers: Vec<Option<i64>>,
    values: Option<StringViewArray>,
}

impl Fold for Gather {
    type State = Points;
    type Batch = Batch;

    fn batch(&self, args: &[ArrayRef]) -> Result<Batch> {
        let wrong = || DataFusionError::Internal("a series without points".to_owned());
        let numbers = self.axis.numbers(args.first().ok_or_else(wrong)?)?;
        let values = args.get(1).and_then(|it| it.as_string_view_opt()).cloned();
        Ok(Batch { numbers, values })
    }

    fn row(&self, state: &mut Points, batch: &Batch, row: usize) {
        let Some(number) = batch.numbers.get(row).copied().flatten() else { return };
        match &batch.values {
            None => state.see(number),
            Some(values) if values.is_valid(row) => state.add(number, values.value(row)),
            Some(_) => state.add(number, "null"),
        }
    }

    fn merge(&self, state: &mut Points, saved: &[u8]) {
        let mut rest = saved;
        while let Some((number, behind)) = rest.split_first_chunk::<8>() {
            let number = i64::from_le_bytes(*number);
            if self.default.is_none() {
                state.see(number);
                rest = behind;
                continue;
            }
            let Some((length, behind)) = behind.split_first_chunk::<4>() else { return };
            let length = u32::from_le_bytes(*length) as usize;
            let Some((text, behind)) = behind.split_at_checked(length) else { return };
            state.add(number, std::str::from_utf8(text).unwrap_or("null"));
            rest = behind;
        }
    }

    fn save(&self, state: &Points) -> Vec<u8> {
        let mut saved = Vec::with_capacity(state.bytes + state.values.len() * 12 + 16);
        if self.default.is_none() {
            if let Some((first, last)) = state.seen {
                saved.extend(first.to_le_bytes());
                saved.extend(last.to_le_bytes());
            }
            return saved;
        }
        for (number, value) in &state.values {
            saved.extend(number.to_le_bytes());
            saved.extend(u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
            saved.extend(value.as_bytes());
        }
        saved
    }

    fn finish(&self, states: &[Points]) -> Result<ArrayRef> {
        let mut texts = Vec::with_capacity(states.len());
        // series that begin and end alike lie at the same places
        let mut known: Option<((i64, i64), String)> = None;
        for state in states {
            let span = self.axis.span(state.seen)?;
            let Some(default) = &self.default else {
                if known.as_ref().is_none_or(|it| it.0 != span) {
                    let places: Vec<String> =
                        (span.0..span.1).map(|it| self.axis.place(it)).collect();
                    known = Some((span, format!("[{}]", places.join(","))));
                }
                texts.push(known.as_ref().map(|it| it.1.clone()).unwrap_or_default());
                continue;
            };
            texts.push(laid_out(state, span, default));
        }
        Ok(Arc::new(StringViewArray::from_iter_values(texts)))
    }

    fn size(state: &Points) -> usize {
        state.bytes + state.values.capacity() * size_of::<(i64, Box<str>)>()
    }
}

/// The values from the first to the last point.
fn laid_out(state: &Points, (first, end): (i64, i64), default: &str) -> String {
    let count = usize::try_from(end - first).unwrap_or(0);
    let mut cells: Vec<&str> = vec![default; count];
    for (number, value) in &state.values {
        let at = usize::try_from(number - first).ok();
        if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
            *cell = value;
        }
    }
    format!("[{}]", cells.join(","))
}

//! `datetime_diff`: how many boundaries of a part lie between two times, the later one first.

use std::sync::Arc;

use chrono::Datelike;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    plan::ExprKind,
    time::{DAY, HOUR, MINUTE, SECOND, to_civil},
    types::Type,
    value::Value,
};

use super::{
    super::{
        pattern::constant_text,
        types::{DATETIME, STRING},
    },
    parts::Part,
};
use crate::{
    args::{Args, out_longs, out_reals},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const DATETIME_DIFF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_diff",
        params: &[
            Param::of("part", STRING).fixed(),
            Param::of("later", DATETIME),
            Param::of("earlier", DATETIME),
        ],
        returns: Returns::By(|args| match args.first().map(|it| &it.kind) {
            // What the reference does; every other part is counted in whole numbers.
            Some(ExprKind::Literal(Value::String(part)))
                if Part::parse(part) == Some(Part::Week) =>
            {
                Type::Real
            }
            _ => Type::Long,
        }),
        naming: Naming::Position,
        doc: "The number of boundaries of a year, quarter, month, week, day, hour, minute, second, \
              millisecond, microsecond or nanosecond between two times; not the time that passed.",
        examples: &[
            ("datetime_diff('year', datetime(2001-01-01), datetime(2000-12-31))", "1"),
            ("datetime_diff('hour', datetime(2017-10-31 01:00), datetime(2017-10-30 23:59))", "2"),
            ("datetime_diff('day', datetime(2020-02-01), datetime(2020-03-01))", "-29"),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let name = constant_text(call, 0)?;
    let part = Part::parse(name).filter(|part| *part != Part::DayOfYear).ok_or_else(|| {
        EngineError::refused(format!("`{name}` is no part to count between datetimes"))
    })?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let (later, earlier) = (args.longs(1)?, args.longs(2)?);
        if args.returns() == Type::Real {
            return Ok(out_reals(args.rows(), |row| {
                let (later, earlier) = (later.get(row)?, earlier.get(row)?);
                Some((index(part, later) - index(part, earlier)) as f64)
            }));
        }
        Ok(out_longs(args.rows(), |row| {
            let (later, earlier) = (later.get(row)?, earlier.get(row)?);
            if part == Part::Nanosecond {
                return later.checked_sub(earlier)?.checked_mul(100);
            }
            Some(index(part, later) - index(part, earlier))
        }))
    }))
}

/// The running number of the part that a time lies in; for nanoseconds, of the tick.
fn index(part: Part, ticks: i64) -> i64 {
    let size = match part {
        Part::Year => return i64::from(to_civil(ticks).year()),
        Part::Quarter => return month_index(ticks).div_euclid(3),
        Part::Month => return month_index(ticks),
        // The first day of year 1 was a Monday; weeks start on Sunday.
        Part::Week => return ticks.saturating_add(DAY).div_euclid(7 * DAY),
        Part::Day | Part::DayOfYear => DAY,
        Part::Hour => HOUR,
        Part::Minute => MINUTE,
        Part::Second => SECOND,
        Part::Millisecond => SECOND / 1_000,
        Part::Microsecond => SECOND / 1_000_000,
        Part::Nanosecond => 1,
    };
    ticks.div_euclid(size)
}

fn month_index(ticks: i64) -> i64 {
    let at = to_civil(ticks);
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

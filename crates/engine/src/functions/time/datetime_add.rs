//! `datetime_add`: a number of calendar or clock units later. A day that a month lacks becomes that
//! month's last.

use std::sync::Arc;

use chrono::Months;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{DAY, HOUR, MAX, MINUTE, SECOND, from_civil, to_civil},
    types::Type,
};

use super::{
    super::{
        pattern::constant_text,
        types::{DATETIME, LONG, STRING},
    },
    parts::Part,
};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const DATETIME_ADD: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_add",
        params: &[
            Param::of("part", STRING).fixed(),
            Param::of("amount", LONG),
            Param::of("datetime", DATETIME),
        ],
        returns: Returns::Is(Type::DateTime),
        naming: Naming::Position,
        doc: "The time `amount` parts later, or earlier when negative. The parts are year, quarter, \
              month, week, day, hour, minute, second, millisecond, microsecond and nanosecond.",
        examples: &[
            ("datetime_add('month', 1, datetime(2020-01-31))", "2020-02-29T00:00:00.0000000Z"),
            ("datetime_add('week', -1, datetime(2020-01-08))", "2020-01-01T00:00:00.0000000Z"),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let name = constant_text(call, 0)?;
    let part = Part::parse(name)
        .filter(|part| *part != Part::DayOfYear)
        .ok_or_else(|| EngineError::refused(format!("`{name}` is no part of a datetime to add")))?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let (amount, from) = (args.longs(1)?, args.longs(2)?);
        Ok(out_longs(args.rows(), |row| add(part, amount.get(row)?, from.get(row)?)))
    }))
}

fn add(part: Part, amount: i64, from: i64) -> Option<i64> {
    let ticks = match part {
        Part::Year => return months(amount.checked_mul(12)?, from),
        Part::Quarter => return months(amount.checked_mul(3)?, from),
        Part::Month => return months(amount, from),
        Part::Week => amount.checked_mul(7 * DAY)?,
        Part::Day | Part::DayOfYear => amount.checked_mul(DAY)?,
        Part::Hour => amount.checked_mul(HOUR)?,
        Part::Minute => amount.checked_mul(MINUTE)?,
        Part::Second => amount.checked_mul(SECOND)?,
        Part::Millisecond => amount.checked_mul(SECOND / 1_000)?,
        Part::Microsecond => amount.checked_mul(SECOND / 1_000_000)?,
        Part::Nanosecond => amount / 100,
    };
    from.checked_add(ticks).filter(|ticks| (0..=MAX).contains(ticks))
}

fn months(count: i64, from: i64) -> Option<i64> {
    let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
    let at = to_civil(from);
    from_civil(if count < 0 {
        at.checked_sub_months(months)?
    } else {
        at.checked_add_months(months)?
    })
}

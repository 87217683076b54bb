//! `startofday`, `endofmonth` and their six sisters: the first and the last tick of the day, week,
//! month or year around a time, or of one some way off. Weeks start on Sunday.

use chrono::{Datelike, Days, Months, NaiveDate};
use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{MAX, from_civil, to_civil},
    types::Type,
};

use super::super::types::{DATETIME, LONG};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

#[derive(Clone, Copy)]
enum Period {
    Day,
    Week,
    Month,
    Year,
}

const PARAMS: &[Param] = &[Param::of("date", DATETIME), Param::of("offset", LONG).opt()];

macro_rules! bound {
    ($constant:ident, $name:literal, $naming:expr, $run:expr, $doc:literal, $example:expr) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: PARAMS,
                returns: Returns::Is(Type::DateTime),
                naming: $naming,
                doc: $doc,
                examples: $example,
            },
            lower: Lower::Rows($run),
        };
    };
}

bound!(
    STARTOFDAY,
    "startofday",
    Naming::FirstArgument,
    |args| start(args, Period::Day),
    "Midnight at the start of the day, or of a day `offset` days away.",
    &[("startofday(datetime(2017-01-01 10:10:17), -1)", "2016-12-31T00:00:00.0000000Z")]
);
bound!(
    STARTOFWEEK,
    "startofweek",
    Naming::Position,
    |args| start(args, Period::Week),
    "The start of the week's Sunday, or of one `offset` weeks away.",
    &[("startofweek(datetime(2020-06-15 13:45))", "2020-06-14T00:00:00.0000000Z")]
);
bound!(
    STARTOFMONTH,
    "startofmonth",
    Naming::Position,
    |args| start(args, Period::Month),
    "The start of the month's first day, or of a month `offset` months away.",
    &[("startofmonth(datetime(2020-06-15), -13)", "2019-05-01T00:00:00.0000000Z")]
);
bound!(
    STARTOFYEAR,
    "startofyear",
    Naming::Position,
    |args| start(args, Period::Year),
    "The start of the year, or of a year `offset` years away.",
    &[("startofyear(datetime(2017-01-01 10:10:17), 1)", "2018-01-01T00:00:00.0000000Z")]
);
bound!(
    ENDOFDAY,
    "endofday",
    Naming::Position,
    |args| end(args, Period::Day),
    "The last tick of the day, or of a day `offset` days away.",
    &[("endofday(datetime(2017-01-01 10:10:17))", "2017-01-01T23:59:59.9999999Z")]
);
bound!(
    ENDOFWEEK,
    "endofweek",
    Naming::Position,
    |args| end(args, Period::Week),
    "The last tick of the week's Saturday, or of one `offset` weeks away.",
    &[("endofweek(datetime(2017-01-08))", "2017-01-14T23:59:59.9999999Z")]
);
bound!(
    ENDOFMONTH,
    "endofmonth",
    Naming::Position,
    |args| end(args, Period::Month),
    "The last tick of the month, or of a month `offset` months away.",
    &[("endofmonth(datetime(2020-02-28))", "2020-02-29T23:59:59.9999999Z")]
);
bound!(
    ENDOFYEAR,
    "endofyear",
    Naming::Position,
    |args| end(args, Period::Year),
    "The last tick of the year, or of a year `offset` years away.",
    &[("endofyear(datetime(2017-01-01), -1)", "2016-12-31T23:59:59.9999999Z")]
);

fn start(args: &Args<'_>, period: Period) -> Result<ArrayRef, EngineError> {
    each(args, |ticks, offset| ticks_at(first_day(ticks, period, offset)?))
}

fn end(args: &Args<'_>, period: Period) -> Result<ArrayRef, EngineError> {
    each(args, |ticks, offset| {
        let first = first_day(ticks, period, offset)?;
        let next = step(first, period, 1)?;
        // The day after the calendar's last one has no ticks.
        Some(ticks_at(next).map_or(MAX, |next| next - 1))
    })
}

fn each(args: &Args<'_>, run: impl Fn(i64, i64) -> Option<i64>) -> Result<ArrayRef, EngineError> {
    let date = args.longs(0)?;
    let offset = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    Ok(out_longs(args.rows(), |row| {
        let offset = match &offset {
            Some(offset) => offset.get(row)?,
            None => 0,
        };
        run(date.get(row)?, offset)
    }))
}

fn first_day(ticks: i64, period: Period, offset: i64) -> Option<NaiveDate> {
    let day = to_civil(ticks).date();
    let first = match period {
        Period::Day => day,
        Period::Week => {
            day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_sunday())))?
        }
        Period::Month => day.with_day(1)?,
        Period::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1)?,
    };
    step(first, period, offset)
}

fn step(day: NaiveDate, period: Period, count: i64) -> Option<NaiveDate> {
    let (days, months) = match period {
        Period::Day => (count, 0),
        Period::Week => (count.checked_mul(7)?, 0),
        Period::Month => (0, count),
        Period::Year => (0, count.checked_mul(12)?),
    };
    let months = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let days = Days::new(days.unsigned_abs());
    if count < 0 {
        day.checked_sub_days(days)?.checked_sub_months(months)
    } else {
        day.checked_add_days(days)?.checked_add_months(months)
    }
}

fn ticks_at(day: NaiveDate) -> Option<i64> {
    from_civil(day.and_hms_opt(0, 0, 0)?)
}

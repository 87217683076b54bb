//! `make_datetime`: a time from its parts. Parts that make no time give null.

use chrono::NaiveDate;
use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{SECOND, from_civil},
    types::Type,
};

use super::super::{convert::todatetime, read::strings, types::REAL};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const MAKE_DATETIME: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "make_datetime",
        params: &[
            Param::any("year"),
            Param::of("month", REAL).opt(),
            Param::of("day", REAL).opt(),
            Param::of("hour", REAL).opt(),
            Param::of("minute", REAL).opt(),
            Param::of("second", REAL).opt(),
        ],
        returns: Returns::Is(Type::DateTime),
        naming: Naming::Position,
        doc: "A time from year, month, day and, if wanted, hour, minute and second (which may have \
              a fraction); or from one value that `todatetime` understands.",
        examples: &[
            ("make_datetime(2017, 10, 1)", "2017-10-01T00:00:00.0000000Z"),
            ("make_datetime(2017, 10, 1, 12, 11, 0.5)", "2017-10-01T12:11:00.5000000Z"),
            ("make_datetime(2017, 2, 30)", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    if args.len() == 1 {
        if args.ty(0)? == Type::DateTime {
            let date = args.longs(0)?;
            return Ok(out_longs(args.rows(), |row| date.get(row)));
        }
        let text = strings(args, 0)?;
        return Ok(out_longs(args.rows(), |row| todatetime::from_text(text.get(row))));
    }
    if !args.ty(0)?.is_number() {
        return Err(EngineError::refused("the year must be a number"));
    }
    let parts = (0..args.len()).map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(out_longs(args.rows(), |row| {
        let mut given = [0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        for (slot, part) in given.iter_mut().zip(&parts) {
            *slot = part.get(row)?;
        }
        make(given)
    }))
}

fn make([year, month, day, hour, minute, second]: [f64; 6]) -> Option<i64> {
    let whole = |part: f64| (0.0..=9999.0).contains(&part).then_some(part as u32);
    if !(0.0..60.0).contains(&second) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(whole(year)? as i32, whole(month)?, whole(day)?)?;
    let start = from_civil(date.and_hms_opt(whole(hour)?, whole(minute)?, 0)?)?;
    Some(start + (second * SECOND as f64).round() as i64)
}

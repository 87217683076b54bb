//! `make_timespan`: a length of time from its parts. Parts out of their range give null.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{DAY, HOUR, MINUTE, SECOND},
    types::Type,
};

use super::super::{convert::totimespan, read::strings, types::REAL};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const MAKE_TIMESPAN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "make_timespan",
        params: &[
            Param::any("days_or_hours"),
            Param::of("hours_or_minutes", REAL).opt(),
            Param::of("minutes_or_seconds", REAL).opt(),
            Param::of("seconds", REAL).opt(),
        ],
        returns: Returns::Is(Type::TimeSpan),
        naming: Naming::Position,
        doc: "A timespan from hours and minutes, hours, minutes and seconds, or all these after \
              days; or from one value that `totimespan` understands.",
        examples: &[
            ("make_timespan(1, 15, 10)", "01:15:10"),
            ("make_timespan(1, 2, 3, 4.5)", "1.02:03:04.5000000"),
            ("make_timespan(0, 25, 61, 0)", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    if args.len() == 1 {
        if args.ty(0)? == Type::TimeSpan {
            let span = args.longs(0)?;
            return Ok(out_longs(args.rows(), |row| span.get(row)));
        }
        let text = strings(args, 0)?;
        return Ok(out_longs(args.rows(), |row| totimespan::from_text(text.get(row))));
    }
    if !args.ty(0)?.is_number() {
        return Err(EngineError::refused("the first part must be a number"));
    }
    let parts = (0..args.len()).map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(out_longs(args.rows(), |row| {
        let mut given = [0.0; 4];
        // Days come first only where there are four parts.
        for (slot, part) in given.iter_mut().skip(usize::from(parts.len() < 4)).zip(&parts) {
            *slot = part.get(row)?;
        }
        make(given)
    }))
}

fn make([days, hours, minutes, seconds]: [f64; 4]) -> Option<i64> {
    let whole = |part: f64, end: f64| (0.0..end).contains(&part).then_some(part as i64);
    if !(0.0..60.0).contains(&seconds) {
        return None;
    }
    let clock = whole(hours, 24.0)? * HOUR
        + whole(minutes, 60.0)? * MINUTE
        + (seconds * SECOND as f64).round() as i64;
    whole(days, 10_000_000.0)?.checked_mul(DAY)?.checked_add(clock)
}

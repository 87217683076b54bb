//! `unixtime_seconds_todatetime` and its three sisters: times counted from 1970.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{MAX, SECOND, UNIX_EPOCH},
    types::Type,
};

use super::super::types::NUMBER;
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

macro_rules! unixtime {
    ($constant:ident, $name:literal, $ticks:expr, $doc:literal, $example:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::of("number", NUMBER)],
                returns: Returns::Is(Type::DateTime),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, "2019-01-01T00:00:00.0000000Z")],
            },
            lower: Lower::Rows(|args| each(args, $ticks)),
        };
    };
}

unixtime!(
    UNIXTIME_SECONDS,
    "unixtime_seconds_todatetime",
    (SECOND, 1),
    "The time so many seconds after the start of 1970.",
    "unixtime_seconds_todatetime(1546300800)"
);
unixtime!(
    UNIXTIME_MILLISECONDS,
    "unixtime_milliseconds_todatetime",
    (SECOND / 1_000, 1),
    "The time so many milliseconds after the start of 1970.",
    "unixtime_milliseconds_todatetime(1546300800000)"
);
unixtime!(
    UNIXTIME_MICROSECONDS,
    "unixtime_microseconds_todatetime",
    (SECOND / 1_000_000, 1),
    "The time so many microseconds after the start of 1970.",
    "unixtime_microseconds_todatetime(1546300800000000)"
);
unixtime!(
    UNIXTIME_NANOSECONDS,
    "unixtime_nanoseconds_todatetime",
    (1, 100),
    "The time so many nanoseconds after the start of 1970, cut to 100.",
    "unixtime_nanoseconds_todatetime(1546300800000000000)"
);

/// A unit is so many ticks, or so many of it make one tick.
fn each(args: &Args<'_>, (ticks, per_tick): (i64, i64)) -> Result<ArrayRef, EngineError> {
    let in_range = |ticks: &i64| (0..=MAX).contains(ticks);
    if matches!(args.ty(0)?, Type::Real | Type::Decimal) {
        let number = args.reals(0)?;
        return Ok(out_longs(args.rows(), |row| {
            let since = number.get(row)? * ticks as f64 / per_tick as f64;
            if since.is_nan() {
                return None;
            }
            UNIX_EPOCH.checked_add(since.round() as i64).filter(in_range)
        }));
    }
    let number = args.longs(0)?;
    Ok(out_longs(args.rows(), |row| {
        let since = number.get(row)?.checked_mul(ticks)?.div_euclid(per_tick);
        UNIX_EPOCH.checked_add(since).filter(in_range)
    }))
}

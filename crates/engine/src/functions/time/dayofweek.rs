//! `dayofweek`: the time since the start of the week's Sunday, in whole days.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{DAY, MAX},
    types::Type,
};

use super::super::types::DATETIME;
use crate::{
    args::out_longs,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const DAYOFWEEK: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "dayofweek",
        params: &[Param::of("date", DATETIME)],
        returns: Returns::Is(Type::TimeSpan),
        naming: Naming::Position,
        doc: "The days since Sunday as a timespan: `0d` on Sundays, `6d` on Saturdays.",
        examples: &[
            ("dayofweek(datetime(1947-11-30 10:00:05))", "00:00:00"),
            ("dayofweek(datetime(1970-05-12)) / 1d", "2.0"),
        ],
    },
    lower: Lower::Rows(|args| {
        let date = args.longs(0)?;
        // The first day of year 1 was a Monday.
        Ok(out_longs(args.rows(), |row| {
            // The last tick stands for never, which is no day.
            let date = date.get(row).filter(|it| *it < MAX)?;
            Some((date.div_euclid(DAY) + 1).rem_euclid(7) * DAY)
        }))
    }),
};

//! `datetime_part`, and `getyear`, `getmonth`, `monthofyear`, `dayofmonth`, `dayofyear`,
//! `hourofday`, `week_of_year`, which are parts with a name of their own.

use std::sync::Arc;

use chrono::{Datelike, Timelike};
use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::to_civil,
    types::Type,
};

use super::{
    super::{
        pattern::constant_text,
        types::{DATETIME, STRING},
    },
    parts::Part,
};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const DATETIME_PART: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_part",
        params: &[Param::of("part", STRING).fixed(), Param::of("date", DATETIME)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "One part of a time: year, quarter, month, week_of_year, day, dayofyear, hour, minute, \
              second, millisecond, microsecond or nanosecond.",
        examples: &[
            ("datetime_part('dayOfYear', datetime(2017-10-30 01:02:03))", "303"),
            ("datetime_part('millisecond', datetime(2017-10-30 01:02:03.7654321))", "765"),
        ],
    },
    lower: Lower::Bound(lower),
};

/// The old name of `datetime_part`.
pub(in super::super) const DATEPART: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "datepart", examples: &[], ..DATETIME_PART.def },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let name = constant_text(call, 0)?;
    let part = Part::parse(name)
        .ok_or_else(|| EngineError::refused(format!("`{name}` is no part of a datetime")))?;
    Ok(Arc::new(move |args: &Args<'_>| each(args, 1, part)))
}

macro_rules! named {
    ($constant:ident, $name:literal, $part:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::of("date", DATETIME)],
                returns: Returns::Is(Type::Long),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, 0, $part)),
        };
    };
}

named!(GETYEAR, "getyear", Part::Year, "The year.", "getyear(datetime(2015-10-12))", "2015");
named!(
    GETMONTH,
    "getmonth",
    Part::Month,
    "The month, 1 to 12.",
    "getmonth(datetime(2015-10-12))",
    "10"
);
named!(
    MONTHOFYEAR,
    "monthofyear",
    Part::Month,
    "The month, 1 to 12.",
    "monthofyear(datetime(2015-12-31))",
    "12"
);
named!(
    DAYOFMONTH,
    "dayofmonth",
    Part::Day,
    "The day in the month, from 1.",
    "dayofmonth(datetime(2015-12-14))",
    "14"
);
named!(
    DAYOFYEAR,
    "dayofyear",
    Part::DayOfYear,
    "The day in the year, from 1.",
    "dayofyear(datetime(2020-12-31))",
    "366"
);
named!(
    HOUROFDAY,
    "hourofday",
    Part::Hour,
    "The hour, 0 to 23.",
    "hourofday(datetime(2015-12-14 18:54))",
    "18"
);
named!(
    WEEK_OF_YEAR,
    "week_of_year",
    Part::Week,
    "The number of the week by ISO 8601: weeks start on Monday, the first has the year's first \
     Thursday.",
    "week_of_year(datetime(2020-06-15))",
    "25"
);
named!(
    WEEKOFYEAR,
    "weekofyear",
    Part::Week,
    "The old name of `week_of_year`.",
    "weekofyear(datetime(2000-01-01))",
    "52"
);

fn each(args: &Args<'_>, at: usize, part: Part) -> Result<ArrayRef, EngineError> {
    let date = args.longs(at)?;
    Ok(out_longs(args.rows(), |row| Some(value(part, date.get(row)?))))
}

fn value(part: Part, ticks: i64) -> i64 {
    let at = to_civil(ticks);
    i64::from(match part {
        Part::Year => return i64::from(at.year()),
        Part::Quarter => at.month0() / 3 + 1,
        Part::Month => at.month(),
        Part::Week => at.iso_week().week(),
        Part::Day => at.day(),
        Part::DayOfYear => at.ordinal(),
        Part::Hour => at.hour(),
        Part::Minute => at.minute(),
        Part::Second => at.second(),
        Part::Millisecond => at.nanosecond() / 1_000_000,
        Part::Microsecond => at.nanosecond() / 1_000,
        Part::Nanosecond => at.nanosecond(),
    })
}

//! `datetime_utc_to_local`, `datetime_local_to_utc`, `datetime_list_timezones`: wall clocks of the
//! world, by the names of the IANA time zone database.

use chrono::TimeZone;
use chrono_tz::{TZ_VARIANTS, Tz};
use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{from_civil, to_civil},
    types::Type,
    value::Value,
};
use serde_json::Value as Json;

use super::super::{
    read::strings,
    types::{DATETIME, STRING_OR_DYNAMIC},
};
use crate::{
    args::{Args, out_longs},
    arrow_types::literal,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] =
    &[Param::of("datetime", DATETIME), Param::of("timezone", STRING_OR_DYNAMIC)];

pub(in super::super) const DATETIME_UTC_TO_LOCAL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_utc_to_local",
        params: PARAMS,
        returns: Returns::Is(Type::DateTime),
        naming: Naming::Position,
        doc: "What the clocks of a time zone show at a time in UTC; null for an unknown zone.",
        examples: &[(
            "datetime_utc_to_local(datetime(2025-07-01 12:00), 'Europe/Paris')",
            "2025-07-01T14:00:00.0000000Z",
        )],
    },
    lower: Lower::Rows(|args| {
        each(args, |ticks, zone| from_civil(zone.from_utc_datetime(&to_civil(ticks)).naive_local()))
    }),
};

pub(in super::super) const DATETIME_LOCAL_TO_UTC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_local_to_utc",
        params: PARAMS,
        returns: Returns::Is(Type::DateTime),
        naming: Naming::Position,
        doc: "The time in UTC at which the clocks of a time zone show this, the earlier one when \
              they do twice; null when they never do, and for an unknown zone.",
        examples: &[
            (
                "datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'US/Pacific')",
                "2020-02-03T04:02:20.0000000Z",
            ),
            ("datetime_local_to_utc(datetime(2020-02-02), 'Nowhere')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        each(args, |ticks, zone| {
            from_civil(zone.from_local_datetime(&to_civil(ticks)).earliest()?.naive_utc())
        })
    }),
};

pub(in super::super) const DATETIME_LIST_TIMEZONES: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "datetime_list_timezones",
        params: &[],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The names of the known time zones as an array.",
        examples: &[("set_has_element(datetime_list_timezones(), 'Asia/Tokyo')", "True")],
    },
    lower: Lower::Expr(|_| {
        let names: Json = TZ_VARIANTS.iter().map(|it| Json::from(it.name())).collect();
        Ok(literal(&Value::Dynamic(names), Type::Dynamic))
    }),
};

fn each(args: &Args<'_>, run: impl Fn(i64, Tz) -> Option<i64>) -> Result<ArrayRef, EngineError> {
    let (time, zone) = (args.longs(0)?, strings(args, 1)?);
    Ok(out_longs(args.rows(), |row| run(time.get(row)?, zone.get(row).trim().parse().ok()?)))
}

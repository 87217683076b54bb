//! Ticks: 100 ns since 0001-01-01T00:00:00Z for a `datetime`, signed for a `timespan`. Reading and
//! writing their texts.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

mod read;

pub use read::{on_the_day_of, parse_clock, parse_datetime, parse_timespan, scale};

/// Ticks in a second.
pub const SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Ticks in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Ticks in a day.
pub const DAY: i64 = 24 * HOUR;
/// Ticks from year 1 to 1970.
pub const UNIX_EPOCH: i64 = 621_355_968_000_000_000;
/// The last tick of the year 9999.
pub const MAX: i64 = 3_155_378_975_999_999_999;

/// Ticks of a calendar date and time; none outside the years 1 to 9999.
pub fn from_civil(at: NaiveDateTime) -> Option<i64> {
    if !(1..=9999).contains(&at.year()) {
        return None;
    }
    let days = i64::from(at.date().num_days_from_ce()) - 1;
    let seconds = i64::from(at.time().num_seconds_from_midnight());
    Some(days * DAY + seconds * SECOND + i64::from(at.time().nanosecond() / 100))
}

/// The calendar date and time of ticks, which are clamped to the years 1 to 9999.
pub fn to_civil(ticks: i64) -> NaiveDateTime {
    let ticks = ticks.clamp(0, MAX);
    let days = i32::try_from(ticks / DAY).expect("clamped above");
    let rest = ticks % DAY;
    NaiveDate::from_num_days_from_ce_opt(days + 1)
        .and_then(|date| {
            date.and_hms_nano_opt(
                (rest / HOUR) as u32,
                (rest % HOUR / MINUTE) as u32,
                (rest % MINUTE / SECOND) as u32,
                (rest % SECOND) as u32 * 100,
            )
        })
        .expect("ticks in range name a date")
}

/// `2026-01-05T10:20:30.1234567Z`, always seven digits.
pub fn format_datetime(ticks: i64) -> String {
    let at = to_civil(ticks);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.nanosecond() / 100
    )
}

/// `[-][d.]hh:mm:ss[.fffffff]`.
pub fn format_timespan(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let ticks = ticks.unsigned_abs();
    let (day, hour, minute, second) = (DAY as u64, HOUR as u64, MINUTE as u64, SECOND as u64);
    let days = match ticks / day {
        0 => String::new(),
        n => format!("{n}."),
    };
    let fraction = match ticks % second {
        0 => String::new(),
        n => format!(".{n:07}"),
    };
    format!(
        "{sign}{days}{:02}:{:02}:{:02}{fraction}",
        ticks % day / hour,
        ticks % hour / minute,
        ticks % minute / second
    )
}

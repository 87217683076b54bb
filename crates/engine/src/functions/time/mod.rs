//! Points and lengths of time. All work is on ticks (100 ns since year 1); the calendar is chrono's.

pub(super) mod bin;
pub(super) mod bin_at;
pub(super) mod bounds;
pub(super) mod datetime_add;
pub(super) mod datetime_diff;
pub(super) mod datetime_part;
pub(super) mod dayofweek;
pub(super) mod format;
pub(super) mod format_datetime;
pub(super) mod format_timespan;
pub(super) mod make_datetime;
pub(super) mod make_timespan;
pub(super) mod parts;
pub(super) mod time_zone;
pub(super) mod unixtime;

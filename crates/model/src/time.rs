//! Moments: ticks of 100 ns since year 1, and their one text form.
//!
//! The text has exactly seven fractional digits and ends in `Z`, so comparing texts compares
//! moments. Reading is lenient in the ways that deployed clients need: a bare date, up to nine
//! fractional digits, an offset or none (then UTC), and a blank where a `+` was lost on the way
//! through a query string.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};

/// Ticks in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// Days from 0001-01-01 to 1970-01-01.
const UNIX_DAYS: i64 = 719_162;

/// A moment: ticks of 100 ns since 0001-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// Why a text is not a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not of the form `2026-01-05T10:20:30.1234567Z`.
    #[error("expected the form 2026-01-05T10:20:30Z")]
    Form,
    /// Of the form, yet no such day, time or offset.
    #[error("no such date or time")]
    Range,
}

impl Timestamp {
    /// The first moment.
    pub const MIN: Timestamp = Timestamp(0);
    /// The last moment, 9999-12-31T23:59:59.9999999Z.
    pub const MAX: Timestamp = Timestamp(3_155_378_975_999_999_999);

    /// Reads a date with or without time, fraction and offset.
    pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
        let mut it = Reader { rest: text.trim().as_bytes() };
        let year = it.digits(4)?;
        it.expect(b'-')?;
        let month = it.digits(2)?;
        it.expect(b'-')?;
        let day = it.digits(2)?;
        let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32);
        let date = date.filter(|_| year >= 1).ok_or(TimeError::Range)?;
        let mut ticks = (i64::from(date.num_days_from_ce()) - 1) * TICKS_PER_DAY;
        if it.rest.is_empty() {
            return Ok(Timestamp(ticks));
        }

        if !it.eat(b'T') && !it.eat(b't') && !it.eat(b' ') {
            return Err(TimeError::Form);
        }
        let hour = it.digits(2)?;
        it.expect(b':')?;
        let minute = it.digits(2)?;
        let second = if it.eat(b':') { it.digits(2)? } else { 0 };
        // 60 is a leap second; it becomes the first moment of the next minute.
        if hour > 23 || minute > 59 || second > 60 {
            return Err(TimeError::Range);
        }
        ticks += (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND;
        if it.eat(b'.') || it.eat(b',') {
            ticks += it.fraction()?;
        }
        ticks -= it.offset()? * TICKS_PER_SECOND;
        Timestamp::from_ticks(ticks).ok_or(TimeError::Range)
    }

    /// A moment from its ticks, when within the years 1 to 9999.
    pub fn from_ticks(ticks: i64) -> Option<Timestamp> {
        (Timestamp::MIN.0..=Timestamp::MAX.0).contains(&ticks).then_some(Timestamp(ticks))
    }

    /// A moment from seconds (and nanoseconds) since 1970, cut to whole ticks and kept in range.
    pub fn from_unix(seconds: i64, nanos: u32) -> Timestamp {
        let ticks = seconds
            .saturating_add(UNIX_DAYS * 86_400)
            .saturating_mul(TICKS_PER_SECOND)
            .saturating_add(i64::from(nanos / 100));
        Timestamp(ticks.clamp(Timestamp::MIN.0, Timestamp::MAX.0))
    }

    /// Whole seconds since 1970, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND) - UNIX_DAYS * 86_400
    }

    /// The moment so many ticks later (or earlier), kept in range.
    #[must_use]
    pub fn plus(self, ticks: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ticks).clamp(Timestamp::MIN.0, Timestamp::MAX.0))
    }

    fn chrono(self) -> DateTime<chrono::Utc> {
        let nanos = (self.0.rem_euclid(TICKS_PER_SECOND) * 100) as u32;
        DateTime::from_timestamp(self.unix_seconds(), nanos).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = self.chrono();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
            it.year(),
            it.month(),
            it.day(),
            it.hour(),
            it.minute(),
            it.second(),
            self.0.rem_euclid(TICKS_PER_SECOND),
        )
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Timestamp::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Is the text an ISO 8601 duration such as `P1DT2H30M4.5S`, a sign allowed?
pub fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(text) = text.strip_prefix('P') else { return false };
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts = |text: &str, units: &str| -> Option<usize> {
        let (mut rest, mut units, mut count) = (text, units, 0);
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, tail) = rest.split_at(end);
            let unit = tail.chars().next()?;
            let at = units.find(unit)?;
            let fraction_ok = !number.contains('.') || unit == 'S';
            if number.is_empty() || !fraction_ok || number.parse::<f64>().is_err() {
                return None;
            }
            units = &units[at + 1..];
            rest = &tail[1..];
            count += 1;
        }
        Some(count)
    };
    match (parts(date, "YMWD"), time.map(|time| parts(time, "HMS"))) {
        (Some(days), None) => days > 0,
        (Some(_), Some(Some(times))) => times > 0,
        _ => false,
    }
}

/// Reads the fixed fields of a moment off the front of a text.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), TimeError> {
        if self.eat(byte) { Ok(()) } else { Err(TimeError::Form) }
    }

    fn digit(&mut self) -> Option<i64> {
        let (first, rest) = self.rest.split_first()?;
        let digit = first.is_ascii_digit().then(|| i64::from(first - b'0'))?;
        self.rest = rest;
        Some(digit)
    }

    fn digits(&mut self, count: usize) -> Result<i64, TimeError> {
        (0..count).try_fold(0, |number, _| {
            self.digit().map(|digit| number * 10 + digit).ok_or(TimeError::Form)
        })
    }

    /// One to nine digits (more are read and dropped), as ticks.
    fn fraction(&mut self) -> Result<i64, TimeError> {
        let (mut ticks, mut unit, mut any) = (0, TICKS_PER_SECOND / 10, false);
        while let Some(digit) = self.digit() {
            ticks += digit * unit;
            unit /= 10;
            any = true;
        }
        if any { Ok(ticks) } else { Err(TimeError::Form) }
    }

    /// Nothing, `Z`, or hours and minutes with a sign (a blank is a `+` that got lost), in seconds.
    fn offset(&mut self) -> Result<i64, TimeError> {
        if self.rest.is_empty() {
            return Ok(0);
        }
        if self.eat(b'Z') || self.eat(b'z') {
            return if self.rest.is_empty() { Ok(0) } else { Err(TimeError::Form) };
        }
        let sign = if self.eat(b'-') {
            -1
        } else if self.eat(b'+') || self.eat(b' ') {
            1
        } else {
            return Err(TimeError::Form);
        };
        let hours = self.digits(2)?;
        let minutes = if self.rest.is_empty() {
            0
        } else {
            self.eat(b':');
            self.digits(2)?
        };
        if !self.rest.is_empty() {
            return Err(TimeError::Form);
        }
        if hours > 14 || minutes > 59 {
            return Err(TimeError::Range);
        }
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> String {
        Timestamp::parse(text).map_or_else(|error| error.to_string(), |it| it.to_string())
    }

    #[test]
    fn every_form_that_clients_send() {
        assert_eq!(read("2026-01-05"), "2026-01-05T00:00:00.0000000Z");
        assert_eq!(read("2026-01-05T10:20:30Z"), "2026-01-05T10:20:30.0000000Z");
        assert_eq!(read("2026-01-05T10:20"), "2026-01-05T10:20:00.0000000Z");
        assert_eq!(read("2026-01-05T10:20:30.1Z"), "2026-01-05T10:20:30.1000000Z");
        assert_eq!(read("2026-01-05T10:20:30.123456789Z"), "2026-01-05T10:20:30.1234567Z");
        assert_eq!(read("2026-01-05T10:20:30+02:00"), "2026-01-05T08:20:30.0000000Z");
        assert_eq!(read("2026-01-05T10:20:30 02:00"), "2026-01-05T08:20:30.0000000Z");
        assert_eq!(read("2026-01-05 10:20:30-0130"), "2026-01-05T11:50:30.0000000Z");
        assert_eq!(read("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00.0000000Z");
        assert_eq!(read("9999-12-31T23:59:59.9999999Z"), "9999-12-31T23:59:59.9999999Z");
        assert_eq!(Timestamp::parse("9999-12-31T23:59:59.9999999Z").unwrap(), Timestamp::MAX);
    }

    #[test]
    fn what_is_not_a_moment() {
        for text in ["", "yesterday", "2026-1-5", "2026-01-05T", "2026-01-05T10:20:30.Z", "2026"] {
            assert_eq!(Timestamp::parse(text), Err(TimeError::Form), "{text}");
        }
        for text in ["2026-02-30", "0000-01-01", "2026-01-05T24:00:00Z", "0001-01-01T00:00+01:00"] {
            assert_eq!(Timestamp::parse(text), Err(TimeError::Range), "{text}");
        }
    }

    #[test]
    fn unix_time_and_back() {
        let it = Timestamp::from_unix(1_767_608_430, 123_456_789);
        assert_eq!(it.to_string(), "2026-01-05T10:20:30.1234567Z");
        assert_eq!(it.unix_seconds(), 1_767_608_430);
    }

    #[test]
    fn durations() {
        for good in ["P1D", "PT1H", "P1DT2H30M4.5S", "-PT5M", "P2W", "P1Y2M"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", "P", "PT", "1D", "P1H", "PT1D", "P1.5D", "PT1M2H", "P1DT", "PTé"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}

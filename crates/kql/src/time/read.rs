//! Reading datetimes and timespans the lenient way that literals and conversions share.

use chrono::NaiveDate;

use super::{DAY, HOUR, MAX, MINUTE, SECOND, from_civil};

/// Ticks of a number with a unit such as `1.5` and `h`: none when the unit is unknown, inner none
/// when the result is out of range.
pub fn scale(number: &str, unit: &str) -> Option<Option<i64>> {
    let (ticks, divisor) = match unit {
        "d" | "day" | "days" => (DAY, 1),
        "h" | "hr" | "hrs" | "hour" | "hours" => (HOUR, 1),
        "m" | "min" | "minute" | "minutes" => (MINUTE, 1),
        "s" | "sec" | "second" | "seconds" => (SECOND, 1),
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => (10_000, 1),
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => (10, 1),
        "nano" | "nanos" | "nanosecond" | "nanoseconds" => (1, 100),
        "tick" | "ticks" => (1, 1),
        _ => return None,
    };
    Some(match number.parse::<i64>() {
        Ok(whole) => whole.checked_mul(ticks).map(|it| it / divisor),
        Err(_) => number.parse::<f64>().ok().and_then(|it| {
            let value = (it * ticks as f64 / divisor as f64).round();
            (value.abs() < i64::MAX as f64).then_some(value as i64)
        }),
    })
}

/// `[-][d.]hh:mm[:ss[.fffffff]]`, a number with a unit (`5 seconds`), or a number of days.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !text.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let ticks = if text.contains(':') {
        let (days, clock) = match (text.find('.'), text.find(':')) {
            (Some(point), Some(colon)) if point < colon => (&text[..point], &text[point + 1..]),
            _ => ("0", text),
        };
        days.parse::<i64>().ok()?.checked_mul(DAY)?.checked_add(clock_ticks(clock, 24)?)?
    } else {
        let end = text.find(|it: char| !(it.is_ascii_digit() || it == '.')).unwrap_or(text.len());
        let unit = match text[end..].trim() {
            "" => "d",
            unit => unit,
        };
        scale(&text[..end], unit)??
    };
    Some(sign * ticks)
}

/// `hh:mm[:ss[.fffffff]]` with the hour below a bound.
fn clock_ticks(text: &str, hours: i64) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = small(parts.next()?, hours)?;
    let minute = small(parts.next()?, 60)?;
    let mut ticks = hour * HOUR + minute * MINUTE;
    if let Some(second) = parts.next() {
        let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
        ticks += small(second, 60)? * SECOND + fraction_ticks(fraction)?;
    }
    parts.next().is_none().then_some(ticks)
}

/// Ticks of the digits behind the point; what is finer than a tick is cut off.
fn fraction_ticks(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let kept = digits.get(..digits.len().min(7))?;
    format!("{kept:0<7}").parse().ok()
}

fn small(digits: &str, below: i64) -> Option<i64> {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|it| *it < below)
}

/// A date and time: ISO 8601 down to the year alone, `month/day/year`, or with a month's name
/// (`8 Nov 2014 15:05:02 GMT`). Without an offset it is UTC.
pub fn parse_datetime(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    // `2025, 6, 14`
    let numbers = text.bytes().all(|it| it.is_ascii_digit() || b", ".contains(&it));
    if numbers && text.contains(',') {
        let joined: Vec<&str> = text.split(',').map(str::trim).collect();
        return if joined.len() == 3 { parse_datetime(&joined.join("-")) } else { None };
    }
    let (date, rest) = date(text)?;
    let midnight = from_civil(date.and_hms_opt(0, 0, 0)?)?;
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None => rest.trim_start(),
    };
    let (clock, offset) = zone(rest)?;
    let clock = match clock {
        "" => 0,
        clock => half_day(clock)?,
    };
    let ticks = midnight + clock - offset;
    (0..=MAX).contains(&ticks).then_some(ticks)
}

/// A clock without a date, as in `8:00 AM`: until the day is known, ticks below zero that
/// [`on_the_day_of`] understands.
pub fn parse_clock(text: &str) -> Option<i64> {
    let clock = text.split_once(':').map(|(hour, _)| hour.trim())?;
    small(clock, 24)?;
    Some(half_day(text.trim())? - DAY)
}

/// A clock as [`parse_clock`] gives it, on the day of a moment.
pub fn on_the_day_of(moment: i64, clock: i64) -> i64 {
    moment - moment.rem_euclid(DAY) + clock + DAY
}

/// A clock that may end in `AM` or `PM`, and may be just the hour.
fn half_day(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    for (suffix, shift) in [("AM", 0), ("PM", 12 * HOUR)] {
        if let Some(clock) = upper.strip_suffix(suffix) {
            let ticks = whole_clock(clock.trim_end())?;
            return (ticks < 13 * HOUR).then_some(ticks % (12 * HOUR) + shift);
        }
    }
    whole_clock(text)
}

fn whole_clock(text: &str) -> Option<i64> {
    if text.contains(':') { clock_ticks(text, 24) } else { Some(small(text, 24)? * HOUR) }
}

/// Splits the offset off a clock and gives it in ticks.
fn zone(text: &str) -> Option<(&str, i64)> {
    let text = text.trim_end();
    for name in ["Z", "z", "GMT", "UTC"] {
        if let Some(clock) = text.strip_suffix(name) {
            return Some((clock.trim_end(), 0));
        }
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match offset[1..].split_once(':') {
        Some(parts) => parts,
        None if offset.len() == 5 => offset[1..].split_at(2),
        None => (&offset[1..], "00"),
    };
    Some((clock.trim_end(), sign * (small(hours, 15)? * HOUR + small(minutes, 60)? * MINUTE)))
}

/// The date at the start of a text, and what follows it.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let numbers = text.find(|it: char| !(it.is_ascii_digit() || it == '-' || it == '/'));
    let named = text.find(|it: char| it.is_ascii_alphabetic()).is_some_and(|at| {
        let letters = text[at..].bytes().take_while(u8::is_ascii_alphabetic).count();
        letters >= 3 && !matches!(&text[at..at + 3], "GMT" | "UTC")
    });
    if named {
        return named_date(text);
    }
    let (head, rest) = text.split_at(numbers.unwrap_or(text.len()));
    let mut parts = head.split(['-', '/']);
    let first = parts.next()?;
    let number = |it: &str| -> Option<u32> {
        let plain = (1..=4).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
        plain.then(|| it.parse().ok()).flatten()
    };
    if first.len() == 8 && parts.next().is_none() {
        let (year, month, day) = (&first[..4], &first[4..6], &first[6..]);
        return Some((civil(number(year)?, number(month)?, number(day)?)?, rest));
    }
    let mut parts = head.split(['-', '/']).map(number);
    let (first_number, second, third) = (parts.next()??, parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let date = if first.len() == 4 {
        let (month, day) = (second.unwrap_or(Some(1))?, third.unwrap_or(Some(1))?);
        civil(first_number, month, day)?
    } else {
        civil(third??, first_number, second??)?
    };
    Some((date, rest))
}

/// `[Sat, ]8 Nov 2014`, `8-Nov-14`, `Nov 8 2014`, `2014 Nov 8`.
fn named_date(text: &str) -> Option<(NaiveDate, &str)> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut month = None;
    let mut numbers: Vec<&str> = Vec::new();
    let mut at = 0;
    while numbers.len() < 2 || month.is_none() {
        let rest = text.get(at..)?;
        let gap = rest.find(|it: char| it.is_ascii_alphanumeric())?;
        let rest = &rest[gap..];
        let length = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = &rest[..length];
        at += gap + length;
        if word.bytes().all(|it| it.is_ascii_digit()) {
            numbers.push(word);
        } else if word.len() >= 3 {
            let key = word[..3].to_ascii_lowercase();
            let found = MONTHS.iter().position(|it| *it == key);
            month = month.or(found);
        } else {
            return None;
        }
        if numbers.len() > 2 {
            return None;
        }
    }
    let (day, year) = match (numbers[0].len(), numbers[1].len()) {
        (4, _) => (numbers[1], numbers[0]),
        _ => (numbers[0], numbers[1]),
    };
    let year = match (year.len(), year.parse::<u32>().ok()?) {
        (2, short) if short < 50 => 2000 + short,
        (2, short) => 1900 + short,
        (_, year) => year,
    };
    let month = u32::try_from(month? + 1).ok()?;
    Some((civil(year, month, day.parse().ok()?)?, text.get(at..)?))
}

fn civil(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| year >= 1)
}

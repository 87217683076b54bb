//! The window of a hunt: ISO 8601 in five forms, held to what the installation lets a hunt see.
//!
//! `start/end`, `duration/end`, `start/duration`, a bare duration (back from now) and a bare start
//! (until now and after). An open end stays open, so that events stamped a little ahead count.

use model::time::Timestamp;

use crate::fault::Fault;

const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Both ends in ticks, included; none is unlimited.
pub(crate) fn window(
    sent: Option<&str>,
    now: Timestamp,
    lookback_days: Option<u32>,
) -> Result<Option<(i64, i64)>, Fault> {
    let earliest = lookback_days.map(|days| now.0.saturating_sub(i64::from(days) * DAY));
    let asked = match sent.map(str::trim).filter(|it| !it.is_empty()) {
        Some(text) => Some(read(text, now.0).ok_or_else(|| {
            Fault::invalid("timespan", format!("'{text}' is no interval of ISO 8601"))
        })?),
        None => None,
    };
    let (from, to) = asked.unwrap_or((Timestamp::MIN.0, Timestamp::MAX.0));
    if from > to {
        return Err(Fault::invalid("timespan", "ends before it begins"));
    }
    Ok(match earliest {
        Some(earliest) => Some((from.max(earliest), to)),
        None => asked,
    })
}

fn read(text: &str, now: i64) -> Option<(i64, i64)> {
    let Some((left, right)) = text.split_once('/') else {
        return match duration(text) {
            Some(length) => Some((now.checked_sub(length)?.max(0), Timestamp::MAX.0)),
            None => Some((moment(text)?, Timestamp::MAX.0)),
        };
    };
    match (duration(left), duration(right)) {
        (None, None) => Some((moment(left)?, moment(right)?)),
        (Some(length), None) => {
            let end = moment(right)?;
            Some((end.checked_sub(length)?.max(0), end))
        }
        (None, Some(length)) => {
            let start = moment(left)?;
            Some((start, start.checked_add(length)?.min(Timestamp::MAX.0)))
        }
        (Some(_), Some(_)) => None,
    }
}

fn moment(text: &str) -> Option<i64> {
    Timestamp::parse(text.trim()).ok().map(|it| it.0)
}

/// `P1DT2H`, `PT90M`, `P1W`, `PT0.5S` in ticks. A month counts 30 days and a year 365.
fn duration(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix(['P', 'p'])?;
    let mut ticks = 0_i64;
    let mut number = String::new();
    let mut in_time = false;
    let mut any = false;
    for letter in rest.chars() {
        let unit = match (letter.to_ascii_uppercase(), in_time) {
            ('0'..='9' | '.' | ',', _) => {
                number.push(if letter == ',' { '.' } else { letter });
                continue;
            }
            ('T', false) if number.is_empty() => {
                in_time = true;
                continue;
            }
            ('Y', false) => 365 * DAY,
            ('M', false) => 30 * DAY,
            ('W', false) => 7 * DAY,
            ('D', false) => DAY,
            ('H', true) => 3_600 * SECOND,
            ('M', true) => 60 * SECOND,
            ('S', true) => SECOND,
            _ => return None,
        };
        ticks = ticks.checked_add(scaled(&number, unit)?)?;
        number.clear();
        any = true;
    }
    (any && number.is_empty()).then_some(ticks)
}

/// A decimal number of units in ticks, without passing through a float.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut ticks = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut part = unit;
    for digit in fraction.chars() {
        part /= 10;
        ticks = ticks.checked_add(part * i64::from(digit.to_digit(10)?))?;
    }
    Some(ticks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(sent: &str, lookback: Option<u32>) -> String {
        let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        match window((!sent.is_empty()).then_some(sent), now, lookback) {
            Ok(None) => "everything".to_owned(),
            Ok(Some((_, to))) if to == Timestamp::MAX.0 => {
                let (from, _) =
                    window(Some(sent).filter(|it| !it.is_empty()), now, lookback).unwrap().unwrap();
                format!("{} …", Timestamp(from))
            }
            Ok(Some((from, to))) => format!("{} … {}", Timestamp(from), Timestamp(to)),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn the_five_forms() {
        let both = "2026-02-01T00:00:00.0000000Z … 2026-02-02T00:00:00.0000000Z";
        assert_eq!(told("2026-02-01T00:00:00Z/2026-02-02T00:00:00Z", None), both);
        assert_eq!(told("P1D/2026-02-02", None), both);
        assert_eq!(told("2026-02-01/P1D", None), both);
        assert_eq!(told("2026-02-01/PT23H59M60S", None), both);
        assert_eq!(told("PT1.5H", None), "2026-03-01T10:30:00.0000000Z …");
        assert_eq!(told("2026-02-03", None), "2026-02-03T00:00:00.0000000Z …");
    }

    #[test]
    fn the_lookback_bounds_every_form() {
        assert_eq!(told("", None), "everything");
        assert_eq!(told("", Some(30)), "2026-01-30T12:00:00.0000000Z …");
        assert_eq!(told("P90D", Some(30)), "2026-01-30T12:00:00.0000000Z …");
        assert_eq!(told("P7D", Some(30)), "2026-02-22T12:00:00.0000000Z …");
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in ["yesterday", "P", "PT", "P1D/P1D", "1D", "P1DT", "P99999999999999999999D", "/"]
        {
            let told = told(text, None);
            // `P1DT` reads as a day; everything else is refused.
            assert_eq!(told.starts_with("timespan: "), text != "P1DT", "{text}: {told}");
        }
        assert_eq!(told("2026-02-02/2026-02-01", None), "timespan: ends before it begins");
    }
}

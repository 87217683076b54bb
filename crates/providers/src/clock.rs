//! The ways products write a moment, read into the one text that documents use.
//!
//! The forms that already are ISO 8601 go to the model as they are; the others (`ctime`, Apache's
//! log form, syslog's with a year, seconds since 1970) are first rewritten into it. A moment
//! without an offset counts as UTC.

use model::time::Timestamp;
use serde_json::Value;

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
/// From here on a number counts milliseconds, not seconds (as seconds: the year 5138).
const MILLISECONDS: f64 = 100_000_000_000.0;

/// The moment as `2026-01-05T10:20:30.1234567Z`.
pub(crate) fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    iso(text).or_else(|| named_month(text)).or_else(|| seconds(text))
}

/// The same from a JSON text or number.
pub(crate) fn of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => read(text),
        Value::Number(number) => seconds(&number.to_string()),
        _ => None,
    }
}

fn canonical(text: &str) -> Option<String> {
    Timestamp::parse(text).ok().map(|moment| moment.to_string())
}

/// `2026-01-05T10:20:30.123+0000`, `2026-01-05 10:20:30 +0000 UTC` and the usual ones.
fn iso(text: &str) -> Option<String> {
    let text = text.trim_end_matches(" UTC").trim_end_matches(" GMT");
    let (date, time) = text.split_at_checked(10)?;
    if date.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let time = time.trim_start_matches(['T', 't', ' ']).replace(' ', "");
    if time.is_empty() {
        return canonical(date);
    }
    // An offset without its colon, as strftime's %z writes it.
    let time = match time.rfind(['+', '-']) {
        Some(at) if time.len() == at + 5 && !time[at..].contains(':') => {
            format!("{}:{}", &time[..at + 3], &time[at + 3..])
        }
        _ if time.ends_with(['Z', 'z']) || time.contains(['+', '-']) => time,
        _ => time + "Z",
    };
    canonical(&format!("{date}T{time}"))
}

/// `Mon Jan  5 10:20:30 2026`, `05/Jan/2026:10:20:30.5 +0000`, `2026 Jan 05 10:20:30`.
fn named_month(text: &str) -> Option<String> {
    let text = text.replacen(':', " ", usize::from(text.as_bytes().get(11) == Some(&b':')));
    let words: Vec<&str> = text.split([' ', '/']).filter(|word| !word.is_empty()).collect();
    let (year, month, day, time, offset) = match words[..] {
        [_, month, day, time, year] if year.len() == 4 && time.contains(':') => {
            (year, month, day, time, None)
        }
        [year, month, day, time] if year.len() == 4 => (year, month, day, time, None),
        [day, month, year, time] => (year, month, day, time, None),
        [day, month, year, time, offset] => (year, month, day, time, Some(offset)),
        _ => return None,
    };
    let at = MONTHS.find(month).filter(|at| month.len() == 3 && at % 3 == 0)?;
    let (month, day) = (at / 3 + 1, day.parse::<u8>().ok()?);
    iso(&format!("{year}-{month:02}-{day:02}T{time}{}", offset.unwrap_or("Z")))
}

/// Seconds since 1970 with or without a fraction, or milliseconds.
fn seconds(text: &str) -> Option<String> {
    let number: f64 = text.parse().ok().filter(|it: &f64| it.is_finite() && *it > 0.0)?;
    // The whole part is read as an integer, since a double has too few digits for ticks.
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let ticks = if number >= MILLISECONDS {
        whole.checked_mul(10_000)?
    } else {
        let digits: String = fraction.chars().chain("0000000".chars()).take(7).collect();
        whole.checked_mul(10_000_000)?.checked_add(digits.parse().ok()?)?
    };
    let moment = Timestamp(ticks.checked_add(UNIX_EPOCH)?);
    (moment <= Timestamp::MAX).then(|| moment.to_string())
}

/// Ticks from the year 1 to 1970.
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(read(text).as_deref(), Some(want), "{text}");
    }

    #[test]
    fn every_form_a_product_writes() {
        check("2026-01-05T10:20:30.123456+0000", "2026-01-05T10:20:30.1234560Z");
        check("2026-01-05T12:20:30.123+02:00", "2026-01-05T10:20:30.1230000Z");
        check("2026-01-05T05:20:30.5-0500", "2026-01-05T10:20:30.5000000Z");
        check("2026-01-05T10:20:30.123456789Z", "2026-01-05T10:20:30.1234567Z");
        check("2026-01-05 10:20:30 +0000 UTC", "2026-01-05T10:20:30.0000000Z");
        check("2026-01-05 10:20:30", "2026-01-05T10:20:30.0000000Z");
        check("Mon Jan  5 10:20:30 2026", "2026-01-05T10:20:30.0000000Z");
        check("05/Jan/2026:10:20:30.25 +0100", "2026-01-05T09:20:30.2500000Z");
        check("05/Jan/2026:10:20:30 +0000", "2026-01-05T10:20:30.0000000Z");
        check("2026 Jan 05 10:20:30", "2026-01-05T10:20:30.0000000Z");
        check("1767608430", "2026-01-05T10:20:30.0000000Z");
        check("1767608430.1234567", "2026-01-05T10:20:30.1234567Z");
        check("1767608430123", "2026-01-05T10:20:30.1230000Z");
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in ["", "-", "Mon Xan  5 10:20:30 2026", "2026-13-01T00:00:00Z", "nan", "-5", "é"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

//! `format_datetime`: a time by a pattern.

use std::sync::Arc;

use chrono::{Datelike, Timelike};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::to_civil,
    types::Type,
};

use super::{
    super::{
        pattern::constant_text,
        read::written,
        types::{DATETIME, STRING},
    },
    format::{Piece, fraction, padded, parse},
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

const ALLOWED: &[(char, usize)] = &[
    ('d', 2),
    ('f', 7),
    ('F', 7),
    ('h', 2),
    ('H', 2),
    ('m', 2),
    ('M', 2),
    ('s', 2),
    ('y', 4),
    ('t', 2),
];

pub(in super::super) const FORMAT_DATETIME: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "format_datetime",
        params: &[Param::of("date", DATETIME), Param::of("format", STRING).fixed()],
        returns: Returns::Is(Type::String),
        naming: Naming::FirstArgument,
        doc: "Writes a time by a pattern of y, M, d, H, h, m, s, f (fraction), F (fraction without \
              zeros at its end) and tt; of the rest only blanks and `/-:,._[]` may stand in it.",
        examples: &[
            (
                "format_datetime(datetime(2017-01-29 09:00:05), 'yyyy-M-dd [H:mm:ss]')",
                "2017-1-29 [9:00:05]",
            ),
            (
                "format_datetime(datetime(2017-01-29 21:00:05), 'yy-MM-dd hh:mm tt')",
                "17-01-29 09:00 PM",
            ),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let pieces = parse(constant_text(call, 1)?, ALLOWED)?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let date = args.longs(0)?;
        Ok(written(args.rows(), |row, out| {
            if let Some(ticks) = date.get(row) {
                write(out, &pieces, ticks);
            }
        }))
    }))
}

fn write(out: &mut String, pieces: &[Piece], ticks: i64) {
    let at = to_civil(ticks);
    for piece in pieces {
        let (letter, run) = match *piece {
            Piece::Literal(letter) => {
                out.push(letter);
                continue;
            }
            Piece::Part(letter, run) => (letter, run),
        };
        let number = match letter {
            'y' if run > 2 => at.year().unsigned_abs(),
            'y' => at.year().unsigned_abs() % 100,
            'M' => at.month(),
            'd' => at.day(),
            'H' => at.hour(),
            'h' => at.hour12().1,
            'm' => at.minute(),
            's' => at.second(),
            't' => {
                let half = if at.hour() < 12 { "AM" } else { "PM" };
                out.push_str(half.get(..run).unwrap_or(half));
                continue;
            }
            _ => {
                fraction(out, letter, run, u64::from(at.nanosecond() / 100));
                continue;
            }
        };
        padded(out, u64::from(number), run);
    }
}

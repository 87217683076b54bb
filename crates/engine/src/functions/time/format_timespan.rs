//! `format_timespan`: a length of time by a pattern. A negative one starts with a minus.

use std::sync::Arc;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    time::{DAY, HOUR, MINUTE, SECOND},
    types::Type,
};

use super::{
    super::{
        pattern::constant_text,
        read::written,
        types::{STRING, TIMESPAN},
    },
    format::{Piece, fraction, padded, parse},
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

const ALLOWED: &[(char, usize)] =
    &[('d', 8), ('f', 7), ('F', 7), ('h', 2), ('H', 2), ('m', 2), ('s', 2)];

pub(in super::super) const FORMAT_TIMESPAN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "format_timespan",
        params: &[Param::of("timespan", TIMESPAN), Param::of("format", STRING).fixed()],
        returns: Returns::Is(Type::String),
        naming: Naming::FirstArgument,
        doc: "Writes a length of time by a pattern of d, h, m, s, f (fraction) and F (fraction \
              without zeros at its end), with blanks and `/-:,._[]` between.",
        examples: &[
            (
                "format_timespan(time(29.09:00:05.12345), 'ddd.h:mm:ss [fffffff]')",
                "029.9:00:05 [1234500]",
            ),
            ("format_timespan(-90s, 'mm:ss')", "-01:30"),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let pieces = parse(constant_text(call, 1)?, ALLOWED)?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let span = args.longs(0)?;
        Ok(written(args.rows(), |row, out| {
            if let Some(ticks) = span.get(row) {
                write(out, &pieces, ticks);
            }
        }))
    }))
}

fn write(out: &mut String, pieces: &[Piece], ticks: i64) {
    if ticks < 0 {
        out.push('-');
    }
    let ticks = ticks.unsigned_abs();
    let (day, hour, minute, second) = (DAY as u64, HOUR as u64, MINUTE as u64, SECOND as u64);
    for piece in pieces {
        match *piece {
            Piece::Literal(letter) => out.push(letter),
            Piece::Part('d', run) => padded(out, ticks / day, run),
            Piece::Part('h' | 'H', run) => padded(out, ticks % day / hour, run),
            Piece::Part('m', run) => padded(out, ticks % hour / minute, run),
            Piece::Part('s', run) => padded(out, ticks % minute / second, run),
            Piece::Part(letter, run) => fraction(out, letter, run, ticks % second),
        }
    }
}

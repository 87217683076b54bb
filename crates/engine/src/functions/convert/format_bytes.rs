//! `format_bytes`: a size for people to read.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::{LONG, REAL, STRING};
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

pub(in super::super) const FORMAT_BYTES: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "format_bytes",
        params: &[
            Param::of("size", REAL),
            Param::of("precision", LONG).opt(),
            Param::of("unit", STRING).opt(),
        ],
        returns: Returns::Is(Type::String),
        naming: Naming::FirstArgument,
        doc: "A number of bytes in the largest unit of 1024 that fits, or in the unit given, with \
              at most `precision` digits after the point.",
        examples: &[
            ("format_bytes(564)", "564 Bytes"),
            ("format_bytes(10332, 1)", "10.1 KB"),
            ("format_bytes(20010332)", "19 MB"),
            ("format_bytes(20010332, 0, 'KB')", "19541 KB"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let size = args.reals(0)?;
    let precision = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    let unit = if args.len() > 2 { Some(args.texts(2)?) } else { None };
    Ok(out_texts(args.rows(), |row| {
        let precision = precision.as_ref().and_then(|it| it.get(row)).unwrap_or(0).clamp(0, 15);
        format(size.get(row)?, precision as usize, unit.as_ref().map_or("", |it| it.get(row)))
    }))
}

fn format(size: f64, precision: usize, unit: &str) -> Option<String> {
    if !size.is_finite() {
        return None;
    }
    let power = if unit.is_empty() {
        let mut power = 0;
        while power + 1 < UNITS.len() && size.abs() >= 1024_f64.powi(power as i32 + 1) {
            power += 1;
        }
        power
    } else {
        UNITS.iter().position(|it| it.eq_ignore_ascii_case(unit))?
    };
    let number = format!("{:.precision$}", size / 1024_f64.powi(power as i32));
    let number = match number.split_once('.') {
        Some(_) => number.trim_end_matches('0').trim_end_matches('.'),
        None => &number,
    };
    Some(format!("{number} {}", UNITS[power]))
}

//! `round`, `ceiling`, `sign`.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    convert::todecimal,
    types::{LONG, NUMBER, REAL},
};
use crate::{
    args::{Args, out_longs, out_reals, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ROUND: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "round",
        params: &[Param::of("number", NUMBER), Param::of("precision", LONG).opt()],
        returns: Returns::ArgWide(0),
        naming: Naming::FirstArgument,
        doc: "The number rounded to a number of digits after the point, halves away from zero; a \
              negative precision rounds before the point.",
        examples: &[
            ("round(3.14, 1)", "3.1"),
            ("round(2.5)", "3.0"),
            ("round(1234.5, -2)", "1200.0"),
            ("round(1250, -2)", "1300"),
        ],
    },
    lower: Lower::Rows(round),
};

pub(in super::super) const CEILING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ceiling",
        params: &[Param::of("number", REAL)],
        returns: Returns::Is(Type::Real),
        naming: Naming::FirstArgument,
        doc: "The least whole number that is not below this one.",
        examples: &[("ceiling(0.9)", "1.0"), ("ceiling(-1.1)", "-1.0")],
    },
    lower: Lower::Rows(|args| {
        let number = args.reals(0)?;
        Ok(out_reals(args.rows(), |row| number.get(row).map(f64::ceil)))
    }),
};

pub(in super::super) const SIGN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "sign",
        params: &[Param::of("number", REAL)],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "1 above zero, -1 below, 0 at zero.",
        examples: &[("sign(-42)", "-1.0"), ("sign(0)", "0.0")],
    },
    lower: Lower::Rows(|args| {
        let number = args.reals(0)?;
        Ok(out_reals(args.rows(), |row| {
            let number = number.get(row)?;
            Some(if number > 0.0 {
                1.0
            } else if number < 0.0 {
                -1.0
            } else {
                0.0
            })
        }))
    }),
};

fn round(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let precision = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    let digits = |row: usize| match &precision {
        Some(precision) => precision.get(row).map(|it| it.clamp(-400, 400) as i32),
        None => Some(0),
    };
    Ok(match args.returns() {
        Type::Real => {
            let number = args.reals(0)?;
            out_reals(args.rows(), |row| Some(real(number.get(row)?, digits(row)?)))
        }
        Type::Decimal => {
            let number = args.reals(0)?;
            out_texts(args.rows(), |row| {
                todecimal::from_text(&real(number.get(row)?, digits(row)?).to_string())
            })
        }
        _ => {
            let number = args.longs(0)?;
            out_longs(args.rows(), |row| Some(long(number.get(row)?, digits(row)?)))
        }
    })
}

fn real(number: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits.abs());
    let rounded = if digits < 0 {
        (number / scale).round() * scale
    } else {
        (number * scale).round() / scale
    };
    // Where the scale leaves the range there is nothing to round.
    if rounded.is_finite() {
        rounded
    } else if digits < 0 && number.is_finite() {
        0.0
    } else {
        number
    }
}

fn long(number: i64, digits: i32) -> i64 {
    if digits >= 0 {
        return number;
    }
    let Some(scale) = 10_i128.checked_pow(digits.unsigned_abs()) else { return 0 };
    let number = i128::from(number);
    let half = scale / 2 * number.signum();
    i64::try_from((number + half) / scale * scale).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds() {
        assert_eq!(real(2.15, 1).to_string(), "2.2");
        assert_eq!(real(-2.5, 0).to_string(), "-3");
        assert_eq!(real(1e300, 20).to_string(), 1e300.to_string());
        assert_eq!(real(12.0, -400).to_string(), "0");
        assert_eq!(long(-1250, -2), -1300);
        assert_eq!(long(7, -30), 0);
    }
}

//! `series_fft`, `series_ifft`: between a series and the waves it is made of.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use rustfft::{FftPlanner, num_complex::Complex};
use serde_json::{Map, Value as Json};

use super::{
    super::{read::Jsons, types::DYNAMIC},
    values::{finite, reals},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SERIES_FFT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fft",
        params: &[Param::of("real", DYNAMIC), Param::of("imaginary", DYNAMIC).opt()],
        returns: Returns::Members(&[("real", Type::Dynamic), ("imag", Type::Dynamic)]),
        naming: Naming::Position,
        doc: "The discrete Fourier transform of a series, its real and imaginary parts in columns.",
        examples: &[],
    },
    lower: Lower::Rows(|args| each(args, false)),
};

pub(in super::super) const SERIES_IFFT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_ifft",
        doc: "The inverse of `series_fft`, real and imaginary parts in columns.",
        ..SERIES_FFT.def
    },
    lower: Lower::Rows(|args| each(args, true)),
};

fn each(args: &Args<'_>, inverse: bool) -> Result<ArrayRef, EngineError> {
    let real = Jsons::new(args, 0)?;
    let imaginary = if args.len() > 1 { Some(Jsons::new(args, 1)?) } else { None };
    Ok(out_json(args.rows(), |row| {
        let run = || {
            let real = finite(&real.get(row))?;
            let imaginary = match &imaginary {
                Some(it) => finite(&it.get(row))?,
                None => vec![0.0; real.len()],
            };
            if real.len() != imaginary.len() || real.is_empty() {
                return None;
            }
            let pairs = real.into_iter().zip(imaginary);
            let mut numbers: Vec<_> = pairs.map(|(re, im)| Complex::new(re, im)).collect();
            transform(&mut numbers, inverse);
            let mut out = Map::new();
            out.insert("real".to_owned(), reals(numbers.iter().map(|it| it.re)));
            out.insert("imag".to_owned(), reals(numbers.iter().map(|it| it.im)));
            Some(Json::Object(out))
        };
        run().unwrap_or(Json::Null)
    }))
}

/// Transforms in place; there and back is the identity.
pub(super) fn transform(numbers: &mut [Complex<f64>], inverse: bool) {
    let mut planner = FftPlanner::new();
    if inverse {
        planner.plan_fft_inverse(numbers.len()).process(numbers);
        let count = numbers.len() as f64;
        numbers.iter_mut().for_each(|it| *it /= count);
    } else {
        planner.plan_fft_forward(numbers.len()).process(numbers);
    }
}

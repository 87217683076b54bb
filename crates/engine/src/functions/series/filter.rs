//! `series_fir`, `series_iir`: digital filters.
//!
//! The work is the length of the series times that of the filter, so that product is bounded.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::Jsons,
        types::{BOOL, DYNAMIC},
    },
    values::{Series, reals},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
    meter::{metered, spend},
};

/// Multiplications that one row may cost.
const MOST_WORK: usize = 100_000_000;

pub(in super::super) const SERIES_FIR: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fir",
        params: &[
            Param::of("series", DYNAMIC),
            Param::of("filter", DYNAMIC),
            Param::of("normalize", BOOL).opt(),
            Param::of("center", BOOL).opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "A weighted sum over each element and those before it (around it with `center`). The \
              weights are divided by their sum unless one is negative or `normalize` is false.",
        examples: &[
            ("series_fir(dynamic([1, 2, 3, 4]), dynamic([1, -1]), false)", "[1.0,1.0,1.0,1.0]"),
            ("series_fir(dynamic([0, 3, 0]), dynamic([1, 1, 1]), true, true)", "[1.0,1.0,1.0]"),
        ],
    },
    lower: Lower::Rows(fir),
};

pub(in super::super) const SERIES_IIR: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_iir",
        params: &[
            Param::of("series", DYNAMIC),
            Param::of("numerators", DYNAMIC),
            Param::of("denominators", DYNAMIC),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "A recursive filter: weighted elements of the series less weighted earlier results, \
              divided by the first denominator.",
        examples: &[(
            "series_iir(dynamic([1, 2, 3, 4]), dynamic([1]), dynamic([1, -1]))",
            "[1.0,3.0,6.0,10.0]",
        )],
    },
    lower: Lower::Rows(iir),
};

/// The numbers of a series; a gap counts as zero.
fn numbers(json: &Json) -> Option<Vec<f64>> {
    Some(Series::read(json)?.values.into_iter().map(|it| it.unwrap_or(0.0)).collect())
}

fn bounded(series: &[f64], filter: usize) -> Option<()> {
    let work = series.len().saturating_mul(filter);
    if work > MOST_WORK {
        return None;
    }
    spend(work)
}

fn fir(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (series, filter) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    let flag = |at: usize| if at < args.len() { args.bools(at).map(Some) } else { Ok(None) };
    let (normalize, center) = (flag(2)?, flag(3)?);
    metered(|| {
        out_json(args.rows(), |row| {
            let run = || {
                let series = numbers(&series.get(row))?;
                let mut filter = numbers(&filter.get(row))?;
                bounded(&series, filter.len())?;
                let negative = filter.iter().any(|it| *it < 0.0);
                let normalize = match normalize.as_ref().and_then(|it| it.get(row)) {
                    Some(true) if negative => return None,
                    Some(normalize) => normalize,
                    None => !negative,
                };
                if normalize {
                    let sum: f64 = filter.iter().sum();
                    filter.iter_mut().for_each(|it| *it /= sum);
                }
                let center = center.as_ref().and_then(|it| it.get(row)).unwrap_or(false);
                let ahead = if center { filter.len().saturating_sub(1) / 2 } else { 0 };
                let value = |at: usize| -> f64 {
                    let taps = filter.iter().enumerate();
                    taps.map(|(back, weight)| {
                        let place = (at + ahead).checked_sub(back);
                        weight * place.and_then(|it| series.get(it)).copied().unwrap_or(0.0)
                    })
                    .sum()
                };
                Some(reals((0..series.len()).map(value)))
            };
            run().unwrap_or(Json::Null)
        })
    })
}

fn iir(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (series, above, below) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?, Jsons::new(args, 2)?);
    metered(|| {
        out_json(args.rows(), |row| {
            let run = || {
                let series = numbers(&series.get(row))?;
                let (above, below) = (numbers(&above.get(row))?, numbers(&below.get(row))?);
                bounded(&series, above.len() + below.len())?;
                let first = below.first().copied().filter(|it| *it != 0.0)?;
                let mut out: Vec<f64> = Vec::with_capacity(series.len());
                for at in 0..series.len() {
                    let mut value = 0.0;
                    for (back, weight) in above.iter().enumerate().take(at + 1) {
                        value += weight * series[at - back];
                    }
                    for (back, weight) in below.iter().enumerate().take(at + 1).skip(1) {
                        value -= weight * out[at - back];
                    }
                    out.push(value / first);
                }
                Some(reals(out))
            };
            run().unwrap_or(Json::Null)
        })
    })
}

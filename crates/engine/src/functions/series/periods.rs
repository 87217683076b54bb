//! `series_periods_detect`, `series_periods_validate`: whether a series repeats itself.
//!
//! The score of a period is how well the series agrees with itself moved by the period (its
//! autocorrelation, which the Fourier transform gives for all periods at once); it counts only
//! where moving a little more or less agrees less.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use rustfft::num_complex::Complex;
use serde_json::{Map, Value as Json};

use super::{
    super::{
        read::Jsons,
        types::{DYNAMIC, LONG, REAL},
    },
    fft::transform,
    values::{finite, reals},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const RETURNS: Returns = Returns::Members(&[("periods", Type::Dynamic), ("scores", Type::Dynamic)]);
/// Scores below this are no sign of a period.
const LEAST_SCORE: f64 = 0.3;
/// Scores of periods that are found without being asked for.
const GOOD_SCORE: f64 = 0.6;
/// The shortest period that is one.
const SHORTEST: usize = 3;

pub(in super::super) const SERIES_PERIODS_DETECT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_periods_detect",
        params: &[
            Param::of("series", DYNAMIC),
            Param::of("min_period", REAL),
            Param::of("max_period", REAL),
            Param::of("num_periods", LONG),
        ],
        returns: RETURNS,
        naming: Naming::Position,
        doc: "The periods in which a series repeats itself best and their scores from 0 to 1, in \
              columns of arrays; places for which there is no period hold 0.",
        examples: &[],
    },
    lower: Lower::Rows(detect),
};

pub(in super::super) const SERIES_PERIODS_VALIDATE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_periods_validate",
        params: &[Param::of("series", DYNAMIC), Param::of("periods", REAL).many()],
        returns: RETURNS,
        naming: Naming::Position,
        doc: "Periods and how well a series repeats itself in each, from 0 to 1, in columns of \
              arrays.",
        examples: &[],
    },
    lower: Lower::Rows(validate),
};

fn detect(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    let (low, high, count) = (args.reals(1)?, args.reals(2)?, args.longs(3)?);
    Ok(out_json(args.rows(), |row| {
        let run = || {
            let values = finite(&series.get(row))?;
            let count = usize::try_from(count.get(row)?).ok().filter(|it| *it <= 1000)?;
            let mut found = best(&values, (low.get(row)?, high.get(row)?), count);
            found.resize(count, (0.0, 0.0));
            Some(columns(&found))
        };
        run().unwrap_or(Json::Null)
    }))
}

fn validate(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    let periods = (1..args.len()).map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
    Ok(out_json(args.rows(), |row| {
        let Some(values) = finite(&series.get(row)) else { return Json::Null };
        let scores = agreement(&values);
        let score = |period: f64| {
            let at = period.round() as usize;
            if peak(&scores, at) { scores[at].min(1.0) } else { 0.0 }
        };
        let found: Vec<(f64, f64)> =
            periods.iter().filter_map(|it| it.get(row)).map(|it| (it, score(it))).collect();
        columns(&found)
    }))
}

fn columns(found: &[(f64, f64)]) -> Json {
    let mut out = Map::new();
    out.insert("periods".to_owned(), reals(found.iter().map(|it| it.0)));
    out.insert("scores".to_owned(), reals(found.iter().map(|it| it.1)));
    Json::Object(out)
}

/// The period that stands out and has at least this score.
pub(super) fn detected(values: &[f64], least: f64) -> Option<usize> {
    // Twice the same could be chance.
    let most = values.len() / 3;
    let (period, score) = best(values, (0.0, most as f64), 1).first().copied()?;
    (score >= least).then_some(period as usize)
}

/// Periods within bounds by score; multiples of a better one are the same.
fn best(values: &[f64], bounds: (f64, f64), count: usize) -> Vec<(f64, f64)> {
    let scores = agreement(values);
    let within = |at: &usize| (bounds.0..=bounds.1).contains(&(*at as f64));
    let mut peaks: Vec<(f64, f64)> = (SHORTEST..scores.len().saturating_sub(1))
        .filter(|at| within(at) && peak(&scores, *at) && scores[*at] >= GOOD_SCORE)
        .map(|at| (at as f64, scores[at].min(1.0)))
        .collect();
    peaks.sort_by(|one, two| two.1.total_cmp(&one.1));
    let mut found: Vec<(f64, f64)> = Vec::new();
    for peak in peaks {
        if found.len() == count {
            break;
        }
        let known = |it: &(f64, f64)| {
            let times = peak.0 / it.0;
            times > 1.0 && (times - times.round()).abs() * it.0 <= 1.0
        };
        if !found.iter().any(known) {
            found.push(peak);
        }
    }
    found
}

fn peak(scores: &[f64], at: usize) -> bool {
    let near = |at: usize| scores.get(at).copied().unwrap_or(f64::NEG_INFINITY);
    at > 1
        && at < scores.len()
        && scores[at] >= LEAST_SCORE
        && scores[at] > near(at - 1)
        && scores[at] >= near(at + 1)
}

/// For each shift how well the series agrees with itself.
fn agreement(values: &[f64]) -> Vec<f64> {
    if values.is_empty() {
        return Vec::new();
    }
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    // Zeros behind the series keep its end from meeting its start.
    let mut numbers: Vec<_> = values.iter().map(|it| Complex::new(it - mean, 0.0)).collect();
    numbers.resize((2 * count).next_power_of_two(), Complex::new(0.0, 0.0));
    transform(&mut numbers, false);
    numbers.iter_mut().for_each(|it| *it = Complex::new(it.norm_sqr(), 0.0));
    transform(&mut numbers, true);
    let whole = numbers[0].re;
    let score = |at: usize| {
        let overlap = (count as f64 / (count - at) as f64).sqrt();
        if whole > 0.0 { numbers[at].re / whole * overlap } else { 0.0 }
    };
    (0..count).map(score).collect()
}

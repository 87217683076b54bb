//! `series_outliers`: how far each element lies outside of the middle of the series, in widths of
//! that middle (Tukey's fences).

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::{Jsons, some_strings},
        types::{DYNAMIC, LONG, NUMBER, REAL, STRING},
    },
    values::{Series, number, reals},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SERIES_OUTLIERS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_outliers",
        params: &[
            Param::of("series", DYNAMIC),
            Param::of("kind", STRING).opt(),
            Param::of("ignore_val", NUMBER).opt(),
            Param::of("min_percentile", REAL).opt(),
            Param::of("max_percentile", REAL).opt(),
            Param::of("test_points", LONG).opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "A score for each element: 0 between two percentiles of the series (10 and 90, or 25 \
              and 75 for the kind `tukey`), outside of them the distance in units of their \
              difference, negative below. More than 1.5 is usually called an outlier.",
        examples: &[(
            "series_outliers(dynamic([1, 2, 3, 4, 10]), 'tukey')",
            "[-0.5,0.0,0.0,0.0,3.0]",
        )],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    let kind = some_strings(args, 1)?;
    let ignored = if args.len() > 2 { Some(Jsons::new(args, 2)?) } else { None };
    let real = |at: usize| if at < args.len() { args.reals(at).map(Some) } else { Ok(None) };
    let (low, high) = (real(3)?, real(4)?);
    let test = if args.len() > 5 { Some(args.longs(5)?) } else { None };
    Ok(out_json(args.rows(), |row| {
        let Some(series) = Series::read(&series.get(row)) else { return Json::Null };
        let fences = match kind.as_ref().map_or("ctukey", |it| it.get(row)) {
            "tukey" => (25.0, 75.0),
            "ctukey" | "" => (
                low.as_ref().and_then(|it| it.get(row)).unwrap_or(10.0),
                high.as_ref().and_then(|it| it.get(row)).unwrap_or(90.0),
            ),
            _ => return Json::Null,
        };
        if !(2.0..=98.0).contains(&fences.0) || !(2.0..=98.0).contains(&fences.1) {
            return Json::Null;
        }
        let ignored = ignored.as_ref().and_then(|it| number(&it.get(row)));
        let test = test.as_ref().and_then(|it| it.get(row)).unwrap_or(0);
        let values: Vec<Option<f64>> =
            series.values.into_iter().map(|it| it.filter(|it| Some(*it) != ignored)).collect();
        reals(scores(&values, fences, usize::try_from(test).unwrap_or(0)))
    }))
}

/// The scores; the last `test` values do not take part in finding the fences.
pub(super) fn scores(values: &[Option<f64>], percentiles: (f64, f64), test: usize) -> Vec<f64> {
    let learned = values.len().saturating_sub(test);
    let mut sorted: Vec<f64> =
        values.iter().take(learned).flatten().copied().filter(|it| it.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) =
        (percentile(&sorted, percentiles.0), percentile(&sorted, percentiles.1))
    else {
        return vec![0.0; values.len()];
    };
    let width = high - low;
    let score = |value: f64| match value {
        value if value > high => (value - high) / width,
        value if value < low => (value - low) / width,
        _ => 0.0,
    };
    values.iter().map(|it| it.map_or(0.0, score)).collect()
}

/// Between the two nearest values of a sorted list.
fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * sorted.len().checked_sub(1)? as f64;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

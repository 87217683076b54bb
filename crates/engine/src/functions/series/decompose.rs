//! `series_decompose`, `series_decompose_anomalies`, `series_decompose_forecast`,
//! `series_seasonal`: a series as what repeats, what grows, and what is left.
//!
//! The seasonal part is the median of the values at the same place of each period; the trend is
//! the mean of, or the line through, what remains without it. What is left shows anomalies.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::{
    super::{
        read::{Jsons, some_strings},
        types::{DYNAMIC, LONG, REAL, STRING},
    },
    fit_line::Line,
    outliers::scores,
    periods::detected,
    values::{finite, reals},
};
use crate::{
    args::{Args, Longs, Reals, Texts, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const SERIES: Param = Param::of("series", DYNAMIC);
const SEASONALITY: Param = Param::of("seasonality", LONG).opt();
const TREND: Param = Param::of("trend", STRING).opt();
const TEST_POINTS: Param = Param::of("test_points", LONG).opt();
const THRESHOLD: Param = Param::of("seasonality_threshold", REAL).opt();
const PARTS: Returns = Returns::Members(&[
    ("baseline", Type::Dynamic),
    ("seasonal", Type::Dynamic),
    ("trend", Type::Dynamic),
    ("residual", Type::Dynamic),
]);

const fn def(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    doc: &'static str,
) -> FunctionDef {
    FunctionDef { name, params, returns, naming: Naming::Position, doc, examples: &[] }
}

pub(in super::super) const SERIES_DECOMPOSE: FunctionImpl = FunctionImpl {
    def: def(
        "series_decompose",
        &[SERIES, SEASONALITY, TREND, TEST_POINTS, THRESHOLD],
        PARTS,
        "The seasonal part and the trend of a series, their sum and what is left, in columns. The \
         season is a number of elements, 0 for none, or found when -1; the trend is `avg`, \
         `linefit` or `none`. Test points at the end are not learned from.",
    ),
    lower: Lower::Rows(|args| {
        let ask = Ask { season: 1, trend: 2, test: 3, threshold: 4, default: Trend::Mean };
        ask.each(args, |_, _, parts| parts.described())
    }),
};

pub(in super::super) const SERIES_DECOMPOSE_FORECAST: FunctionImpl = FunctionImpl {
    def: def(
        "series_decompose_forecast",
        &[SERIES, Param::of("points", LONG), SEASONALITY, TREND, THRESHOLD],
        PARTS,
        "`series_decompose` that takes the last `points` elements for unknown: the baseline there \
         is the forecast. The trend is a line unless said otherwise.",
    ),
    lower: Lower::Rows(|args| {
        let ask = Ask { season: 2, trend: 3, test: 1, threshold: 4, default: Trend::Line };
        ask.each(args, |_, _, parts| parts.described())
    }),
};

pub(in super::super) const SERIES_DECOMPOSE_ANOMALIES: FunctionImpl = FunctionImpl {
    def: def(
        "series_decompose_anomalies",
        &[
            SERIES,
            Param::of("threshold", REAL).opt(),
            SEASONALITY,
            TREND,
            TEST_POINTS,
            Param::of("method", STRING).opt(),
            THRESHOLD,
        ],
        Returns::Members(&[
            ("ad_flag", Type::Dynamic),
            ("ad_score", Type::Dynamic),
            ("baseline", Type::Dynamic),
        ]),
        "Anomalies of a series in columns: 1 where it is oddly high, -1 where it is oddly low, how \
         oddly (`series_outliers` of what season and trend leave), and the expected values.",
    ),
    lower: Lower::Rows(anomalies),
};

pub(in super::super) const SERIES_SEASONAL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_seasonal",
        params: &[SERIES, SEASONALITY, TEST_POINTS],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The seasonal part of a series: the medians of the values at the same place of each \
              period. Without a period one is looked for; zeros if there is none.",
        examples: &[
            ("series_seasonal(dynamic([1, 3, 5, 2, 4, 6]), 3)", "[1.5,3.5,5.5,1.5,3.5,5.5]"),
            ("series_seasonal(dynamic([1, 3, 5, 2, 4, 6]))", "[0.0,0.0,0.0,0.0,0.0,0.0]"),
        ],
    },
    lower: Lower::Rows(|args| {
        let series = Jsons::new(args, 0)?;
        let (period, test) = (longs(args, 1)?, longs(args, 2)?);
        Ok(out_json(args.rows(), |row| {
            let Some(values) = finite(&series.get(row)) else { return Json::Null };
            let period = period.as_ref().and_then(|it| it.get(row)).unwrap_or(-1);
            let known = known(&values, test.as_ref().and_then(|it| it.get(row)).unwrap_or(0));
            reals(seasonal(&values, known, period, 0.7))
        }))
    }),
};

#[derive(Clone, Copy)]
enum Trend {
    Mean,
    Line,
    Nothing,
}

/// Where a function has its arguments, and its usual trend.
struct Ask {
    season: usize,
    trend: usize,
    test: usize,
    threshold: usize,
    default: Trend,
}

/// What a series is made of.
struct Parts {
    baseline: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    residual: Vec<f64>,
}

impl Parts {
    fn described(self) -> Json {
        let mut out = Map::new();
        out.insert("baseline".to_owned(), reals(self.baseline));
        out.insert("seasonal".to_owned(), reals(self.seasonal));
        out.insert("trend".to_owned(), reals(self.trend));
        out.insert("residual".to_owned(), reals(self.residual));
        Json::Object(out)
    }
}

impl Ask {
    /// Decomposes each row; `shape` gets the row, its number of test points and the parts.
    fn each(
        &self,
        args: &Args<'_>,
        shape: impl Fn(usize, usize, Parts) -> Json,
    ) -> Result<ArrayRef, EngineError> {
        let series = Jsons::new(args, 0)?;
        let (season, test) = (longs(args, self.season)?, longs(args, self.test)?);
        let trend: Option<Texts> = some_strings(args, self.trend)?;
        let threshold = real(args, self.threshold)?;
        Ok(out_json(args.rows(), |row| {
            let run = || {
                let values = finite(&series.get(row))?;
                let season = season.as_ref().and_then(|it| it.get(row)).unwrap_or(-1);
                let test = test.as_ref().and_then(|it| it.get(row)).unwrap_or(0);
                let least = threshold.as_ref().and_then(|it| it.get(row)).unwrap_or(0.6);
                let trend = match trend.as_ref().map(|it| it.get(row)) {
                    None | Some("") => self.default,
                    Some("avg") => Trend::Mean,
                    Some("linefit") => Trend::Line,
                    Some("none") => Trend::Nothing,
                    Some(_) => return None,
                };
                let known = known(&values, test);
                let parts = decompose(&values, known, season, least, trend);
                Some(shape(row, values.len() - known, parts))
            };
            run().unwrap_or(Json::Null)
        }))
    }
}

fn longs(args: &Args<'_>, at: usize) -> Result<Option<Longs>, EngineError> {
    if at < args.len() { args.longs(at).map(Some) } else { Ok(None) }
}

fn real(args: &Args<'_>, at: usize) -> Result<Option<Reals>, EngineError> {
    if at < args.len() { args.reals(at).map(Some) } else { Ok(None) }
}

/// How many values are before the test points.
fn known(values: &[f64], test: i64) -> usize {
    values.len() - usize::try_from(test).unwrap_or(0).min(values.len())
}

fn anomalies(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let limit = real(args, 1)?;
    let method = some_strings(args, 5)?;
    let ask = Ask { season: 2, trend: 3, test: 4, threshold: 6, default: Trend::Mean };
    ask.each(args, |row, test, parts| {
        let fences = match method.as_ref().map_or("ctukey", |it| it.get(row)) {
            "tukey" => (25.0, 75.0),
            _ => (10.0, 90.0),
        };
        let limit = limit.as_ref().and_then(|it| it.get(row)).unwrap_or(1.5);
        let residual: Vec<Option<f64>> = parts.residual.into_iter().map(Some).collect();
        let scores = scores(&residual, fences, test);
        let flag = |score: &f64| match *score {
            score if score > limit => Json::from(1),
            score if score < -limit => Json::from(-1),
            _ => Json::from(0),
        };
        let mut out = Map::new();
        out.insert("ad_flag".to_owned(), scores.iter().map(flag).collect());
        out.insert("ad_score".to_owned(), reals(scores));
        out.insert("baseline".to_owned(), reals(parts.baseline));
        Json::Object(out)
    })
}

fn decompose(values: &[f64], known: usize, season: i64, least: f64, trend: Trend) -> Parts {
    let seasonal = seasonal(values, known, season, least);
    let rest: Vec<f64> = values.iter().zip(&seasonal).map(|(value, part)| value - part).collect();
    let learned = &rest[..known];
    let trend: Vec<f64> = match trend {
        Trend::Nothing => vec![0.0; values.len()],
        Trend::Mean => {
            let mean = learned.iter().sum::<f64>() / learned.len().max(1) as f64;
            vec![mean; values.len()]
        }
        Trend::Line => Line::fit(learned).unwrap_or_default().points(values.len()).collect(),
    };
    let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(one, two)| one + two).collect();
    let residual = values.iter().zip(&baseline).map(|(value, it)| value - it).collect();
    Parts { baseline, seasonal, trend, residual }
}

fn seasonal(values: &[f64], known: usize, season: i64, least: f64) -> Vec<f64> {
    let learned = &values[..known];
    let period = match season {
        1.. => usize::try_from(season).ok(),
        0 => None,
        // A trend would look like agreement at every shift.
        _ => detected(&detrended(learned), least),
    };
    let Some(period) = period.filter(|it| *it < values.len()) else {
        return vec![0.0; values.len()];
    };
    let medians: Vec<f64> =
        (0..period).map(|at| median(learned.iter().skip(at).step_by(period).copied())).collect();
    (0..values.len()).map(|at| medians[at % period]).collect()
}

fn detrended(values: &[f64]) -> Vec<f64> {
    let line = Line::fit(values).unwrap_or_default();
    values.iter().zip(line.points(values.len())).map(|(value, line)| value - line).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

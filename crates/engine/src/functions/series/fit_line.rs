//! `series_fit_line`, `series_fit_line_dynamic`: the straight line nearest to a series.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::{
    super::{read::Jsons, types::DYNAMIC},
    values::{finite, reals},
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SERIES_FIT_LINE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fit_line",
        params: &[Param::of("series", DYNAMIC)],
        returns: Returns::Members(&[
            ("rsquare", Type::Real),
            ("slope", Type::Real),
            ("variance", Type::Real),
            ("rvariance", Type::Real),
            ("interception", Type::Real),
            ("line_fit", Type::Dynamic),
        ]),
        naming: Naming::Position,
        doc: "The line of least squares through a series, in columns: how good it is, its slope, \
              the variance of the series and of what the line leaves, where it starts, and its \
              points.",
        examples: &[],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const SERIES_FIT_LINE_DYNAMIC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fit_line_dynamic",
        returns: Returns::Is(Type::Dynamic),
        doc: "`series_fit_line` as one bag.",
        examples: &[
            ("series_fit_line_dynamic(dynamic([1, 3, 5, 7])).slope", "2.0"),
            ("series_fit_line_dynamic(dynamic([1, 3, 5, 7])).line_fit", "[1.0,3.0,5.0,7.0]"),
        ],
        ..SERIES_FIT_LINE.def
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let Some(values) = finite(&series.get(row)) else { return Json::Null };
        let Some(line) = Line::fit(&values) else { return Json::Null };
        let mut out = Map::new();
        out.insert("rsquare".to_owned(), real_json(line.rsquare()));
        out.insert("slope".to_owned(), real_json(line.slope));
        out.insert("variance".to_owned(), real_json(line.variance));
        out.insert("rvariance".to_owned(), real_json(line.left));
        out.insert("interception".to_owned(), real_json(line.start));
        out.insert("line_fit".to_owned(), reals(line.points(values.len())));
        Json::Object(out)
    }))
}

/// A line over the positions 0, 1, 2, ….
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// Rise per position.
    pub(super) slope: f64,
    /// Value at position zero.
    pub(super) start: f64,
    /// Variance of the values.
    pub(super) variance: f64,
    /// Variance of what the line leaves.
    pub(super) left: f64,
}

impl Line {
    /// The line of least squares; none without values.
    pub(super) fn fit(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let middle = (count - 1.0) / 2.0;
        let (mut both, mut wide, mut squares) = (0.0, 0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            let x = at as f64 - middle;
            both += x * (value - mean);
            wide += x * x;
            squares += (value - mean).powi(2);
        }
        let slope = if wide > 0.0 { both / wide } else { 0.0 };
        let start = mean - slope * middle;
        let freedom = (count - 1.0).max(1.0);
        let left = (squares - slope * both).max(0.0);
        Some(Self { slope, start, variance: squares / freedom, left: left / freedom })
    }

    /// The share of the variance that the line explains.
    pub(super) fn rsquare(&self) -> f64 {
        explained(self.variance, self.left)
    }

    /// The first points of the line.
    pub(super) fn points(self, count: usize) -> impl Iterator<Item = f64> {
        (0..count).map(move |at| self.start + self.slope * at as f64)
    }
}

/// How much of a variance is gone when `left` is left.
pub(super) fn explained(variance: f64, left: f64) -> f64 {
    if variance > 0.0 { 1.0 - left / variance } else { 1.0 }
}

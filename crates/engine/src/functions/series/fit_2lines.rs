//! `series_fit_2lines`, `series_fit_2lines_dynamic`: the two lines, one behind the other, that are
//! nearest to a series. Running sums make each split cost the same, so all are tried.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json, json};

use super::{
    super::{read::Jsons, types::DYNAMIC},
    fit_line::{Line, explained},
    values::{finite, reals},
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SERIES_FIT_2LINES: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fit_2lines",
        params: &[Param::of("series", DYNAMIC)],
        returns: Returns::Members(&[
            ("rsquare", Type::Real),
            ("split_idx", Type::Long),
            ("variance", Type::Real),
            ("rvariance", Type::Real),
            ("line_fit", Type::Dynamic),
            ("right_rsquare", Type::Real),
            ("right_slope", Type::Real),
            ("right_interception", Type::Real),
            ("right_variance", Type::Real),
            ("right_rvariance", Type::Real),
            ("left_rsquare", Type::Real),
            ("left_slope", Type::Real),
            ("left_interception", Type::Real),
            ("left_variance", Type::Real),
            ("left_rvariance", Type::Real),
        ]),
        naming: Naming::Position,
        doc: "The two lines of least squares through the parts of a series, split where that leaves \
              least, in columns.",
        examples: &[],
    },
    lower: Lower::Rows(|args| {
        each(args, |fit, out| {
            for (side, line) in [("right", fit.right), ("left", fit.left)] {
                for (name, value) in described(line) {
                    out.insert(format!("{side}_{name}"), value);
                }
            }
        })
    }),
};

pub(in super::super) const SERIES_FIT_2LINES_DYNAMIC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fit_2lines_dynamic",
        returns: Returns::Is(Type::Dynamic),
        doc: "`series_fit_2lines` as one bag, with bags `left` and `right` inside.",
        examples: &[
            ("series_fit_2lines_dynamic(dynamic([1, 2, 3, 4, 2, 0, -2])).split_idx", "3"),
            ("series_fit_2lines_dynamic(dynamic([1, 2, 3, 4, 2, 0, -2])).left.slope", "1.0"),
        ],
        ..SERIES_FIT_2LINES.def
    },
    lower: Lower::Rows(|args| {
        each(args, |fit, out| {
            for (side, line) in [("right", fit.right), ("left", fit.left)] {
                let members = described(line).map(|(name, value)| (name.to_owned(), value));
                out.insert(side.to_owned(), Json::Object(members.into_iter().collect()));
            }
        })
    }),
};

fn described(line: Line) -> [(&'static str, Json); 5] {
    [
        ("rsquare", real_json(line.rsquare())),
        ("slope", real_json(line.slope)),
        ("interception", real_json(line.start)),
        ("variance", real_json(line.variance)),
        ("rvariance", real_json(line.left)),
    ]
}

fn each(
    args: &Args<'_>,
    sides: impl Fn(&Fit, &mut Map<String, Json>),
) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let Some(values) = finite(&series.get(row)) else { return Json::Null };
        let Some(fit) = Fit::of(&values) else { return Json::Null };
        let mut out = Map::new();
        out.insert("rsquare".to_owned(), real_json(explained(fit.variance, fit.rest)));
        out.insert("split_idx".to_owned(), json!(fit.split));
        out.insert("variance".to_owned(), real_json(fit.variance));
        out.insert("rvariance".to_owned(), real_json(fit.rest));
        let points = fit.left.points(fit.split);
        let points = points.chain(fit.right.points(values.len() - fit.split));
        out.insert("line_fit".to_owned(), reals(points));
        sides(&fit, &mut out);
        Json::Object(out)
    }))
}

struct Fit {
    split: usize,
    left: Line,
    right: Line,
    variance: f64,
    rest: f64,
}

impl Fit {
    /// The best split; none for less than two values.
    fn of(values: &[f64]) -> Option<Self> {
        let whole = Line::fit(values)?;
        if values.len() < 2 {
            return None;
        }
        let sums = Sums::over(values);
        let mut best = (1, f64::INFINITY);
        for split in 1..values.len() {
            let rest = sums.rest(0, split) + sums.rest(split, values.len());
            if rest < best.1 {
                best = (split, rest);
            }
        }
        let (left, right) = values.split_at(best.0);
        let (left, right) = (Line::fit(left)?, Line::fit(right)?);
        let freedom = (values.len() - 1) as f64;
        Some(Self { split: best.0, left, right, variance: whole.variance, rest: best.1 / freedom })
    }
}

/// Sums over the first values: of y, y², x·y.
struct Sums(Vec<(f64, f64, f64)>);

impl Sums {
    fn over(values: &[f64]) -> Self {
        // Around the mean, so that large values do not swallow the small differences.
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut sums = Vec::with_capacity(values.len() + 1);
        let mut sum = (0.0, 0.0, 0.0);
        sums.push(sum);
        for (at, value) in values.iter().enumerate() {
            let y = value - mean;
            sum = (sum.0 + y, sum.1 + y * y, sum.2 + at as f64 * y);
            sums.push(sum);
        }
        Self(sums)
    }

    /// What the best line leaves of the values from one position to another.
    fn rest(&self, from: usize, to: usize) -> f64 {
        let count = (to - from) as f64;
        let (low, high) = (self.0[from], self.0[to]);
        let (sum, squares) = (high.0 - low.0, high.1 - low.1);
        let middle = (from + to - 1) as f64 / 2.0;
        let both = high.2 - low.2 - middle * sum;
        let wide = count * (count * count - 1.0) / 12.0;
        let slope = if wide > 0.0 { both / wide } else { 0.0 };
        (squares - sum * sum / count - slope * both).max(0.0)
    }
}

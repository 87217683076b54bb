//! Functions of one series that look at each element for itself: `series_abs`, `series_sin`, ….
//!
//! A gap stays a gap. Whole numbers stay whole where the function keeps them so.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{read::Jsons, types::DYNAMIC},
    values::{Series, gaps},
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

macro_rules! elementwise {
    ($constant:ident, $name:literal, $whole:expr, $real:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::of("series", DYNAMIC)],
                returns: Returns::Is(Type::Dynamic),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $whole, $real)),
        };
    };
}

/// Whole numbers become reals.
const NEVER: fn(i64) -> Option<i64> = |_| None;

elementwise!(
    SERIES_ABS,
    "series_abs",
    i64::checked_abs,
    f64::abs,
    "Each number without its sign.",
    "series_abs(dynamic([-6.5, 0, 8.2]))",
    "[6.5,0.0,8.2]"
);
elementwise!(
    SERIES_ACOS,
    "series_acos",
    NEVER,
    f64::acos,
    "The angle in radians whose cosine each number is.",
    "series_acos(dynamic([1]))",
    "[0.0]"
);
elementwise!(
    SERIES_ASIN,
    "series_asin",
    NEVER,
    f64::asin,
    "The angle in radians whose sine each number is.",
    "series_asin(dynamic([0]))",
    "[0.0]"
);
elementwise!(
    SERIES_ATAN,
    "series_atan",
    NEVER,
    f64::atan,
    "The angle in radians whose tangent each number is.",
    "series_atan(dynamic([0]))",
    "[0.0]"
);
elementwise!(
    SERIES_CEILING,
    "series_ceiling",
    NEVER,
    f64::ceil,
    "Each number rounded up.",
    "series_ceiling(dynamic([-1.5, 1, 2.5]))",
    "[-1.0,1.0,3.0]"
);
elementwise!(
    SERIES_COS,
    "series_cos",
    NEVER,
    f64::cos,
    "The cosine of each number, an angle in radians.",
    "series_cos(dynamic([0]))",
    "[1.0]"
);
elementwise!(
    SERIES_EXP,
    "series_exp",
    NEVER,
    f64::exp,
    "The exponential of each number.",
    "series_exp(dynamic([0]))",
    "[1.0]"
);
elementwise!(
    SERIES_FLOOR,
    "series_floor",
    NEVER,
    f64::floor,
    "Each number rounded down.",
    "series_floor(dynamic([-1.5, 1, 2.5]))",
    "[-2.0,1.0,2.0]"
);
elementwise!(
    SERIES_LOG,
    "series_log",
    NEVER,
    f64::ln,
    "The natural logarithm of each number.",
    "series_log(dynamic([1]))",
    "[0.0]"
);
elementwise!(
    SERIES_SIGN,
    "series_sign",
    |it| Some(it.signum()),
    |it| if it == 0.0 || it.is_nan() { it } else { it.signum() },
    "The sign of each number: -1, 0 or 1.",
    "series_sign(dynamic([-6, 0, 8]))",
    "[-1,0,1]"
);
elementwise!(
    SERIES_SIN,
    "series_sin",
    NEVER,
    f64::sin,
    "The sine of each number, an angle in radians.",
    "series_sin(dynamic([0]))",
    "[0.0]"
);
elementwise!(
    SERIES_TAN,
    "series_tan",
    NEVER,
    f64::tan,
    "The tangent of each number, an angle in radians.",
    "series_tan(dynamic([0]))",
    "[0.0]"
);

fn each(
    args: &Args<'_>,
    on_whole: impl Fn(i64) -> Option<i64>,
    on_real: impl Fn(f64) -> f64,
) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let Some(series) = Series::read(&series.get(row)) else { return Json::Null };
        if let Some(whole) = &series.whole {
            let done: Option<Vec<Json>> = whole
                .iter()
                .map(|it| match it {
                    Some(it) => on_whole(*it).map(Json::from),
                    None => Some(Json::Null),
                })
                .collect();
            if let Some(done) = done {
                return Json::Array(done);
            }
        }
        gaps(series.values.into_iter().map(|it| it.map(&on_real)))
    }))
}

//! `series_stats`, `series_stats_dynamic`: the extremes of a series, where they are, and its mean
//! and spread.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json, json};

use super::{
    super::{
        read::Jsons,
        types::{BOOL, DYNAMIC},
    },
    values::Series,
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] = &[Param::of("series", DYNAMIC), Param::of("ignore_nonfinite", BOOL).opt()];

pub(in super::super) const SERIES_STATS: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_stats",
        params: PARAMS,
        returns: Returns::Members(&[
            ("min", Type::Real),
            ("min_idx", Type::Long),
            ("max", Type::Real),
            ("max_idx", Type::Long),
            ("avg", Type::Real),
            ("stdev", Type::Real),
            ("variance", Type::Real),
        ]),
        naming: Naming::Position,
        doc: "Smallest and largest value of a series and where they stand first, its mean, and the \
              deviation and variance of a sample, in columns. They are null when an element is no \
              finite number, unless such are to be ignored.",
        examples: &[],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const SERIES_STATS_DYNAMIC: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_stats_dynamic",
        params: PARAMS,
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "`series_stats` as one bag, with the sum and the number of elements.",
        examples: &[
            ("series_stats_dynamic(dynamic([23, 46, 23, 87, 4]))['max_idx']", "3"),
            ("series_stats_dynamic(dynamic([1, null, 3]), true).avg", "2.0"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    let ignore = if args.len() > 1 { Some(args.bools(1)?) } else { None };
    Ok(out_json(args.rows(), |row| {
        let Some(series) = Series::read(&series.get(row)) else { return Json::Null };
        let ignore = ignore.as_ref().and_then(|it| it.get(row)).unwrap_or(false);
        stats(&series.values, ignore)
    }))
}

fn stats(values: &[Option<f64>], ignore: bool) -> Json {
    let mut out = Map::new();
    let finite = || values.iter().enumerate().filter_map(|(at, it)| Some((at, (*it)?)));
    let finite = || finite().filter(|(_, it)| it.is_finite());
    let count = finite().count();
    if count == 0 || !ignore && count < values.len() {
        for name in ["min", "min_idx", "max", "max_idx", "avg", "stdev", "variance", "sum", "len"] {
            out.insert(name.to_owned(), Json::Null);
        }
        return Json::Object(out);
    }
    let (mut min, mut max, mut sum) = ((0, f64::INFINITY), (0, f64::NEG_INFINITY), 0.0);
    for (at, value) in finite() {
        if value < min.1 {
            min = (at, value);
        }
        if value > max.1 {
            max = (at, value);
        }
        sum += value;
    }
    let mean = sum / count as f64;
    let squares: f64 = finite().map(|(_, it)| (it - mean).powi(2)).sum();
    let variance = if count > 1 { squares / (count - 1) as f64 } else { 0.0 };
    out.insert("min".to_owned(), real_json(min.1));
    out.insert("min_idx".to_owned(), json!(min.0));
    out.insert("max".to_owned(), real_json(max.1));
    out.insert("max_idx".to_owned(), json!(max.0));
    out.insert("avg".to_owned(), real_json(mean));
    out.insert("stdev".to_owned(), real_json(variance.sqrt()));
    out.insert("variance".to_owned(), real_json(variance));
    out.insert("sum".to_owned(), real_json(sum));
    out.insert("len".to_owned(), json!(count));
    Json::Object(out)
}

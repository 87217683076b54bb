//! `percentile_tdigest`, `percentiles_array_tdigest`, `percentrank_tdigest`, `rank_tdigest`,
//! `tdigest_merge`: what became of the aggregate `tdigest`.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
    value::Value,
};
use serde_json::Value as Json;

use super::super::{
    read::{Jsons, jsons_from},
    types::{DYNAMIC, REAL},
};
use crate::{
    aggregates::tdigest::Typed,
    args::{Args, out_json, out_longs, out_reals, out_texts},
    arrow_types::dynamic_of,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const DIGEST: Param = Param::of("tdigest", DYNAMIC);
const VALUE: Param = Param::of(
    "value",
    &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan],
);

fn percentile_type(args: &[kql::plan::Expr]) -> Type {
    use kql::plan::ExprKind;
    match args.get(2).map(|it| &it.kind) {
        Some(ExprKind::Literal(Value::String(it))) => Type::parse(it).unwrap_or(Type::Dynamic),
        _ => Type::Dynamic,
    }
}

pub(in super::super) const PERCENTILE_TDIGEST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "percentile_tdigest",
        params: &[DIGEST, Param::of("percentile", REAL), Param::any("typeof").opt()],
        returns: Returns::By(percentile_type),
        naming: Naming::Prefix("percentile_tdigest"),
        doc: "The value at a percentile from 0 to 100 of a digest, in the type that \
              `typeof(...)` says, else dynamic.",
        examples: &[("percentile_tdigest(dynamic(null), 50)", "")],
    },
    lower: Lower::Rows(percentile),
};

pub(in super::super) const PERCENTILES_ARRAY_TDIGEST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "percentiles_array_tdigest",
        params: &[
            DIGEST,
            Param::of("percentile", &[Type::Dynamic, Type::Int, Type::Long, Type::Real]).many(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Prefix("percentile_tdigest"),
        doc: "The values at several percentiles of a digest, given one by one or in an array.",
        examples: &[],
    },
    lower: Lower::Rows(|args| {
        let digest = Jsons::new(args, 0)?;
        let percents = jsons_from(args, 1)?;
        Ok(out_json(args.rows(), |row| {
            let Some(digest) = Typed::read(&digest.get(row)) else { return Json::Null };
            let mut found = Vec::new();
            for percent in &percents {
                match percent.get(row).as_ref() {
                    Json::Array(several) => found.extend(several.iter().map(|it| at(&digest, it))),
                    one => found.push(at(&digest, one)),
                }
            }
            Json::Array(found)
        }))
    }),
};

pub(in super::super) const RANK_TDIGEST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "rank_tdigest",
        params: &[DIGEST, VALUE],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "About how many values of a digest are at most `value`.",
        examples: &[],
    },
    lower: Lower::Rows(|args| ranked(args, |digest, value| Some(digest.digest.rank(value)))),
};

pub(in super::super) const PERCENTRANK_TDIGEST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "percentrank_tdigest",
        params: &[DIGEST, VALUE],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "About which share of the values of a digest, from 0 to 100, is at most `value`.",
        examples: &[],
    },
    lower: Lower::Rows(|args| ranked(args, |digest, value| digest.digest.percent_rank(value))),
};

pub(in super::super) const TDIGEST_MERGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tdigest_merge",
        params: &[Param::of("tdigest", DYNAMIC).many()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Fixed("tdigests_merge_result"),
        doc: "One digest of several.",
        examples: &[],
    },
    lower: Lower::Rows(merge),
};

pub(in super::super) const MERGE_TDIGEST: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "merge_tdigest", ..TDIGEST_MERGE.def },
    lower: Lower::Rows(merge),
};

fn merge(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let digests = jsons_from(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let mut all = Typed::default();
        for digest in digests.iter().filter_map(|it| Typed::read(&it.get(row))) {
            all.add(&digest);
        }
        all.digest.settle();
        all.json()
    }))
}

/// A number of a digest as what it stands for.
fn value(digest: &Typed, number: f64) -> Value {
    match digest.ty {
        Some(Type::Int | Type::Long) => Value::Long(number.round() as i64),
        Some(Type::DateTime) => Value::DateTime((number as i64).clamp(0, kql::time::MAX)),
        Some(Type::TimeSpan) => Value::TimeSpan(number as i64),
        _ => Value::Real(number),
    }
}

fn at(digest: &Typed, percent: &Json) -> Json {
    let percent = percent.as_f64().filter(|it| (0.0..=100.0).contains(it));
    let found = percent.and_then(|it| digest.digest.percentile(it));
    found.map_or(Json::Null, |it| dynamic_of(&value(digest, it)))
}

fn percentile(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (digest, percent) = (Jsons::new(args, 0)?, args.reals(1)?);
    let found = |row: usize| -> Option<(Typed, f64)> {
        let percent = percent.get(row).filter(|it| (0.0..=100.0).contains(it))?;
        let digest = Typed::read(&digest.get(row))?;
        let number = digest.digest.percentile(percent)?;
        Some((digest, number))
    };
    let rows = args.rows();
    Ok(match args.returns() {
        Type::Dynamic => out_json(rows, |row| {
            found(row).map_or(Json::Null, |(digest, it)| dynamic_of(&value(&digest, it)))
        }),
        Type::Real => out_reals(rows, |row| Some(found(row)?.1)),
        Type::Long | Type::DateTime | Type::TimeSpan => {
            out_longs(rows, |row| Some(found(row)?.1.round() as i64))
        }
        Type::String | Type::Decimal => out_texts(rows, |row| Some(found(row)?.1.to_string())),
        Type::Int => crate::args::out_ints(rows, |row| Some(found(row)?.1.round() as i64)),
        Type::Bool | Type::Guid => {
            return Err(EngineError::refused("a percentile is no bool and no guid"));
        }
    })
}

fn ranked(
    args: &Args<'_>,
    run: impl Fn(&Typed, f64) -> Option<f64>,
) -> Result<ArrayRef, EngineError> {
    let (digest, value) = (Jsons::new(args, 0)?, args.reals(1)?);
    Ok(out_reals(args.rows(), |row| run(&Typed::read(&digest.get(row))?, value.get(row)?)))
}

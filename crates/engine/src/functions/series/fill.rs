//! `series_fill_const`, `series_fill_forward`, `series_fill_backward`, `series_fill_linear`: what
//! to put where a series has a gap. Elements that are there stay as they are.
#![allow(clippy::float_cmp, reason = "a placeholder is found as it was given")]

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::Jsons,
        types::{BOOL, DYNAMIC, NUMBER},
    },
    values::number,
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const SERIES: Param = Param::of("series", DYNAMIC);
const MISSING: Param = Param::of("missing_value_placeholder", NUMBER).opt();

const fn def(
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> FunctionDef {
    let (returns, naming) = (Returns::Is(Type::Dynamic), Naming::FirstArgument);
    FunctionDef { name, params, returns, naming, doc, examples }
}

pub(in super::super) const SERIES_FILL_CONST: FunctionImpl = FunctionImpl {
    def: def(
        "series_fill_const",
        &[SERIES, Param::of("constant_value", NUMBER).opt(), MISSING],
        "The series with a constant (0 if not given) in its gaps: elements that are null or the \
         placeholder.",
        &[("series_fill_const(dynamic([1, null, 3]), -1)", "[1,-1,3]")],
    ),
    lower: Lower::Rows(|args| {
        let constant = optional(args, 1)?;
        let missing = optional(args, 2)?;
        filled(args, missing, |elements, gaps, row| {
            let constant = constant.as_ref().map_or(Json::from(0), |it| it.take(row));
            for at in gaps {
                elements[at] = constant.clone();
            }
        })
    }),
};

pub(in super::super) const SERIES_FILL_FORWARD: FunctionImpl = FunctionImpl {
    def: def(
        "series_fill_forward",
        &[SERIES, MISSING],
        "The series with the element before a gap in the gap.",
        &[("series_fill_forward(dynamic([null, 1, null, 3]))", "[null,1,1,3]")],
    ),
    lower: Lower::Rows(|args| {
        filled(args, optional(args, 1)?, |elements, gaps, _| {
            for at in gaps {
                if at > 0 {
                    elements[at] = elements[at - 1].clone();
                }
            }
        })
    }),
};

pub(in super::super) const SERIES_FILL_BACKWARD: FunctionImpl = FunctionImpl {
    def: def(
        "series_fill_backward",
        &[SERIES, MISSING],
        "The series with the element behind a gap in the gap.",
        &[("series_fill_backward(dynamic([null, 1, null, 3, null]))", "[1,1,3,3,null]")],
    ),
    lower: Lower::Rows(|args| {
        filled(args, optional(args, 1)?, |elements, gaps, _| {
            for at in gaps.into_iter().rev() {
                if at + 1 < elements.len() {
                    elements[at] = elements[at + 1].clone();
                }
            }
        })
    }),
};

pub(in super::super) const SERIES_FILL_LINEAR: FunctionImpl = FunctionImpl {
    def: def(
        "series_fill_linear",
        &[
            SERIES,
            MISSING,
            Param::of("fill_edges", BOOL).opt(),
            Param::of("constant_value", NUMBER).opt(),
        ],
        "The series with gaps filled on the line between their neighbours. Gaps at the ends take \
         the nearest element unless `fill_edges` is false; a series of gaps takes the constant. In \
         a series of whole numbers the fillings are cut to whole numbers.",
        &[
            ("series_fill_linear(dynamic([null, 111, null, 36, null]))", "[111,111,73,36,36]"),
            (
                "series_fill_linear(dynamic([1.0, null, 2.0, null]), double(null), false)",
                "[1.0,1.5,2.0,null]",
            ),
            ("series_fill_linear(dynamic([null, null]))", "[0.0,0.0]"),
        ],
    ),
    lower: Lower::Rows(|args| {
        let edges = if args.len() > 2 { Some(args.bools(2)?) } else { None };
        let constant = optional(args, 3)?;
        filled(args, optional(args, 1)?, |elements, gaps, row| {
            let edges = edges.as_ref().and_then(|it| it.get(row)).unwrap_or(true);
            let constant = constant.as_ref().map_or(real_json(0.0), |it| it.take(row));
            linear(elements, &gaps, edges, &constant);
        })
    }),
};

fn optional(args: &Args<'_>, at: usize) -> Result<Option<Jsons>, EngineError> {
    if at < args.len() { Jsons::new(args, at).map(Some) } else { Ok(None) }
}

/// Runs `fill` over the elements and the positions of the gaps among them, in ascending order.
fn filled(
    args: &Args<'_>,
    missing: Option<Jsons>,
    fill: impl Fn(&mut Vec<Json>, Vec<usize>, usize),
) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    Ok(out_json(args.rows(), |row| {
        let Json::Array(mut elements) = series.take(row) else { return Json::Null };
        let missing = missing.as_ref().and_then(|it| number(&it.get(row)));
        let is_gap = |it: &Json| match missing {
            None => it.is_null(),
            Some(missing) => {
                number(it).is_some_and(|it| it == missing || it.is_nan() && missing.is_nan())
            }
        };
        let gaps = (0..elements.len()).filter(|at| is_gap(&elements[*at])).collect();
        fill(&mut elements, gaps, row);
        Json::Array(elements)
    }))
}

fn linear(elements: &mut [Json], gaps: &[usize], edges: bool, constant: &Json) {
    if gaps.len() == elements.len() {
        elements.fill(constant.clone());
        return;
    }
    let mut is_gap = vec![false; elements.len()];
    for at in gaps {
        is_gap[*at] = true;
    }
    let whole = elements.iter().zip(&is_gap).all(|(it, gap)| *gap || it.as_i64().is_some());
    let mut before: Option<usize> = None;
    let mut at = 0;
    while at < elements.len() {
        if !is_gap[at] {
            before = Some(at);
            at += 1;
            continue;
        }
        let behind = (at..elements.len()).find(|it| !is_gap[*it]);
        let end = behind.unwrap_or(elements.len());
        for place in at..end {
            elements[place] = match (before, behind) {
                (Some(before), Some(behind)) => between(elements, before, behind, place, whole),
                (Some(one), None) | (None, Some(one)) if edges => elements[one].clone(),
                _ => continue,
            };
        }
        at = end;
    }
}

fn between(elements: &[Json], before: usize, behind: usize, at: usize, whole: bool) -> Json {
    let (Some(low), Some(high)) = (number(&elements[before]), number(&elements[behind])) else {
        return Json::Null;
    };
    let share = (at - before) as f64 / (behind - before) as f64;
    let value = low + (high - low) * share;
    if whole { Json::from(value as i64) } else { real_json(value) }
}

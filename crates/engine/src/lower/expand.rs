//! `mv-expand`: the items are computed in front of the flow, their elements are cast behind it.

use std::sync::Arc;

use datafusion::arrow::{array::ArrayRef, datatypes::Schema};
use kql::{
    plan::{Expanded, Expr as Bound, Rel},
    types::{Column, Type},
};
use serde_json::Value as Json;

use crate::{
    args::{Args, out_bools, out_ints, out_longs, out_reals, out_texts},
    arrow_types::field,
    error::EngineError,
    flow::{
        Flow, Start,
        expand::{Expand, Shape},
        node,
    },
    functions::convert::cast,
    lower::{LowerCx, Step, expr, named, names, rel, types},
    udf::{self, Work},
};

/// The operator's own part of the plan.
pub(crate) struct Expansion<'p> {
    /// What is expanded.
    pub(crate) items: &'p [Bound],
    /// Bags give pairs.
    pub(crate) pairs: bool,
    /// The most rows made of one.
    pub(crate) limit: Option<u64>,
    /// The output columns.
    pub(crate) outputs: &'p [Expanded],
}

/// Rows of elements.
pub(crate) fn expand(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    what: &Expansion<'_>,
    columns: &[Column],
) -> Result<Step, EngineError> {
    let whole = input.is_serialized();
    let input = rel::rel(cx, input)?;
    let width = input.names.len();
    let mut exprs = (0..width).map(|at| input.column(at)).collect::<Result<Vec<_>, _>>()?;
    let mut made = input.types.clone();
    for item in what.items {
        exprs.push(expr::value(&input, item)?);
        made.push(Type::Dynamic);
    }
    let opened = rel::project(cx, input.plan, exprs, made)?;
    let names = names(cx.number(), columns.len());
    let opened_types: Vec<Type> = what
        .outputs
        .iter()
        .zip(columns)
        .map(|(output, column)| match output {
            Expanded::Item(_) => Type::Dynamic,
            Expanded::Column(_) | Expanded::Index => column.ty,
        })
        .collect();
    let fields = names.iter().zip(&opened_types).map(|(name, ty)| field(name, *ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let shape = Arc::new(Shape {
        outputs: what.outputs.to_vec(),
        items: (width..width + what.items.len()).collect(),
        pairs: what.pairs,
        limit: what.limit.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX)),
        schema: Arc::clone(&schema),
    });
    let start: Start =
        Arc::new(move || Ok(Box::new(Expand::new(Arc::clone(&shape))) as Box<dyn Flow>));
    let plan = node::plan("mv-expand", opened.plan, schema, whole, start)?;
    let cast_to = names
        .iter()
        .zip(&opened_types)
        .zip(columns)
        .map(|((name, from), column)| {
            let value = named(name.as_str());
            if *from == column.ty {
                return value;
            }
            udf::call("element_as", Work::Plain(element), vec![value], &[*from], column.ty)
        })
        .collect();
    rel::project(cx, plan, cast_to, types(columns))
}

/// An element in a type, without reading numbers out of texts. Times and guids are texts in JSON,
/// so those are read.
fn element(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let source = args.texts(0)?;
    let rows = args.rows();
    let text = |row: usize| match source.json(row) {
        Json::String(text) => Some(text),
        _ => None,
    };
    let long = |row: usize| match source.json(row) {
        Json::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().map(|real| real.trunc() as i64))
        }
        Json::Bool(value) => Some(i64::from(value)),
        _ => None,
    };
    Ok(match args.returns() {
        Type::Bool => out_bools(rows, |row| match source.json(row) {
            Json::Bool(value) => Some(value),
            Json::Number(number) => number.as_f64().map(|it| it != 0.0),
            _ => None,
        }),
        Type::Int => out_ints(rows, long),
        Type::Long => out_longs(rows, long),
        Type::Real => out_reals(rows, |row| match source.json(row) {
            Json::Number(number) => number.as_f64(),
            Json::String(text) if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {
                text.parse().ok()
            }
            _ => None,
        }),
        Type::Decimal => out_texts(rows, |row| match source.json(row) {
            Json::Number(number) => cast::decimal(&number.to_string()),
            Json::String(text) => cast::decimal(&text),
            _ => None,
        }),
        Type::String => out_texts(rows, |row| match source.json(row) {
            Json::Null => None,
            Json::String(text) => Some(text),
            json => Some(json.to_string()),
        }),
        ty @ (Type::DateTime | Type::TimeSpan | Type::Guid) => {
            return Ok(cast::from_texts(ty, rows, |row| text(row).unwrap_or_default().into()));
        }
        Type::Dynamic => out_texts(rows, |row| source.some(row)),
    })
}

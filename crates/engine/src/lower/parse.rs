//! `parse`: one kernel matches and gives the captures as an array, then each is taken out and
//! converted.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use kql::{
    plan::{Expr as Bound, Rel},
    types::{Column, Type},
};

use crate::{
    args::{Args, out_texts},
    dynamic::scan,
    error::EngineError,
    function_impl::Kernel,
    functions::convert::cast,
    lower::{
        Cell, LowerCx, Step, expr, rel, types,
        wanted::{self, Wanted, also, wants},
    },
    udf::{self, Work},
};

/// The operator's own part of the plan.
pub(crate) struct Parsing<'p> {
    /// The text.
    pub(crate) source: &'p Bound,
    /// The pattern with its named groups.
    pub(crate) pattern: &'p str,
    /// The types of the captures.
    pub(crate) captures: &'p [Type],
    /// A capture that does not convert is no match.
    pub(crate) strict: bool,
}

/// The input's columns, the captures, and whether the row matched.
pub(crate) fn parse(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    what: &Parsing<'_>,
    columns: &[Column],
    wanted: &Wanted,
) -> Result<Step, EngineError> {
    let input = wanted::input(cx, input, also(wanted.clone(), [what.source]))?;
    let width = input.names.len();
    let mut cells = (0..width).map(|at| input.cell(at)).collect::<Result<Vec<_>, _>>()?;
    let mut made = input.types.clone();
    let kernel = Work::Bound(matcher(what)?);
    let source = expr::value(&input, what.source)?;
    let call = udf::call("parse", kernel, vec![source], &[Type::String], Type::Dynamic);
    cells.push(Cell::Value(call));
    made.push(Type::Dynamic);
    let matched = rel::project_cells(cx, input.plan, cells, made)?;
    let found = matched.column(width)?;
    let mut cells = (0..width).map(|at| matched.cell(at)).collect::<Result<Vec<_>, _>>()?;
    for (at, ty) in what.captures.iter().enumerate() {
        let kernel = Work::Bound(taken(at, *ty));
        let call = udf::call("capture", kernel, vec![found.clone()], &[Type::Dynamic], *ty);
        cells.push(Cell::Value(call));
    }
    cells.push(Cell::Value(found.is_not_null()));
    // what the pattern reads may be wanted by nobody else
    cells
        .iter_mut()
        .enumerate()
        .filter(|(at, _)| !wants(wanted, *at))
        .for_each(|(_, cell)| *cell = Cell::Unwanted);
    rel::project_cells(cx, matched.plan, cells, types(columns))
}

/// The captures of a text as an array of texts, null when there is no match.
fn matcher(what: &Parsing<'_>) -> Result<Kernel, EngineError> {
    let regex = regex::Regex::new(what.pattern)
        .map_err(|_| EngineError::refused("the pattern is too large"))?;
    let names: Vec<String> = (0..what.captures.len()).map(|at| format!("kql{at}")).collect();
    let (captures, strict) = (what.captures.to_vec(), what.strict);
    Ok(Arc::new(move |args: &Args<'_>| {
        let source = args.texts(0)?;
        Ok(out_texts(args.rows(), |row| {
            let found = regex.captures(source.get(row))?;
            let texts: Vec<&str> = names
                .iter()
                .map(|name| found.name(name).map_or("", |group| group.as_str()))
                .collect();
            let fine =
                !strict || texts.iter().zip(&captures).all(|(text, ty)| cast::converts(*ty, text));
            fine.then(|| serde_json::Value::from(texts).to_string())
        }))
    }))
}

/// One capture in its type.
fn taken(at: usize, ty: Type) -> Kernel {
    Arc::new(move |args: &Args<'_>| -> Result<ArrayRef, EngineError> {
        let source = args.texts(0)?;
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        Ok(cast::from_texts(ty, args.rows(), |row| {
            let text = source.some(row).and_then(|it| scan::element(it, at));
            text.and_then(scan::unescape).unwrap_or_default().into()
        }))
    })
}

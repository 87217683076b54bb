//! `bag.key`, `array[0]` and chains of them.
//!
//! A chain of constant steps is one kernel, so that nothing between the steps is copied.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;

use crate::{
    args::{Args, out_texts},
    dynamic::scan,
    error::EngineError,
    function_impl::Kernel,
};

/// One constant step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Into a bag.
    Key(String),
    /// Into an array.
    At(i64),
}

/// Follows constant steps in its only argument.
pub(crate) fn path(steps: Vec<Step>) -> Kernel {
    Arc::new(move |args: &Args<'_>| {
        let source = args.texts(0)?;
        Ok(out_texts(args.rows(), |row| {
            let mut found = source.some(row)?;
            for step in &steps {
                found = match step {
                    Step::Key(key) => scan::member(found, key)?,
                    Step::At(at) => scan::element(found, *at)?,
                };
            }
            (found != "null").then_some(found)
        }))
    })
}

/// One step that depends on the row: a string goes into a bag, a number into an array.
pub(crate) fn by_row(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let source = args.texts(0)?;
    if args.ty(1)? == kql::types::Type::String {
        let keys = args.texts(1)?;
        return Ok(out_texts(args.rows(), |row| {
            scan::member(source.some(row)?, keys.get(row)).filter(|found| *found != "null")
        }));
    }
    if args.ty(1)? == kql::types::Type::Dynamic {
        let steps = args.texts(1)?;
        return Ok(out_texts(args.rows(), |row| {
            let (source, step) = (source.some(row)?, steps.some(row)?);
            let found = match step.parse() {
                Ok(at) => scan::element(source, at)?,
                Err(_) => scan::member(source, &scan::unescape(step)?)?,
            };
            (found != "null").then_some(found)
        }));
    }
    let at = args.longs(1)?;
    Ok(out_texts(args.rows(), |row| {
        scan::element(source.some(row)?, at.get(row)?).filter(|found| *found != "null")
    }))
}

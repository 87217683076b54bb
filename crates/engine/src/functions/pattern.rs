//! Constant arguments that a function needs before it sees a row: patterns, parts, formats.

use kql::value::Value;
use regex::Regex;

use crate::{error::EngineError, function_impl::Call, text::pattern};

/// The regular expression in an argument that must be constant.
pub(super) fn constant(call: &Call<'_>, at: usize) -> Result<Regex, EngineError> {
    pattern::compile(constant_text(call, at)?)
}

/// The text of an argument that must be a constant string.
pub(super) fn constant_text<'a>(call: &'a Call<'_>, at: usize) -> Result<&'a str, EngineError> {
    match call.constant(at) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Null) => Ok(""),
        _ => Err(EngineError::refused(format!("argument {} must be a constant string", at + 1))),
    }
}

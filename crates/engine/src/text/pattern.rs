//! Regular expressions of queries: compiled within bounds.

use regex::{Regex, RegexBuilder};

use crate::error::EngineError;

/// Memory one compiled pattern may take.
const SIZE: usize = 8 << 20;

/// Compiles a pattern; the error names it.
pub(crate) fn compile(pattern: &str) -> Result<Regex, EngineError> {
    let words = kql::pattern::translated(pattern);
    RegexBuilder::new(&words).size_limit(SIZE).dfa_size_limit(SIZE).build().map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => other.to_string().lines().last().unwrap_or("").trim().to_owned(),
        };
        EngineError::refused(format!("the regular expression `{pattern}` is not valid: {reason}"))
    })
}

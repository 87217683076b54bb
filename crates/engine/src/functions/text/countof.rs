//! `countof`: how often a text or a pattern occurs. Plain texts may overlap, matches do not.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    pattern::{constant, constant_text},
    read::strings,
    types::STRING,
};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const COUNTOF: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "countof",
        params: &[
            Param::any("text"),
            Param::any("search"),
            Param::of("kind", STRING).opt().fixed(),
        ],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "How often `search` occurs in the text: as plain text (`normal`, the default, \
              overlapping) or as a pattern (`regex`).",
        examples: &[
            ("countof('aaaa', 'aa')", "3"),
            ("countof('aaaa', 'aa', 'regex')", "2"),
            ("countof('abc', '')", "0"),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let kind = if call.args.len() > 2 { constant_text(call, 2)? } else { "normal" };
    match kind {
        "normal" => Ok(Arc::new(plain)),
        "regex" => {
            let regex = constant(call, 1)?;
            Ok(Arc::new(move |args: &Args<'_>| {
                let text = strings(args, 0)?;
                Ok(out_longs(args.rows(), |row| {
                    i64::try_from(regex.find_iter(text.get(row)).count()).ok()
                }))
            }))
        }
        other => Err(EngineError::refused(format!("`{other}` is neither `normal` nor `regex`"))),
    }
}

fn plain(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, search) = (strings(args, 0)?, strings(args, 1)?);
    Ok(out_longs(args.rows(), |row| {
        let (text, search) = (text.get(row), search.get(row));
        let Some(step) = search.chars().next().map(char::len_utf8) else { return Some(0) };
        let (mut count, mut rest) = (0, text);
        while let Some(at) = rest.find(search) {
            count += 1;
            rest = rest.get(at + step..).unwrap_or("");
        }
        Some(count)
    }))
}

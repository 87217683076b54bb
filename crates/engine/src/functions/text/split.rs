//! `split`: the parts between delimiters, as an array.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{read::strings, types::LONG};
use crate::{
    args::{Args, out_texts},
    dynamic::encode::quote,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const SPLIT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "split",
        params: &[Param::any("text"), Param::any("delimiter"), Param::of("index", LONG).opt()],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "The parts of a text between delimiters, empty parts included. With an index, an array \
              of that one part, or null when there is none.",
        examples: &[
            ("split('a__b', '_')", "[\"a\",\"\",\"b\"]"),
            ("split('a_b', '_', 1)", "[\"b\"]"),
            ("isnull(split('a_b', '_', 2))", "True"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (text, delimiter) = (strings(args, 0)?, strings(args, 1)?);
    let index = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    Ok(out_texts(args.rows(), |row| {
        let (text, delimiter) = (text.get(row), delimiter.get(row));
        let Some(index) = index.as_ref().and_then(|it| it.get(row)) else {
            let mut out = String::from("[");
            each(text, delimiter, |at, part| {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&quote(part));
            });
            out.push(']');
            return Some(out);
        };
        let index = usize::try_from(index).ok()?;
        let mut found = None;
        each(text, delimiter, |at, part| {
            if at == index {
                found = Some(format!("[{}]", quote(part)));
            }
        });
        found
    }))
}

/// An empty delimiter divides nothing.
fn each(text: &str, delimiter: &str, mut part: impl FnMut(usize, &str)) {
    if delimiter.is_empty() {
        part(0, text);
        return;
    }
    for (at, it) in text.split(delimiter).enumerate() {
        part(at, it);
    }
}

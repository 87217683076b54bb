//! `trim`, `trim_start`, `trim_end`: one match of a pattern off each end.
//!
//! Both ends are looked for in the whole text, so that `^` in a pattern means the text's start even
//! when the start was cut off already.

use std::sync::Arc;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{pattern::constant_text, read::strings, types::STRING};
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
    text::pattern::compile,
};

const PARAMS: &[Param] = &[Param::of("regex", STRING).fixed(), Param::any("text")];

pub(in super::super) const TRIM: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "trim",
        params: PARAMS,
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text without one match of the pattern at its start and one at its end.",
        examples: &[
            ("trim('-', '--mark--')", "-mark-"),
            ("trim('-+', '--mark--')", "mark"),
            (r"trim(@'[^\w]+', '- Te st1// $')", "Te st1"),
        ],
    },
    lower: Lower::Bound(|call| lower(call, true, true)),
};

pub(in super::super) const TRIM_START: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "trim_start",
        params: PARAMS,
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text without a match of the pattern at its start.",
        examples: &[("trim_start('a*', 'aaa test aaa')", " test aaa")],
    },
    lower: Lower::Bound(|call| lower(call, true, false)),
};

pub(in super::super) const TRIM_END: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "trim_end",
        params: PARAMS,
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text without a match of the pattern at its end.",
        examples: &[(r"trim_end(@'\.exe', 'cmd.exe')", "cmd")],
    },
    lower: Lower::Bound(|call| lower(call, false, true)),
};

fn lower(call: &Call<'_>, start: bool, end: bool) -> Result<Kernel, EngineError> {
    let pattern = constant_text(call, 0)?;
    // Alone, so that a wrong pattern is quoted as it was written.
    compile(pattern)?;
    let at_start = if start { Some(compile(&format!(r"\A(?:{pattern})"))?) } else { None };
    let at_end = if end { Some(compile(&format!(r"(?:{pattern})\z"))?) } else { None };
    Ok(Arc::new(move |args: &Args<'_>| {
        let text = strings(args, 1)?;
        Ok(out_texts(args.rows(), |row| {
            let text = text.get(row);
            let from = at_start.as_ref().and_then(|it| it.find(text)).map_or(0, |it| it.end());
            let to = at_end
                .as_ref()
                .and_then(|it| it.find_at(text, from))
                .map_or(text.len(), |it| it.start());
            text.get(from..to)
        }))
    }))
}

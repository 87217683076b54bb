//! `regex_quote`: a text as the pattern that matches just it.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const REGEX_QUOTE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "regex_quote",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text with everything escaped that means something in a pattern.",
        examples: &[("regex_quote('(so$me.Te^xt)')", r"\(so\$me\.Te\^xt\)")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| Some(regex::escape(text.get(row)))))
    }),
};

//! `isascii`, `isutf8`: which characters a text is made of.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::out_bools,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ISASCII: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isascii",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when all characters are ASCII.",
        examples: &[("isascii('abc')", "True"), ("isascii('é')", "False")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_bools(args.rows(), |row| Some(text.get(row).is_ascii())))
    }),
};

pub(in super::super) const ISUTF8: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "isutf8",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the text is well-formed UTF-8. All texts here are, unless a byte was lost \
              on the way in and shows as the replacement character.",
        examples: &[("isutf8('é')", "True")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        let lost = char::REPLACEMENT_CHARACTER;
        Ok(out_bools(args.rows(), |row| Some(!text.get(row).contains(lost))))
    }),
};

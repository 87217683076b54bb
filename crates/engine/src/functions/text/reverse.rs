//! `reverse`: the characters of a text from last to first.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::{strings, written};
use crate::function_impl::{FunctionImpl, Lower};

pub(in super::super) const REVERSE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "reverse",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The characters of a text in the opposite order.",
        examples: &[("reverse('naïve')", "evïan"), ("reverse(123)", "321")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(written(args.rows(), |row, out| out.extend(text.get(row).chars().rev())))
    }),
};

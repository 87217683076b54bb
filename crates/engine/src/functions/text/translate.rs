//! `translate`: characters for characters.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::{strings, written};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TRANSLATE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "translate",
        params: &[Param::any("search"), Param::any("replacement"), Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "Replaces each character of `search` in the text by the one at the same position in \
              `replacement`, whose last stands in for those it lacks; if it is empty, they go.",
        examples: &[
            ("translate('krasp', 'otsku', 'spark')", "kusto"),
            ("translate('abc', 'x', 'abcd')", "xxxd"),
            ("translate('abc', '', 'abcd')", "d"),
        ],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (search, replacement, text) = (strings(args, 0)?, strings(args, 1)?, strings(args, 2)?);
    Ok(written(args.rows(), |row, out| {
        let replacement = replacement.get(row);
        for letter in text.get(row).chars() {
            match search.get(row).chars().position(|it| it == letter) {
                None => out.push(letter),
                Some(at) => {
                    out.extend(replacement.chars().nth(at).or_else(|| replacement.chars().last()));
                }
            }
        }
    }))
}

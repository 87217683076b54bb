//! `strcat`, `strcat_delim`: the texts of all arguments, one after the other.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::{strings, written};
use crate::{
    args::{Args, is_too_long},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const STRCAT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strcat",
        params: &[Param::any("value").many()],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The texts of all arguments in one; other types give the text that `tostring` gives.",
        examples: &[("strcat('a', '-', 1, '-', true)", "a-1-True"), ("strcat('a')", "a")],
    },
    lower: Lower::Rows(|args| join(args, 0)),
};

pub(in super::super) const STRCAT_DELIM: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strcat_delim",
        params: &[Param::any("delimiter"), Param::any("value").many()],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The texts of all arguments after the first in one, with the first between them.",
        examples: &[
            ("strcat_delim('-', 1, 'b', true)", "1-b-True"),
            ("strcat_delim('-', 'a', dynamic(null), 'b')", "a--b"),
        ],
    },
    lower: Lower::Rows(|args| join(args, 1)),
};

/// Joins the arguments from `first` on; the one before it, if any, goes between.
fn join(args: &Args<'_>, first: usize) -> Result<ArrayRef, EngineError> {
    let delimiter = if first > 0 { Some(strings(args, 0)?) } else { None };
    let values = (first..args.len()).map(|at| strings(args, at)).collect::<Result<Vec<_>, _>>()?;
    Ok(written(args.rows(), |row, out| {
        for (at, value) in values.iter().enumerate() {
            if let Some(delimiter) = delimiter.as_ref().filter(|_| at > 0) {
                out.push_str(delimiter.get(row));
            }
            out.push_str(value.get(row));
            if is_too_long(out) {
                return;
            }
        }
    }))
}

//! `strrep`: a text several times over. At most 1024 times and 1 MB, so that a slip stays small.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::{
    read::{some_strings, strings, written},
    types::LONG,
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const TIMES: i64 = 1024;
const BYTES: usize = 1 << 20;

pub(in super::super) const STRREP: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strrep",
        params: &[Param::any("value"), Param::of("times", LONG), Param::any("delimiter").opt()],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text repeated, with the delimiter between if there is one.",
        examples: &[("strrep('ab', 3)", "ababab"), ("strrep(1, 3, '-')", "1-1-1")],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (value, times) = (strings(args, 0)?, args.longs(1)?);
    let delimiter = some_strings(args, 2)?;
    Ok(written(args.rows(), |row, out| {
        for at in 0..times.get(row).unwrap_or(0).min(TIMES) {
            if let Some(delimiter) = delimiter.as_ref().filter(|_| at > 0) {
                out.push_str(delimiter.get(row));
            }
            out.push_str(value.get(row));
            if out.len() > BYTES {
                break;
            }
        }
    }))
}

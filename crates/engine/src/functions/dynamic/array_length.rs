//! `array_length`, the old `arraylength`: how many elements an array has.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::DYNAMIC;
use crate::{
    args::{Args, out_longs},
    dynamic::scan,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const ARRAY_LENGTH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "array_length",
        params: &[Param::of("array", DYNAMIC)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The number of elements of an array; null for anything else.",
        examples: &[
            ("array_length(dynamic([1, [2, 3], \"four\"]))", "3"),
            ("array_length(dynamic([]))", "0"),
            ("array_length(dynamic({\"a\":1}))", ""),
        ],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const ARRAYLENGTH: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "arraylength", examples: &[], ..ARRAY_LENGTH.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let array = args.texts(0)?;
    Ok(out_longs(args.rows(), |row| i64::try_from(scan::elements(array.some(row)?)?.count()).ok()))
}

//! `strlen` counts characters (code points), `string_size` bytes of UTF-8.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const STRLEN: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "strlen",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("strlen"),
        doc: "How many characters a text has.",
        examples: &[("strlen('café')", "4"), ("strlen('')", "0")],
    },
    lower: Lower::Rows(|args| {
        // Bytes that continue a character do not count.
        each(args, |text| text.bytes().filter(|byte| byte & 0xC0 != 0x80).count())
    }),
};

pub(in super::super) const STRING_SIZE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "string_size",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::Long),
        naming: Naming::Prefix("string_size"),
        doc: "How many bytes a text takes in UTF-8.",
        examples: &[("string_size('café')", "5")],
    },
    lower: Lower::Rows(|args| each(args, str::len)),
};

fn each(args: &Args<'_>, size: fn(&str) -> usize) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_longs(args.rows(), |row| i64::try_from(size(text.get(row))).ok()))
}

//! `hash`, `hash_xxhash64`: xxHash64 of a value's text as a long, or that modulo a number.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use twox_hash::XxHash64;

use super::super::{
    read::strings,
    types::{LONG, NOT_DYNAMIC},
};
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const HASH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash",
        params: &[Param::of("value", NOT_DYNAMIC), Param::of("modulo", LONG).opt()],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "A number that is the same for the same value, below `modulo` if that is given.",
        examples: &[("hash('World')", "1846988464401551951"), ("hash('World', 100)", "51")],
    },
    lower: Lower::Rows(lower),
};

pub(in super::super) const HASH_XXHASH64: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "hash_xxhash64", examples: &[], ..HASH.def },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    let modulo = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    Ok(out_longs(args.rows(), |row| {
        let hash = XxHash64::oneshot(0, text.get(row).as_bytes());
        match &modulo {
            None => Some(hash as i64),
            Some(modulo) => {
                let modulo = u64::try_from(modulo.get(row)?).ok()?;
                hash.checked_rem(modulo).map(|rest| rest as i64)
            }
        }
    }))
}

//! `hash_combine`, `hash_many`: one hash of several. The order of the parts counts.

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
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const HASH_COMBINE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash_combine",
        params: &[Param::of("hash", LONG).many()],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "One hash made of several. The numbers are Yagura's own.",
        examples: &[("hash_combine(hash('a'), hash('b')) == hash_many('a', 'b')", "True")],
    },
    lower: Lower::Rows(|args| {
        let hashes = (0..args.len()).map(|at| args.longs(at)).collect::<Result<Vec<_>, _>>()?;
        Ok(combined(args, |at, row| hashes.get(at)?.get(row)))
    }),
};

pub(in super::super) const HASH_MANY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash_many",
        params: &[Param::of("value", NOT_DYNAMIC).many()],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "One hash of several values: their hashes combined. The numbers are Yagura's own.",
        examples: &[("hash_many('a', 'b') == hash_many('b', 'a')", "False")],
    },
    lower: Lower::Rows(|args| {
        let texts = (0..args.len()).map(|at| strings(args, at)).collect::<Result<Vec<_>, _>>()?;
        Ok(combined(args, |at, row| {
            Some(XxHash64::oneshot(0, texts.get(at)?.get(row).as_bytes()) as i64)
        }))
    }),
};

fn combined(args: &Args<'_>, hash: impl Fn(usize, usize) -> Option<i64>) -> ArrayRef {
    out_longs(args.rows(), |row| {
        let mut bytes = Vec::with_capacity(args.len() * 8);
        for at in 0..args.len() {
            bytes.extend_from_slice(&hash(at, row)?.to_le_bytes());
        }
        Some(XxHash64::oneshot(0, &bytes) as i64)
    })
}

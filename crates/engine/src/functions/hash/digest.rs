//! `hash_md5`, `hash_sha1`, `hash_sha256`: digests of a value's text in lower-case hexadecimal. An
//! empty text has an empty digest.

use std::fmt::Write;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use sha2::Digest;

use super::super::{
    read::{strings, written},
    types::NOT_DYNAMIC,
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const HASH_MD5: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash_md5",
        params: &[Param::of("value", NOT_DYNAMIC)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The MD5 digest of the value's text.",
        examples: &[("hash_md5(datetime(2020-01-01))", "786c530672d1f8db31fee25ea8a9390b")],
    },
    lower: Lower::Rows(each::<md5::Md5>),
};

pub(in super::super) const HASH_SHA1: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash_sha1",
        params: &[Param::of("value", NOT_DYNAMIC)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The SHA-1 digest of the value's text.",
        examples: &[("hash_sha1('World')", "70c07ec18ef89c5309bbb0937f3a6342411e1fdd")],
    },
    lower: Lower::Rows(each::<sha1::Sha1>),
};

pub(in super::super) const HASH_SHA256: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "hash_sha256",
        params: &[Param::of("value", NOT_DYNAMIC)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The SHA-256 digest of the value's text.",
        examples: &[(
            "hash_sha256('World')",
            "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524",
        )],
    },
    lower: Lower::Rows(each::<sha2::Sha256>),
};

fn each<D: Digest>(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(written(args.rows(), |row, out| {
        let text = text.get(row);
        if text.is_empty() {
            return;
        }
        for byte in D::digest(text.as_bytes()) {
            // Writing to a string cannot fail.
            let _ = write!(out, "{byte:02x}");
        }
    }))
}

//! Gzip and zlib behind base 64, both ways. What cannot be decompressed, or would grow past 16 MB,
//! gives an empty text.

use std::io::Read;

use base64::{Engine, prelude::BASE64_STANDARD};
use datafusion::arrow::array::ArrayRef;
use flate2::{
    Compression,
    read::{GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder},
};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// The most a text may grow to.
const LARGEST: u64 = 16 << 20;

macro_rules! function {
    ($constant:ident, $name:literal, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::any("text")],
                returns: Returns::Is(Type::String),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $run)),
        };
    };
}

function!(
    GZIP_COMPRESS,
    "gzip_compress_to_base64_string",
    |text| compressed(GzEncoder::new(text.as_bytes(), Compression::default())),
    "A text, compressed with gzip, in base 64.",
    "gzip_decompress_from_base64_string(gzip_compress_to_base64_string('text'))",
    "text"
);
function!(
    GZIP_DECOMPRESS,
    "gzip_decompress_from_base64_string",
    |text| decompressed(GzDecoder::new(decoded(text)?.as_slice())),
    "The text behind gzip in base 64.",
    "gzip_decompress_from_base64_string('H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==')",
    "1234567890qwertyuiop"
);
function!(
    ZLIB_COMPRESS,
    "zlib_compress_to_base64_string",
    |text| compressed(ZlibEncoder::new(text.as_bytes(), Compression::default())),
    "A text, compressed with zlib, in base 64.",
    "zlib_decompress_from_base64_string(zlib_compress_to_base64_string('text'))",
    "text"
);
function!(
    ZLIB_DECOMPRESS,
    "zlib_decompress_from_base64_string",
    |text| decompressed(ZlibDecoder::new(decoded(text)?.as_slice())),
    "The text behind zlib in base 64.",
    "zlib_decompress_from_base64_string('x0x0x0')",
    ""
);

fn each(args: &Args<'_>, run: fn(&str) -> Option<String>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_texts(args.rows(), |row| run(text.get(row))))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text.trim()).ok()
}

fn compressed(mut from: impl Read) -> Option<String> {
    let mut out = Vec::new();
    from.read_to_end(&mut out).ok()?;
    Some(BASE64_STANDARD.encode(out))
}

fn decompressed(from: impl Read) -> Option<String> {
    let mut out = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut out).ok()?;
    if out.len() as u64 > LARGEST { None } else { String::from_utf8(out).ok() }
}

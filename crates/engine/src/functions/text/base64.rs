//! Base 64 and back, as text, as an array of bytes and as a guid. What cannot be decoded gives an
//! empty text or null. Missing padding is forgiven, because evidence often lacks it.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{
    read::{Jsons, strings},
    types::DYNAMIC,
};
use crate::{
    args::{Args, out_json, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(in super::super) const BASE64_ENCODE_TOSTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_encode_tostring",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The UTF-8 bytes of a text in base 64.",
        examples: &[("base64_encode_tostring('Kusto')", "S3VzdG8=")],
    },
    lower: Lower::Rows(encode),
};

pub(in super::super) const BASE64_ENCODESTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "base64_encodestring", examples: &[], ..BASE64_ENCODE_TOSTRING.def },
    lower: Lower::Rows(encode),
};

pub(in super::super) const BASE64_DECODE_TOSTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_decode_tostring",
        params: &[Param::any("base64")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The UTF-8 text behind base 64; empty when it is none.",
        examples: &[
            ("base64_decode_tostring('S3VzdG8=')", "Kusto"),
            ("base64_decode_tostring('U3RyaW5n0KHR0tGA0L7Rh9C60LA=')", ""),
        ],
    },
    lower: Lower::Rows(decode),
};

pub(in super::super) const BASE64_DECODESTRING: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "base64_decodestring", examples: &[], ..BASE64_DECODE_TOSTRING.def },
    lower: Lower::Rows(decode),
};

pub(in super::super) const BASE64_DECODE_TOARRAY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_decode_toarray",
        params: &[Param::any("base64")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The bytes behind base 64 as an array of numbers; null when it is none.",
        examples: &[("base64_decode_toarray('S3VzdG8=')", "[75,117,115,116,111]")],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_json(args.rows(), |row| bytes(text.get(row)).map_or(Json::Null, Json::from)))
    }),
};

pub(in super::super) const BASE64_ENCODE_FROMARRAY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_encode_fromarray",
        params: &[Param::of("array", DYNAMIC)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "An array of numbers from 0 to 255 in base 64; empty when it is none.",
        examples: &[("base64_encode_fromarray(dynamic([75, 117, 115, 116, 111]))", "S3VzdG8=")],
    },
    lower: Lower::Rows(|args| {
        let array = Jsons::new(args, 0)?;
        Ok(out_texts(args.rows(), |row| {
            let array = array.get(row);
            let bytes = array.as_array()?.iter().map(|it| u8::try_from(it.as_u64()?).ok());
            Some(BASE64.encode(bytes.collect::<Option<Vec<u8>>>()?))
        }))
    }),
};

pub(in super::super) const BASE64_DECODE_TOGUID: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_decode_toguid",
        params: &[Param::any("base64")],
        returns: Returns::Is(Type::Guid),
        naming: Naming::Position,
        doc: "The guid whose 16 bytes, the first three groups little-endian, are behind base 64; \
              null when there are not 16.",
        examples: &[(
            "base64_decode_toguid(base64_encode_fromguid(toguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb')))",
            "ae3133f2-6e22-49ae-b06a-16e6a9b212eb",
        )],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| {
            let bytes: [u8; 16] = bytes(text.get(row))?.try_into().ok()?;
            Some(uuid::Uuid::from_bytes_le(bytes).to_string())
        }))
    }),
};

pub(in super::super) const BASE64_ENCODE_FROMGUID: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "base64_encode_fromguid",
        params: &[Param::of("guid", &[Type::Guid])],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The 16 bytes of a guid, the first three groups little-endian, in base 64.",
        examples: &[(
            "base64_encode_fromguid(toguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb'))",
            "8jMxriJurkmwahbmqbIS6w==",
        )],
    },
    lower: Lower::Rows(|args| {
        let guid = args.texts(0)?;
        Ok(out_texts(args.rows(), |row| {
            Some(BASE64.encode(uuid::Uuid::parse_str(guid.some(row)?).ok()?.to_bytes_le()))
        }))
    }),
};

fn encode(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_texts(args.rows(), |row| Some(BASE64.encode(text.get(row)))))
}

fn decode(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_texts(args.rows(), |row| String::from_utf8(bytes(text.get(row))?).ok()))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.trim()).ok()
}

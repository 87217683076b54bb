//! `extract_json`, the old `extractjson`: one value out of JSON text, by path.

use std::{borrow::Cow, sync::Arc};

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::{
    convert::cast::from_texts,
    dynamic::path::Path,
    pattern::constant_text,
    read::{json_text, strings},
    types::STRING,
};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const EXTRACT_JSON: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "extract_json",
        params: &[
            Param::of("path", STRING).fixed(),
            Param::any("text"),
            Param::any("type").opt().fixed(),
        ],
        returns: Returns::TypeOf(2),
        naming: Naming::Position,
        doc: "The value at a path such as `$.a[0].b` in JSON text, as text or, with `typeof(...)`, \
              converted. Where there is none, the text is empty or the value null.",
        examples: &[
            ("extract_json('$.name', '{\"name\": \"John\", \"age\": 30}')", "John"),
            ("extract_json('$.a[1].b', '{\"a\": [0, {\"b\": 7}]}', typeof(long)) + 1", "8"),
            ("extract_json('$name', '{\"name\": \"John\"}')", "John"),
            ("extract_json('$.x', 'no json')", ""),
        ],
    },
    lower: Lower::Bound(lower),
};

pub(in super::super) const EXTRACTJSON: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "extractjson", examples: &[], ..EXTRACT_JSON.def },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let text = constant_text(call, 0)?;
    // published queries leave the first dot out
    let lenient = || Path::parse(&format!("$.{}", text.trim().strip_prefix('$')?));
    let path = Path::parse(text)
        .or_else(lenient)
        .ok_or_else(|| EngineError::refused(format!("`{text}` is no path such as `$.a[0].b`")))?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let text = strings(args, 1)?;
        let find = |row: usize| {
            let json: Json = serde_json::from_str(text.get(row)).ok()?;
            path.find(&json).cloned()
        };
        if args.returns() == Type::Dynamic {
            return Ok(out_json(args.rows(), |row| find(row).unwrap_or(Json::Null)));
        }
        Ok(from_texts(args.returns(), args.rows(), |row| {
            let found = find(row).unwrap_or(Json::Null);
            Cow::Owned(json_text(&found).into_owned())
        }))
    }))
}

//! `extract_all`, the old `extractall`: every match of a pattern's groups, as an array.

use std::{borrow::Cow, sync::Arc};

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
    value::Value,
};
use regex::{Captures, Regex};
use serde_json::Value as Json;

use super::super::{pattern::constant, read::strings, types::STRING};
use crate::{
    args::{Args, out_json},
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const EXTRACT_ALL: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "extract_all",
        params: &[
            Param::of("regex", STRING).fixed(),
            Param::any("groups_or_text"),
            Param::any("text").opt(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "Every match in the text: of one group an array of texts, of several an array of \
              arrays. An array of group numbers and names may stand before the text. Null without \
              a match.",
        examples: &[
            (r"extract_all(@'(\w)\d', 'a1 b2 c3')", "[\"a\",\"b\",\"c\"]"),
            (r"extract_all(@'(\w)(\d)', 'a1 b2')", "[[\"a\",\"1\"],[\"b\",\"2\"]]"),
            (r"extract_all(@'(\w)(?P<n>\d)', dynamic(['n', 1]), 'a1')", "[[\"1\",\"a\"]]"),
            (r"isnull(extract_all(@'(\d)', 'none'))", "True"),
        ],
    },
    lower: Lower::Bound(lower),
};

pub(in super::super) const EXTRACTALL: FunctionImpl = FunctionImpl {
    def: FunctionDef { name: "extractall", examples: &[], ..EXTRACT_ALL.def },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let regex = constant(call, 0)?;
    let count = regex.captures_len() - 1;
    if count == 0 {
        return Err(EngineError::refused("the pattern needs a group in parentheses"));
    }
    let (groups, at) = if call.args.len() > 2 {
        let Some(Value::Dynamic(Json::Array(groups))) = call.constant(1) else {
            return Err(EngineError::refused("the groups must be a constant array"));
        };
        (groups.iter().map(|it| group(&regex, it)).collect::<Result<Vec<_>, _>>()?, 2)
    } else {
        ((1..=count).collect(), 1)
    };
    if groups.is_empty() {
        return Err(EngineError::refused("the array of groups must not be empty"));
    }
    Ok(Arc::new(move |args: &Args<'_>| {
        let text = strings(args, at)?;
        Ok(out_json(args.rows(), |row| {
            let found: Vec<Json> =
                regex.captures_iter(text.get(row)).map(|it| one(&it, &groups)).collect();
            if found.is_empty() { Json::Null } else { Json::Array(found) }
        }))
    }))
}

fn group(regex: &Regex, name: &Json) -> Result<usize, EngineError> {
    let found = match name {
        Json::Number(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number < regex.captures_len()),
        Json::String(name) => regex.capture_names().position(|it| it == Some(name)),
        _ => None,
    };
    found.ok_or_else(|| EngineError::refused(format!("the pattern has no group {name}")))
}

fn one(captures: &Captures<'_>, groups: &[usize]) -> Json {
    let text = |group: &usize| {
        Json::from(captures.get(*group).map_or(Cow::Borrowed(""), |it| Cow::Borrowed(it.as_str())))
    };
    match groups {
        [only] => text(only),
        several => Json::Array(several.iter().map(text).collect()),
    }
}

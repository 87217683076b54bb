//! `extract`: what one group of a pattern matched first, converted if a type is named.

use std::{borrow::Cow, sync::Arc};

use kql::function::{FunctionDef, Naming, Param, Returns};

use super::super::{
    convert::cast::from_texts,
    pattern::constant,
    read::strings,
    types::{LONG, STRING},
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const EXTRACT: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "extract",
        params: &[
            Param::of("regex", STRING).fixed(),
            Param::of("group", LONG),
            Param::any("text"),
            Param::any("type").opt().fixed(),
        ],
        returns: Returns::TypeOf(3),
        naming: Naming::Position,
        doc: "The text that a group of the pattern matched; group 0 is the whole match. Without a \
              match it is empty. With `typeof(...)` the text is converted, and null if it cannot \
              be.",
        examples: &[
            ("extract('User: ([^,]+)', 1, 'User: James, Age: 29')", "James"),
            (r"extract(@'\d+', 0, 'no digits')", ""),
            (r"extract(@'-(\d{2})-', 1, '15-12-2024', typeof(int)) + 1", "13"),
        ],
    },
    lower: Lower::Bound(lower),
};

fn lower(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let regex = constant(call, 0)?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let (group, text) = (args.longs(1)?, strings(args, 2)?);
        Ok(from_texts(args.returns(), args.rows(), |row| {
            let text = text.get(row);
            let found = match group.get(row).map(usize::try_from) {
                // The whole match needs no groups, and finding it is cheaper.
                Some(Ok(0)) => regex.find(text),
                Some(Ok(group)) => regex.captures(text).and_then(|it| it.get(group)),
                _ => None,
            };
            Cow::Borrowed(found.map_or("", |it| it.as_str()))
        }))
    }))
}

//! `toguid`: 32 hexadecimal digits, however they are grouped.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOGUID: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "toguid",
        params: &[Param::any("value")],
        returns: Returns::Is(Type::Guid),
        naming: Naming::FirstArgument,
        doc: "The guid in a text of 32 hexadecimal digits; hyphens and enclosing braces do not \
              matter. Other text is null.",
        examples: &[
            ("toguid('0123456789ABCDEF0123456789abcdef')", "01234567-89ab-cdef-0123-456789abcdef"),
            ("toguid('no guid')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let source = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| from_text(source.get(row))))
    }),
};

/// The canonical text of a guid in text.
pub(in super::super) fn from_text(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
    let mut digits = [0_u8; 32];
    let mut count = 0;
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        *digits.get_mut(count)? = byte;
        count += 1;
    }
    if count != digits.len() {
        return None;
    }
    uuid::Uuid::try_parse_ascii(&digits).ok().map(|guid| guid.to_string())
}

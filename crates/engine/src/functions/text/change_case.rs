//! `tolower`, `toupper`.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::{strings, written};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const TOLOWER: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "tolower",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text in lower case.",
        examples: &[("tolower('HELLO')", "hello"), ("tolower('É')", "é")],
    },
    lower: Lower::Rows(|args| each(args, char::to_lowercase, u8::to_ascii_lowercase)),
};

pub(in super::super) const TOUPPER: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "toupper",
        params: &[Param::any("text")],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The text in upper case. A letter whose upper case would be two letters stays.",
        examples: &[("toupper('hello')", "HELLO"), ("toupper('ñ')", "Ñ")],
    },
    lower: Lower::Rows(|args| each(args, char::to_uppercase, u8::to_ascii_uppercase)),
};

/// Letter by letter: a letter maps to one letter or stays.
fn each<I: Iterator<Item = char> + ExactSizeIterator>(
    args: &Args<'_>,
    wide: fn(char) -> I,
    narrow: fn(&u8) -> u8,
) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(written(args.rows(), |row, out| {
        let text = text.get(row);
        if text.is_ascii() {
            out.extend(text.bytes().map(|byte| char::from(narrow(&byte))));
            return;
        }
        for letter in text.chars() {
            let mut mapped = wide(letter);
            match (mapped.len(), mapped.next()) {
                (1, Some(one)) => out.push(one),
                _ => out.push(letter),
            }
        }
    }))
}

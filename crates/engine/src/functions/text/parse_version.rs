//! `parse_version`: a version of up to four numbers as one decimal that orders like the version.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::read::strings;
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_VERSION: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_version",
        params: &[Param::any("version")],
        returns: Returns::Is(Type::Decimal),
        naming: Naming::Position,
        doc: "One number for up to four numbers with points between, each of at most eight digits; \
              versions compare like their numbers. Null for anything else.",
        examples: &[
            ("parse_version('1.2.3.4')", "1000000020000000300000004"),
            ("parse_version('0.2')", "20000000000000000"),
            ("parse_version('1.x')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| Some(parse(text.get(row))?.to_string())))
    }),
};

fn parse(version: &str) -> Option<u128> {
    const STEP: u128 = 100_000_000;
    let mut parts = version.split('.');
    let mut number = 0;
    for at in 0..4 {
        let part = match parts.next() {
            Some(part) => part,
            None if at > 0 => "0",
            None => return None,
        };
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        number = number * STEP + part.parse::<u128>().ok()?;
    }
    parts.next().is_none().then_some(number)
}

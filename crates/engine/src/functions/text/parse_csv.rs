//! `parse_csv`: the first record of comma-separated values as an array of texts.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::read::strings;
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_CSV: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_csv",
        params: &[Param::any("csv")],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::FirstArgument,
        doc: "The fields of one record of comma-separated values. Quoted fields may hold commas, \
              line ends and doubled quotes; only the first record is read.",
        examples: &[
            (r#"parse_csv('aa,"b,b",cc,"a ""Title"""')"#, r#"["aa","b,b","cc","a \"Title\""]"#),
            ("parse_csv('a,b\\nc,d')", "[\"a\",\"b\"]"),
        ],
    },
    lower: Lower::Rows(|args| {
        let text = strings(args, 0)?;
        Ok(out_json(args.rows(), |row| match text.get(row) {
            "" => Json::Null,
            text => Json::from(record(text)),
        }))
    }),
};

fn record(csv: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => break,
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

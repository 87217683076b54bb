//! `punycode_from_string`, `punycode_to_string` and the same for the labels of a domain: letters
//! beyond ASCII as DNS carries them. What cannot be converted gives an empty text.

use datafusion::arrow::array::ArrayRef;
use idna::punycode::{decode_to_string, encode_str};
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

/// Longer texts are no labels, and the encoding takes quadratic time.
const LONGEST: usize = 1000;

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
    FROM_STRING,
    "punycode_from_string",
    encode_str,
    "A text in Punycode, without the prefix `xn--`.",
    "punycode_from_string('bücher')",
    "bcher-kva"
);
function!(
    TO_STRING,
    "punycode_to_string",
    decode_to_string,
    "The text behind Punycode without the prefix `xn--`.",
    "punycode_to_string('bcher-kva')",
    "bücher"
);
function!(
    DOMAIN_FROM_STRING,
    "punycode_domain_from_string",
    |domain| labels(domain, |label| match label.strip_prefix("xn--") {
        Some(code) => decode_to_string(code),
        None => Some(label.to_owned()),
    }),
    "A domain with each label that begins with `xn--` decoded.",
    "punycode_domain_from_string('xn--bcher-kva.example')",
    "bücher.example"
);
function!(
    DOMAIN_TO_STRING,
    "punycode_domain_to_string",
    |domain| labels(domain, |label| {
        if label.is_ascii() {
            return Some(label.to_owned());
        }
        Some(format!("xn--{}", encode_str(label)?))
    }),
    "A domain with each label that is not ASCII in Punycode.",
    "punycode_domain_to_string('bücher.example')",
    "xn--bcher-kva.example"
);

fn each(args: &Args<'_>, run: fn(&str) -> Option<String>) -> Result<ArrayRef, EngineError> {
    let text = strings(args, 0)?;
    Ok(out_texts(args.rows(), |row| {
        let text = text.get(row);
        if text.len() > LONGEST { None } else { run(text) }
    }))
}

/// Each label converted; the full stops of other scripts count too.
fn labels(domain: &str, each: impl Fn(&str) -> Option<String>) -> Option<String> {
    let labels = domain.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).map(each);
    Some(labels.collect::<Option<Vec<_>>>()?.join("."))
}

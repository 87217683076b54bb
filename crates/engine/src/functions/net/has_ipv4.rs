//! `has_ipv4`, `has_any_ipv4`, `has_ipv4_prefix`, `has_any_ipv4_prefix`: does a text name an
//! address? In the text it must stand apart from letters and digits.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;
use std::net::Ipv4Addr;

use super::super::{
    read::{json_text, jsons_from, strings},
    types::STRING_OR_DYNAMIC,
};
use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

macro_rules! function {
    ($constant:ident, $name:literal, $params:expr, $test:ident, $doc:literal, $examples:expr) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: $params,
                returns: Returns::Is(Type::Bool),
                naming: Naming::Position,
                doc: $doc,
                examples: $examples,
            },
            lower: Lower::Rows(|args| each(args, $test)),
        };
    };
}

const ONE: &[Param] = &[Param::of("text", STRING_OR_DYNAMIC), Param::of("ip", STRING_OR_DYNAMIC)];
const ANY: &[Param] =
    &[Param::of("text", STRING_OR_DYNAMIC), Param::of("ips", STRING_OR_DYNAMIC).many()];

function!(
    HAS_IPV4,
    "has_ipv4",
    ONE,
    whole,
    "True when the IPv4 address stands in the text.",
    &[
        ("has_ipv4('05:04 127.0.0.1 GET', '127.0.0.1')", "True"),
        ("has_ipv4('05:04127.0.0.1 GET', '127.0.0.1')", "False"),
    ]
);
function!(
    HAS_ANY_IPV4,
    "has_any_ipv4",
    ANY,
    whole,
    "True when one of the IPv4 addresses, given one by one or in arrays, stands in the text.",
    &[("has_any_ipv4('from 127.0.0.2.', dynamic(['127.0.0.1', '127.0.0.2']))", "True")]
);
function!(
    HAS_IPV4_PREFIX,
    "has_ipv4_prefix",
    ONE,
    prefix,
    "True when an IPv4 address in the text begins with these groups, each with its point.",
    &[
        ("has_ipv4_prefix('05:04 127.0.0.1 GET', '127.0.')", "True"),
        ("has_ipv4_prefix('05:04 127.0.0.1 GET', '127.0')", "False"),
    ]
);
function!(
    HAS_ANY_IPV4_PREFIX,
    "has_any_ipv4_prefix",
    ANY,
    prefix,
    "True when an IPv4 address in the text begins with one of these, given one by one or in arrays.",
    &[("has_any_ipv4_prefix('05:04 127.0.0.1', dynamic(['10.', '127.0.']))", "True")]
);

fn whole(address: &str, wanted: &str) -> bool {
    address == wanted
}

fn prefix(address: &str, wanted: &str) -> bool {
    address == wanted || wanted.ends_with('.') && address.starts_with(wanted)
}

fn each(args: &Args<'_>, test: fn(&str, &str) -> bool) -> Result<ArrayRef, EngineError> {
    let (text, wanted) = (strings(args, 0)?, jsons_from(args, 1)?);
    Ok(out_bools(args.rows(), |row| {
        Some(addresses(text.get(row)).any(|address| {
            wanted.iter().any(|wanted| match wanted.get(row).as_ref() {
                Json::Array(several) => several.iter().any(|it| test(address, &json_text(it))),
                single => test(address, &json_text(single)),
            })
        }))
    }))
}

/// The IPv4 addresses in a text that stand apart.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.parse::<Ipv4Addr>().is_ok())
}

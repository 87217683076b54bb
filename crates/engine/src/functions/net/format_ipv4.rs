//! `format_ipv4`, `format_ipv4_mask`: an address, or its number, as text under a prefix. What is no
//! address gives an empty text.

use std::net::Ipv4Addr;

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{read::strings, types::LONG},
    address::Net,
};
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] = &[
    Param::of("ip", &[Type::Int, Type::Long, Type::String, Type::Dynamic]),
    Param::of("prefix", LONG).opt(),
];

pub(in super::super) const FORMAT_IPV4: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "format_ipv4",
        params: PARAMS,
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The IPv4 address of a text or a number, its bits past the smaller prefix cleared.",
        examples: &[
            ("format_ipv4('192.168.1.1/24', 32)", "192.168.1.0"),
            ("format_ipv4(3232236031, 24)", "192.168.1.0"),
            ("format_ipv4('192.168.1.1', -1)", ""),
        ],
    },
    lower: Lower::Rows(|args| each(args, |net| first(net).to_string())),
};

pub(in super::super) const FORMAT_IPV4_MASK: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "format_ipv4_mask",
        params: PARAMS,
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "The network of an IPv4 address, given as text or number, with its prefix after a \
              slash.",
        examples: &[("format_ipv4_mask('192.168.1.255', 24)", "192.168.1.0/24")],
    },
    lower: Lower::Rows(|args| each(args, |net| format!("{}/{}", first(net), net.prefix))),
};

fn first(net: Net) -> Ipv4Addr {
    Ipv4Addr::from(net.first() as u32)
}

fn each(args: &Args<'_>, write: fn(Net) -> String) -> Result<ArrayRef, EngineError> {
    let ip = strings(args, 0)?;
    let prefix = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    Ok(out_texts(args.rows(), |row| {
        let text = ip.get(row);
        let net = match text.parse::<u32>() {
            Ok(bits) => Net { bits: u128::from(bits), prefix: 32, width: 32 },
            Err(_) => Net::v4(text)?,
        };
        Some(write(match &prefix {
            Some(prefix) => net.at_most(prefix.get(row)?)?,
            None => net,
        }))
    }))
}

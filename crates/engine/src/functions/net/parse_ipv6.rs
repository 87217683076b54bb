//! `parse_ipv6`, `parse_ipv6_mask`: an address as eight full groups; IPv4 is mapped into IPv6. What
//! is no address gives an empty text.

use std::net::Ipv6Addr;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{
        read::strings,
        types::{LONG, STRING_OR_DYNAMIC},
    },
    address::Net,
};
use crate::{
    args::out_texts,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_IPV6: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_ipv6",
        params: &[Param::of("ip", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "An IPv6 address (IPv4 is mapped) as eight groups of four digits, its bits past a \
              prefix cleared.",
        examples: &[
            ("parse_ipv6('127.0.0.1')", "0000:0000:0000:0000:0000:ffff:7f00:0001"),
            ("parse_ipv6('fe80::85d:7994')", "fe80:0000:0000:0000:0000:0000:085d:7994"),
            ("parse_ipv6('gggg::1')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let ip = strings(args, 0)?;
        Ok(out_texts(args.rows(), |row| Some(groups(Net::v6(ip.get(row))?))))
    }),
};

pub(in super::super) const PARSE_IPV6_MASK: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_ipv6_mask",
        params: &[Param::of("ip", STRING_OR_DYNAMIC), Param::of("prefix", LONG)],
        returns: Returns::Is(Type::String),
        naming: Naming::Position,
        doc: "An IPv6 address (IPv4 is mapped) as eight groups of four digits, its bits past the \
              smaller of the two prefixes cleared.",
        examples: &[(
            "parse_ipv6_mask('192.168.255.255/24', 124)",
            "0000:0000:0000:0000:0000:ffff:c0a8:ff00",
        )],
    },
    lower: Lower::Rows(|args| {
        let (ip, prefix) = (strings(args, 0)?, args.longs(1)?);
        Ok(out_texts(args.rows(), |row| {
            Some(groups(Net::v6(ip.get(row))?.at_most(prefix.get(row)?)?))
        }))
    }),
};

fn groups(net: Net) -> String {
    let groups = Ipv6Addr::from(net.first()).segments();
    groups.map(|group| format!("{group:04x}")).join(":")
}

//! `parse_ipv4`, `parse_ipv4_mask`: an IPv4 address as a number; bits past the prefix are zero.

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
    args::out_longs,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const PARSE_IPV4: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_ipv4",
        params: &[Param::of("ip", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "An IPv4 address as a number, its bits past a prefix cleared; null for anything else.",
        examples: &[
            ("parse_ipv4('192.168.1.1')", "3232235777"),
            ("parse_ipv4('192.168.1.1/24')", "3232235776"),
            ("parse_ipv4('256.0.0.1')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let ip = strings(args, 0)?;
        Ok(out_longs(args.rows(), |row| i64::try_from(Net::v4(ip.get(row))?.first()).ok()))
    }),
};

pub(in super::super) const PARSE_IPV4_MASK: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse_ipv4_mask",
        params: &[Param::of("ip", STRING_OR_DYNAMIC), Param::of("prefix", LONG)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "An IPv4 address as a number, its bits past the smaller of the two prefixes cleared.",
        examples: &[("parse_ipv4_mask('127.0.0.1', 24)", "2130706432")],
    },
    lower: Lower::Rows(|args| {
        let (ip, prefix) = (strings(args, 0)?, args.longs(1)?);
        Ok(out_longs(args.rows(), |row| {
            let net = Net::v4(ip.get(row))?.at_most(prefix.get(row)?)?;
            i64::try_from(net.first()).ok()
        }))
    }),
};

//! `ipv4_compare`, `ipv4_is_match`, `ipv6_compare`, `ipv6_is_match`: two addresses under a prefix.
//! Bad addresses give null.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;
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
    args::{Args, out_bools, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] = &[
    Param::of("one", STRING_OR_DYNAMIC),
    Param::of("two", STRING_OR_DYNAMIC),
    Param::of("prefix", LONG).opt(),
];

pub(in super::super) const IPV4_COMPARE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_compare",
        params: PARAMS,
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "-1, 0 or 1 by the order of two IPv4 addresses, of which only the bits of the smallest \
              prefix count.",
        examples: &[
            ("ipv4_compare('192.168.1.1', '192.168.1.2')", "-1"),
            ("ipv4_compare('192.168.1.1/24', '192.168.1.255')", "0"),
            ("ipv4_compare('192.168.1.1', 'none')", ""),
        ],
    },
    lower: Lower::Rows(|args| compare(args, Net::v4)),
};

pub(in super::super) const IPV6_COMPARE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv6_compare",
        params: PARAMS,
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "-1, 0 or 1 by the order of two IPv6 addresses (IPv4 is mapped), of which only the bits \
              of the smallest prefix count.",
        examples: &[
            ("ipv6_compare('fe80::1', 'fe80::2', 64)", "0"),
            ("ipv6_compare('::2', '::1')", "1"),
        ],
    },
    lower: Lower::Rows(|args| compare(args, Net::v6)),
};

pub(in super::super) const IPV4_IS_MATCH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_is_match",
        params: PARAMS,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when two IPv4 addresses agree in the bits of the smallest prefix.",
        examples: &[
            ("ipv4_is_match('192.168.1.1/24', '192.168.1.255')", "True"),
            ("ipv4_is_match('192.168.1.1', '192.168.1.2')", "False"),
            ("ipv4_is_match('abc', 'dev', 24)", ""),
        ],
    },
    lower: Lower::Rows(|args| matches(args, Net::v4)),
};

pub(in super::super) const IPV6_IS_MATCH: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv6_is_match",
        params: PARAMS,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when two IPv6 addresses (IPv4 is mapped) agree in the bits of the smallest \
              prefix.",
        examples: &[("ipv6_is_match('fe80::7994', 'fe80::7995', 127)", "True")],
    },
    lower: Lower::Rows(|args| matches(args, Net::v6)),
};

fn compare(args: &Args<'_>, read: fn(&str) -> Option<Net>) -> Result<ArrayRef, EngineError> {
    let order = order(args, read)?;
    Ok(out_longs(args.rows(), |row| order(row).map(|order| order as i64)))
}

fn matches(args: &Args<'_>, read: fn(&str) -> Option<Net>) -> Result<ArrayRef, EngineError> {
    let order = order(args, read)?;
    Ok(out_bools(args.rows(), |row| order(row).map(Ordering::is_eq)))
}

fn order(
    args: &Args<'_>,
    read: fn(&str) -> Option<Net>,
) -> Result<impl Fn(usize) -> Option<Ordering> + use<>, EngineError> {
    let (one, two) = (strings(args, 0)?, strings(args, 1)?);
    let prefix = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    Ok(move |row| {
        let one = read(one.get(row))?;
        let one = match &prefix {
            Some(prefix) => one.at_most(prefix.get(row)?)?,
            None => one,
        };
        Some(one.compare(read(two.get(row))?))
    })
}

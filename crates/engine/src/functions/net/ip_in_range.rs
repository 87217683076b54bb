//! `ipv4_is_in_range`, `ipv4_is_in_any_range` and the same for IPv6: is an address in a network?
//! A bad address gives null, a bad range holds nothing.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::{
        read::{json_text, jsons_from, strings},
        types::STRING_OR_DYNAMIC,
    },
    address::Net,
};
use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const ONE: &[Param] = &[Param::of("ip", STRING_OR_DYNAMIC), Param::of("range", STRING_OR_DYNAMIC)];
const ANY: &[Param] =
    &[Param::of("ip", STRING_OR_DYNAMIC), Param::of("ranges", STRING_OR_DYNAMIC).many()];

pub(in super::super) const IPV4_IS_IN_RANGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_is_in_range",
        params: ONE,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the IPv4 address lies in the network.",
        examples: &[
            ("ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')", "True"),
            ("ipv4_is_in_range('192.168.2.6', '192.168.1.1/24')", "False"),
        ],
    },
    lower: Lower::Rows(|args| one(args, Net::v4)),
};

pub(in super::super) const IPV6_IS_IN_RANGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv6_is_in_range",
        params: ONE,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the IPv6 address (IPv4 is mapped) lies in the network.",
        examples: &[("ipv6_is_in_range('fe80::1:2', 'fe80::/64')", "True")],
    },
    lower: Lower::Rows(|args| one(args, Net::v6)),
};

pub(in super::super) const IPV4_IS_IN_ANY_RANGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_is_in_any_range",
        params: ANY,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the IPv4 address lies in one of the networks, given one by one or in arrays.",
        examples: &[
            ("ipv4_is_in_any_range('10.1.2.3', dynamic(['192.168.1.1/16', '10.0.0.1/8']))", "True"),
            ("ipv4_is_in_any_range('1.1.1.1', '192.168.1.1/16', '10.0.0.1/8')", "False"),
        ],
    },
    lower: Lower::Rows(|args| any(args, Net::v4)),
};

pub(in super::super) const IPV6_IS_IN_ANY_RANGE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv6_is_in_any_range",
        params: ANY,
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True when the IPv6 address (IPv4 is mapped) lies in one of the networks, given one by \
              one or in arrays.",
        examples: &[(
            "ipv6_is_in_any_range('fe80::1', dynamic(['2001:db8::/32', 'fe80::/10']))",
            "True",
        )],
    },
    lower: Lower::Rows(|args| any(args, Net::v6)),
};

fn one(args: &Args<'_>, read: fn(&str) -> Option<Net>) -> Result<ArrayRef, EngineError> {
    let (ip, range) = (strings(args, 0)?, strings(args, 1)?);
    // The range nearly always is one constant.
    let once = if args.is_constant(1) { Some(read(range.get(0))) } else { None };
    Ok(out_bools(args.rows(), |row| {
        let range = once.unwrap_or_else(|| read(range.get(row)))?;
        Some(range.holds(read(ip.get(row))?))
    }))
}

fn any(args: &Args<'_>, read: fn(&str) -> Option<Net>) -> Result<ArrayRef, EngineError> {
    let (ip, given) = (strings(args, 0)?, jsons_from(args, 1)?);
    let ranges = |row: usize| -> Vec<Net> {
        let mut out = Vec::new();
        for given in &given {
            match given.get(row).as_ref() {
                Json::Array(several) => {
                    out.extend(several.iter().filter_map(|it| read(&json_text(it))));
                }
                single => out.extend(read(&json_text(single))),
            }
        }
        out
    };
    let constant = (1..args.len()).all(|at| args.is_constant(at));
    let once = if constant { Some(ranges(0)) } else { None };
    Ok(out_bools(args.rows(), |row| {
        let ip = read(ip.get(row))?;
        let holds = |range: &Net| range.holds(ip);
        Some(match &once {
            Some(ranges) => ranges.iter().any(holds),
            None => ranges(row).iter().any(holds),
        })
    }))
}

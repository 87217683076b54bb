//! `ipv4_range_to_cidr_list`: the fewest networks that cover a range of addresses.

use std::net::Ipv4Addr;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::super::types::STRING;
use crate::{
    args::out_json,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const IPV4_RANGE_TO_CIDR_LIST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_range_to_cidr_list",
        params: &[Param::of("start", STRING), Param::of("end", STRING)],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The networks that together hold exactly the addresses from `start` to `end`; null \
              when one is no address or the end comes first.",
        examples: &[(
            "ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')",
            "[\"1.1.128.0/21\",\"1.1.136.0/22\",\"1.1.140.0/24\"]",
        )],
    },
    lower: Lower::Rows(|args| {
        let (start, end) = (args.texts(0)?, args.texts(1)?);
        Ok(out_json(args.rows(), |row| {
            let address = |text: &str| text.trim().parse().ok().map(|it: Ipv4Addr| u32::from(it));
            match (address(start.get(row)), address(end.get(row))) {
                (Some(start), Some(end)) if start <= end => covered(start, end),
                _ => Json::Null,
            }
        }))
    }),
};

fn covered(start: u32, end: u32) -> Json {
    let (mut at, end) = (u64::from(start), u64::from(end));
    let mut networks = Vec::new();
    while at <= end {
        // As large as the start allows and the end leaves room for.
        let aligned = at.trailing_zeros().min(32);
        let room = (end - at + 1).ilog2();
        let bits = aligned.min(room);
        networks.push(Json::from(format!("{}/{}", Ipv4Addr::from(at as u32), 32 - bits)));
        at += 1 << bits;
    }
    Json::Array(networks)
}

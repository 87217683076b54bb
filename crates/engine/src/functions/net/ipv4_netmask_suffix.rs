//! `ipv4_netmask_suffix`: the prefix an address is written with.

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{read::strings, types::STRING_OR_DYNAMIC},
    address::Net,
};
use crate::{
    args::out_longs,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const IPV4_NETMASK_SUFFIX: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_netmask_suffix",
        params: &[Param::of("ip", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Long),
        naming: Naming::Position,
        doc: "The number after the slash of an IPv4 address, 32 without one; null for anything else.",
        examples: &[
            ("ipv4_netmask_suffix('192.168.1.1/24')", "24"),
            ("ipv4_netmask_suffix('10.1.2.3')", "32"),
        ],
    },
    lower: Lower::Rows(|args| {
        let ip = strings(args, 0)?;
        Ok(out_longs(args.rows(), |row| Some(i64::from(Net::v4(ip.get(row))?.prefix))))
    }),
};

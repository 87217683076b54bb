//! `ipv4_is_private`: is an address, with its whole network, one that is not routed publicly?

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{read::strings, types::STRING_OR_DYNAMIC},
    address::Net,
};
use crate::{
    args::out_bools,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const IPV4_IS_PRIVATE: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "ipv4_is_private",
        params: &[Param::of("ip", STRING_OR_DYNAMIC)],
        returns: Returns::Is(Type::Bool),
        naming: Naming::Position,
        doc: "True for addresses in 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16; null for what is \
              no IPv4 address.",
        examples: &[
            ("ipv4_is_private('192.168.1.1/24')", "True"),
            ("ipv4_is_private('127.0.0.1')", "False"),
            ("ipv4_is_private('fe80::1')", ""),
        ],
    },
    lower: Lower::Rows(|args| {
        let ip = strings(args, 0)?;
        let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(Net::v4);
        Ok(out_bools(args.rows(), |row| {
            let ip = Net::v4(ip.get(row))?;
            let inside = |range: &Net| range.prefix <= ip.prefix && range.holds(ip);
            Some(private.iter().flatten().any(inside))
        }))
    }),
};

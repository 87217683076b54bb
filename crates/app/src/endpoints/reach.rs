//! Which addresses may be called: those of the public internet, and the networks that the operator
//! names. Whatever carries an address of version 4 inside is judged by that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What is not the public internet, by the registries of special addresses: this host, private and
/// shared networks, links (where clouds keep their metadata), documentation, benchmarks, multicast.
const CLOSED: [&str; 20] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
];
/// Of version 6 only this is given out for the public internet.
const GLOBAL: &str = "2000::/3";
/// Addresses that stand for one of version 4, in their last 32 bits.
const TRANSLATED: &str = "64:ff9b::/96";

/// The rule.
#[derive(Debug)]
pub struct Reach {
    closed: Vec<IpNet>,
    global: Option<IpNet>,
    translated: Option<IpNet>,
    allowed: Vec<IpNet>,
}

impl Reach {
    /// The public internet and these networks.
    pub fn new(allowed: &[IpNet]) -> Self {
        Self {
            closed: CLOSED.iter().filter_map(|it| it.parse().ok()).collect(),
            global: GLOBAL.parse().ok(),
            translated: TRANSLATED.parse().ok(),
            allowed: allowed.to_vec(),
        }
    }

    /// May it be called?
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = self.meant(address);
        if self.allowed.iter().any(|it| it.contains(&address)) {
            return true;
        }
        let global = address.is_ipv4() || self.global.is_some_and(|it| it.contains(&address));
        global && !self.closed.iter().any(|it| it.contains(&address))
    }

    fn meant(&self, address: IpAddr) -> IpAddr {
        let address = address.to_canonical();
        match address {
            IpAddr::V6(it) if self.translated.is_some_and(|net| net.contains(&address)) => {
                IpAddr::V4(last(it))
            }
            other => other,
        }
    }
}

fn last(address: Ipv6Addr) -> Ipv4Addr {
    Ipv4Addr::from((u128::from(address) & u128::from(u32::MAX)) as u32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_rule_is_read() {
        let it = Reach::new(&[]);
        assert_eq!(it.closed.len(), CLOSED.len());
        assert!(it.global.is_some() && it.translated.is_some());
    }

    #[test]
    fn public_addresses_and_named_networks() {
        let strict = Reach::new(&[]);
        let lax = Reach::new(&["10.1.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()]);
        for (address, strictly, laxly) in [
            ("8.8.8.8", true, true),
            ("172.15.255.255", true, true),
            ("172.16.0.1", false, false),
            ("10.1.2.3", false, true),
            ("10.2.2.3", false, false),
            ("100.100.100.200", false, false),
            ("169.254.169.254", false, false),
            ("127.0.0.1", false, false),
            ("0.0.0.0", false, false),
            ("255.255.255.255", false, false),
            ("239.1.1.1", false, false),
            ("2606:4700::1111", true, true),
            ("::1", false, true),
            ("::", false, false),
            ("fe80::1", false, false),
            ("fd00:ec2::254", false, false),
            ("ff02::1", false, false),
            ("::ffff:10.1.2.3", false, true),
            ("::ffff:8.8.8.8", true, true),
            ("::ffff:169.254.169.254", false, false),
            ("64:ff9b::a9fe:a9fe", false, false),
            ("64:ff9b::808:808", true, true),
            ("2002:7f00:1::", false, false),
            ("2001:0:1::1", false, false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(strict.allows(parsed), strictly, "{address}");
            assert_eq!(lax.allows(parsed), laxly, "{address}");
        }
    }
}

//! Addresses with prefixes: `192.168.1.1/24`, `fe80::1/64`.
//!
//! Where several prefixes meet (of two addresses, of a parameter), the smallest counts.

use std::{
    cmp::Ordering,
    net::{Ipv4Addr, Ipv6Addr},
};

/// An address and how many of its first bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Net {
    /// The address as a number; IPv4 in the lowest 32 bits.
    pub(super) bits: u128,
    /// The prefix.
    pub(super) prefix: u32,
    /// 32 or 128.
    pub(super) width: u32,
}

impl Net {
    /// Reads an IPv4 address with or without a prefix.
    pub(super) fn v4(text: &str) -> Option<Self> {
        let (address, prefix) = divide(text, 32)?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self { bits: u128::from(u32::from(address)), prefix, width: 32 })
    }

    /// Reads an IPv6 address, or an IPv4 one as the IPv6 address it is mapped to.
    pub(super) fn v6(text: &str) -> Option<Self> {
        if let Some(v4) = Self::v4(text) {
            let mapped = Ipv4Addr::from(v4.bits as u32).to_ipv6_mapped();
            return Some(Self { bits: mapped.into(), prefix: v4.prefix + 96, width: 128 });
        }
        let (address, prefix) = divide(text, 128)?;
        let address: Ipv6Addr = address.parse().ok()?;
        Some(Self { bits: address.into(), prefix, width: 128 })
    }

    /// With at most this prefix; none when it is out of range.
    pub(super) fn at_most(self, prefix: i64) -> Option<Self> {
        let prefix = u32::try_from(prefix).ok().filter(|prefix| *prefix <= self.width)?;
        Some(Self { prefix: self.prefix.min(prefix), ..self })
    }

    /// The first address: bits past the prefix cleared.
    pub(super) fn first(self) -> u128 {
        let shift = self.width - self.prefix;
        // Shifting out all bits is not defined for the full width.
        self.bits.checked_shr(shift).and_then(|bits| bits.checked_shl(shift)).unwrap_or(0)
    }

    /// The order of the two under the smaller prefix.
    pub(super) fn compare(self, other: Self) -> Ordering {
        let prefix = self.prefix.min(other.prefix);
        Self { prefix, ..self }.first().cmp(&Self { prefix, ..other }.first())
    }

    /// Does this, a range, hold the other?
    pub(super) fn holds(self, other: Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

fn divide(text: &str, width: u32) -> Option<(&str, u32)> {
    let text = text.trim();
    let Some((address, prefix)) = text.split_once('/') else { return Some((text, width)) };
    if !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix = prefix.parse().ok().filter(|prefix| *prefix <= width)?;
    Some((address, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        for no in
            ["", "...", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/+8", "256.1.1.1", "a.b.c.d"]
        {
            assert_eq!(Net::v4(no), None, "{no}");
        }
        let first = |text| Net::v4(text).map(Net::first);
        assert_eq!(first("203.0.113.10/24"), Some(3_405_803_776));
        assert_eq!(first("1.2.3.4/0"), Some(0));
        assert_eq!(Net::v6("::1/0").map(Net::first), Some(0));
        assert_eq!(Net::v6("1.2.3.4/24").map(|it| it.prefix), Some(120));
    }
}

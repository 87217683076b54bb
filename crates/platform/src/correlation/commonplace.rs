//! Values that every network has and that therefore join nothing: loopback, broadcast, service
//! accounts, placeholder names. Known before the first alert, unlike hubs, which are learnt.

use std::net::IpAddr;

use super::entity::EntityKind;

/// Accounts that exist on every machine, lower case, without domain.
const ACCOUNTS: &[&str] = &[
    "",
    "-",
    "administrator",
    "anonymous",
    "anonymous logon",
    "apache",
    "daemon",
    "everyone",
    "guest",
    "local service",
    "localsystem",
    "network service",
    "nobody",
    "none",
    "null",
    "root",
    "system",
    "trustedinstaller",
    "unknown",
    "www-data",
];

/// Names of machines that name no machine.
const HOSTS: &[&str] =
    &["", "-", "localhost", "localhost.localdomain", "unknown", "none", "null", "n/a"];

/// Digests of the empty file in MD5, SHA-1 and SHA-256.
const EMPTY_FILES: &[&str] = &[
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// Whether an account name, in lower case, belongs to everyone.
pub fn is_common_account(name: &str) -> bool {
    let plain = name.rsplit('\\').next().unwrap_or(name);
    ACCOUNTS.contains(&plain) || plain.starts_with("dwm-") || plain.starts_with("umfd-")
}

/// Whether a SID is one of the well-known ones that exist on every machine.
pub fn is_common_sid(sid: &str) -> bool {
    let sid = sid.to_ascii_lowercase();
    !sid.starts_with("s-1-5-21-") && !sid.starts_with("s-1-12-1-")
}

/// Whether a host name, in lower case, names no one machine.
pub fn is_common_host(name: &str) -> bool {
    HOSTS.contains(&name)
}

/// Whether a digest is that of an empty file or not a digest at all.
pub fn is_common_hash(digest: &str) -> bool {
    !matches!(digest.len(), 32 | 40 | 64)
        || !digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        || digest.bytes().all(|byte| byte == b'0')
        || EMPTY_FILES.contains(&digest)
}

/// What kind of entity an address is; none when it names nobody (loopback, multicast, broadcast,
/// unspecified, link-local).
pub fn ip_kind(address: IpAddr) -> Option<EntityKind> {
    let address = match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    match address {
        IpAddr::V4(four) => {
            let octets = four.octets();
            if four.is_loopback()
                || four.is_multicast()
                || four.is_broadcast()
                || four.is_unspecified()
                || four.is_link_local()
                || octets[0] == 0
                || octets[0] >= 240
            {
                return None;
            }
            let shared = octets[0] == 100 && octets[1] & 0xc0 == 64;
            if !four.is_private() && !shared {
                return Some(EntityKind::PublicIp);
            }
            match octets[3] {
                255 => None,
                0 | 1 | 254 => Some(EntityKind::Gateway),
                _ => Some(EntityKind::PrivateIp),
            }
        }
        IpAddr::V6(six) => {
            let head = six.segments()[0];
            if six.is_loopback()
                || six.is_multicast()
                || six.is_unspecified()
                || head & 0xffc0 == 0xfe80
            {
                return None;
            }
            Some(if head & 0xfe00 == 0xfc00 { EntityKind::PrivateIp } else { EntityKind::PublicIp })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_by_what_they_join() {
        let kind = |text: &str| text.parse().ok().and_then(ip_kind).map(EntityKind::name);
        assert_eq!(kind("10.1.2.3"), Some("privateIp"));
        assert_eq!(kind("100.64.0.9"), Some("privateIp"));
        assert_eq!(kind("192.168.1.1"), Some("gateway"));
        assert_eq!(kind("::ffff:172.16.0.254"), Some("gateway"));
        assert_eq!(kind("203.0.113.9"), Some("publicIp"));
        assert_eq!(kind("2001:db8::1"), Some("publicIp"));
        assert_eq!(kind("fd00::7"), Some("privateIp"));
        for nobody in [
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.251",
            "169.254.3.4",
            "10.0.0.255",
            "fe80::1",
        ] {
            assert_eq!(kind(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn accounts_and_hashes_of_everyone() {
        assert!(is_common_account("nt authority\\system"));
        assert!(!is_common_account("contoso\\alice"));
        assert!(is_common_sid("S-1-5-18"));
        assert!(!is_common_sid("S-1-5-21-1-2-3-1104"));
        assert!(is_common_hash("d41d8cd98f00b204e9800998ecf8427e"));
        assert!(is_common_hash("not a digest"));
        assert!(!is_common_hash("44d88612fea8a8f36de82e1278abb02f"));
    }
}

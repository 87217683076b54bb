//! One spelling for the things that evidence names, so that two products' alerts about one host,
//! account, address or file can be seen to be about one.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde_json::{Map, Value};

use crate::text;

/// An address in its canonical text; IPv4 carried in IPv6 becomes IPv4, zones and ports go.
pub(crate) fn ip(text: &str) -> Option<String> {
    parse_ip(text).map(|ip| ip.to_string())
}

pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let bare = bare.split('%').next().unwrap_or(bare);
    let ip = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))?;
    Some(match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    })
}

/// Whether an address is one that an organisation numbers itself.
pub(crate) fn is_private(text: &str) -> bool {
    match parse_ip(text) {
        Some(IpAddr::V4(ip)) => {
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared(ip.octets())
        }
        Some(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unicast_link_local() || is_local(ip),
        None => false,
    }
}

/// Addresses between a carrier's own customers (RFC 6598).
fn is_shared([first, second, ..]: [u8; 4]) -> bool {
    first == 100 && second & 0xC0 == 64
}

fn is_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xFE00 == 0xFC00
}

/// A host as evidence names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// The first label, in lower case.
    pub(crate) name: String,
    /// The whole name and its domain, when there is one.
    pub(crate) dns: Option<(String, String)>,
}

/// Splits a host's name. An address is not a name.
pub(crate) fn host(text: &str) -> Option<Host> {
    let name = text.trim().trim_end_matches('.').to_lowercase();
    let bad = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '/' | '\\' | ':');
    if name.is_empty() || name.chars().count() > 255 || name.contains(bad) || ip(&name).is_some() {
        return None;
    }
    let dns = name
        .split_once('.')
        .filter(|(first, domain)| !first.is_empty() && !domain.is_empty())
        .map(|(first, domain)| (first.to_owned(), domain.to_owned()));
    Some(match dns {
        Some((first, domain)) => Host { name: first, dns: Some((name, domain)) },
        None => Host { name, dns: None },
    })
}

/// A domain name in lower case; `None` for an address or something that is no name.
pub(crate) fn domain(text: &str) -> Option<String> {
    let host = host(text)?;
    host.dns.map(|(whole, _)| whole)
}

/// `userAccount` of an account written as `DOMAIN\user`, `user@domain` or `user`. Machine-wide
/// placeholders (`-`, `(none)`) are no account.
pub(crate) fn account(written: &str) -> Option<Map<String, Value>> {
    let written = text::line(written, text::LINE);
    let mut account = Map::new();
    let (name, domain) = if let Some((domain, name)) = written.split_once('\\') {
        (name, Some(domain).filter(|it| !it.is_empty() && *it != "."))
    } else if let Some((name, domain)) = written.split_once('@') {
        account.insert("userPrincipalName".to_owned(), Value::from(written.to_lowercase()));
        (name, Some(domain).filter(|it| !it.is_empty()))
    } else {
        (written.as_str(), None)
    };
    if name.is_empty() || matches!(name, "-" | "(none)" | "none" | "unknown" | "?") {
        return None;
    }
    account.insert("accountName".to_owned(), Value::from(name));
    if let Some(domain) = domain {
        account.insert("domainName".to_owned(), Value::from(domain));
    }
    Some(account)
}

/// A hash in lower case, if it has that many hexadecimal digits and is not that of nothing known.
fn hash(text: &str, digits: usize) -> Option<String> {
    let hash = text.trim().to_ascii_lowercase();
    let fits = hash.len() == digits && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (fits && hash.bytes().any(|byte| byte != b'0')).then_some(hash)
}

pub(crate) fn md5(text: &str) -> Option<String> {
    hash(text, 32)
}

pub(crate) fn sha1(text: &str) -> Option<String> {
    hash(text, 40)
}

pub(crate) fn sha256(text: &str) -> Option<String> {
    hash(text, 64)
}

/// A path's last part and what stands before it, for either kind of separator.
pub(crate) fn path(text: &str) -> (String, Option<String>) {
    match text.rfind(['/', '\\']) {
        Some(at) if at + 1 < text.len() => {
            let folder = if at == 0 { &text[..1] } else { &text[..at] };
            (text[at + 1..].to_owned(), Some(folder.to_owned()))
        }
        _ => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(ip("::ffff:10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(ip("[2001:DB8:0::1]").as_deref(), Some("2001:db8::1"));
        assert_eq!(ip("fe80::1%eth0").as_deref(), Some("fe80::1"));
        assert_eq!(ip("10.0.0.1:443").as_deref(), Some("10.0.0.1"));
        assert_eq!(ip("10.0.0"), None);
        assert!(is_private("172.16.3.4") && is_private("fd00::1") && is_private("100.64.0.1"));
        assert!(!is_private("8.8.8.8"));
    }

    #[test]
    fn hosts_split_into_name_and_domain() {
        let host = host("WEB01.Corp.Example.").unwrap();
        assert_eq!(host.name, "web01");
        assert_eq!(host.dns.unwrap(), ("web01.corp.example".to_owned(), "corp.example".to_owned()));
        assert!(super::host("10.0.0.1").is_none() && super::host("a b").is_none());
    }

    #[test]
    fn accounts_split_three_ways() {
        let of = |text| Value::Object(account(text).unwrap()).to_string();
        assert_eq!(of(r"CORP\ann"), r#"{"accountName":"ann","domainName":"CORP"}"#);
        assert_eq!(of("root"), r#"{"accountName":"root"}"#);
        let upn = r#"{"userPrincipalName":"ann@corp.example","accountName":"Ann","domainName":"Corp.Example"}"#;
        assert_eq!(of("Ann@Corp.Example"), upn);
        assert!(account("-").is_none() && account("CORP\\").is_none());
    }

    #[test]
    fn paths_of_both_worlds() {
        assert_eq!(path("/etc/passwd"), ("passwd".to_owned(), Some("/etc".to_owned())));
        assert_eq!(path(r"C:\a\b.exe"), ("b.exe".to_owned(), Some(r"C:\a".to_owned())));
        assert_eq!(path("/x"), ("x".to_owned(), Some("/".to_owned())));
        assert_eq!(path("plain"), ("plain".to_owned(), None));
    }
}

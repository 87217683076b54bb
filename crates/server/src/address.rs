//! The address a client used: absolute URLs in answers begin with it.
//!
//! Either one configured public URL, or `X-Forwarded-Proto` and `X-Forwarded-Host` from a trusted
//! proxy, or `Host` with the listener's own scheme. Forwarded headers of anyone else are ignored.

use std::net::IpAddr;

use http::{HeaderMap, header::HOST};
use ipnet::IpNet;

/// How to find the address.
#[derive(Clone, Debug, Default)]
pub struct Address {
    /// Used as it stands when given; no slash at the end.
    pub public_url: Option<String>,
    /// Peers whose forwarded headers count.
    pub trusted: Vec<IpNet>,
    /// Whether the listener itself speaks TLS.
    pub tls: bool,
}

impl Address {
    /// `https://host:port`, without a slash at the end.
    pub fn base_url(&self, headers: &HeaderMap, peer: IpAddr) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // Several proxies append to the list; the first entry is what the client used.
        let first = |name: &str| text(name)?.split(',').next().map(str::trim);
        let trusted = self.trusted.iter().any(|net| net.contains(&peer));
        let forwarded = |name: &str| if trusted { first(name) } else { None };
        let scheme = match forwarded("x-forwarded-proto") {
            Some("https") => "https",
            Some("http") => "http",
            _ if self.tls => "https",
            _ => "http",
        };
        let host = forwarded("x-forwarded-host")
            .or_else(|| text(HOST.as_str()))
            .filter(|host| is_host(host))
            .unwrap_or("localhost");
        format!("{scheme}://{host}")
    }
}

/// Only what a host and port can hold, so that no header text leaks into an answer's links.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn base(address: &Address, peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        address.base_url(&map, peer.parse().unwrap())
    }

    #[test]
    fn the_host_header_with_the_listener_scheme() {
        let address = Address { tls: true, ..Address::default() };
        let host = [("host", "graph.microsoft.com")];
        assert_eq!(base(&address, "127.0.0.1", &host), "https://graph.microsoft.com");
    }

    #[test]
    fn forwarded_headers_count_from_a_trusted_proxy_alone() {
        let trusted = vec!["10.0.0.0/8".parse().unwrap()];
        let address = Address { trusted, ..Address::default() };
        let headers = [
            ("host", "inner:8080"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "siem.example, inner"),
        ];
        assert_eq!(base(&address, "10.1.2.3", &headers), "https://siem.example");
        assert_eq!(base(&address, "192.0.2.1", &headers), "http://inner:8080");
    }

    #[test]
    fn a_host_that_is_no_host_is_not_repeated() {
        let headers = [("host", "a/b?<script>")];
        assert_eq!(base(&Address::default(), "127.0.0.1", &headers), "http://localhost");
    }
}

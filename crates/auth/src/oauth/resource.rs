//! The resources that tokens are issued for and accepted from.
//!
//! Clients are configured for one of several Microsoft APIs; this server answers for all of them,
//! and for its own address. Rights come from roles alone, so one list serves every route.

/// Microsoft Graph, which a bare `.default` means.
pub const GRAPH: &str = "https://graph.microsoft.com";

/// Every known resource, by URL or by application id, without a closing slash.
pub const KNOWN: &[&str] = &[
    GRAPH,
    "00000003-0000-0000-c000-000000000000",
    // Microsoft 365 Defender
    "https://api.security.microsoft.com",
    "https://security.microsoft.com/mtp",
    "8ee8fdad-f234-4243-8f3b-15c294843740",
    // Defender for Endpoint
    "https://api.securitycenter.microsoft.com",
    "https://api.securitycenter.windows.com",
    "fc780465-2017-40d4-a0c5-307022471b92",
    // Kusto
    "https://kusto.kusto.windows.net",
    "https://help.kusto.windows.net",
    "2746ea77-4702-4b45-80ca-3c97e680e8b7",
];

/// Is that a resource of this server, which the client reached under `own_url`?
pub fn is_accepted(resource: &str, own_url: &str) -> bool {
    let bare = resource.trim_end_matches('/');
    let same = |known: &str| known.trim_end_matches('/').eq_ignore_ascii_case(bare);
    !bare.is_empty() && (same(own_url) || KNOWN.iter().any(|known| same(known)))
}

/// The resource that a scope ending in `/.default` names; none for any other scope. A doubled
/// slash keeps one, as Entra does.
pub(crate) fn of_default_scope(scope: &str) -> Option<&str> {
    match scope {
        ".default" => Some(GRAPH),
        _ => scope.strip_suffix("/.default").filter(|resource| !resource.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_resources_and_the_servers_own_are_accepted() {
        let own = "https://127.0.0.1:8443";
        for yes in [
            "https://graph.microsoft.com",
            "https://graph.microsoft.com/",
            "HTTPS://Graph.Microsoft.com",
            "https://security.microsoft.com/mtp/",
            "https://127.0.0.1:8443/",
        ] {
            assert!(is_accepted(yes, own), "{yes}");
        }
        for no in ["", "/", "https://graph.microsoft.com.evil.example", "https://127.0.0.1"] {
            assert!(!is_accepted(no, own), "{no}");
        }
        assert!(!is_accepted("", ""));
    }

    #[test]
    fn the_default_scope_names_its_resource() {
        assert_eq!(of_default_scope("https://x.example/.default"), Some("https://x.example"));
        assert_eq!(of_default_scope("https://x.example//.default"), Some("https://x.example/"));
        assert_eq!(of_default_scope(".default"), Some(GRAPH));
        assert_eq!(of_default_scope("/.default"), None);
        assert_eq!(of_default_scope("https://x.example/User.Read"), None);
    }
}

//! The documents by which clients find their way: OpenID configuration, keys, instance discovery.
//!
//! Every URL in them starts with the base URL that the client used, port included.

use serde_json::{Value, json};

use super::Endpoint;
use super::error::OAuthError;
use crate::keys::{KeySet, SigningKey};

/// The OpenID configuration. `segment` is the tenant as the path had it (GUID, domain name,
/// `common`, `organizations`), `tenant` the GUID that the issuer names.
pub fn openid(base_url: &str, segment: &str, tenant: &str, endpoint: Endpoint) -> Value {
    let base = base_url.trim_end_matches('/');
    let (issuer, oauth, keys) = match endpoint {
        Endpoint::V1 => (format!("{base}/{tenant}/"), "oauth2", "discovery/keys"),
        Endpoint::V2 => (format!("{base}/{tenant}/v2.0"), "oauth2/v2.0", "discovery/v2.0/keys"),
    };
    let at = |path: &str| format!("{base}/{segment}/{path}");
    let (_, host) = split_origin(base);
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(&format!("{oauth}/authorize")),
        "token_endpoint": at(&format!("{oauth}/token")),
        "device_authorization_endpoint": at(&format!("{oauth}/devicecode")),
        "end_session_endpoint": at(&format!("{oauth}/logout")),
        "jwks_uri": at(keys),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "tid", "oid", "ver", "appid", "azp", "roles",
            "idtyp", "app_displayname", "uti",
        ],
        "request_uri_parameter_supported": false,
        "http_logout_supported": false,
        "frontchannel_logout_supported": false,
        "cloud_instance_name": host,
        "msgraph_host": host,
    })
}

/// The key document: the public half of every key that verifies.
pub fn jwks(keys: &KeySet) -> Value {
    json!({ "keys": keys.iter().map(SigningKey::jwk).collect::<Vec<_>>() })
}

/// Instance discovery: is that authorization endpoint one of ours, and where is its
/// configuration? Clients send the endpoint without its port, so host and port of the answer are
/// those of `base_url`.
pub fn instance(base_url: &str, authorization_endpoint: Option<&str>) -> Result<Value, OAuthError> {
    let endpoint = authorization_endpoint
        .ok_or_else(|| OAuthError::missing_parameter("authorization_endpoint"))?;
    let unknown = || OAuthError::unknown_instance(endpoint);
    let base = base_url.trim_end_matches('/');
    let (scheme, asked) = split_origin(endpoint);
    let (asked_host, path) = asked.split_once('/').ok_or_else(unknown)?;
    let (segment, rest) = path.split_once('/').ok_or_else(unknown)?;
    let generation = match rest.split(['?', '#']).next().unwrap_or_default() {
        "oauth2/v2.0/authorize" => "v2.0/",
        "oauth2/authorize" => "",
        _ => return Err(unknown()),
    };
    if scheme.is_empty() || !is_plain(asked_host) || !is_plain(segment) {
        return Err(unknown());
    }
    let (_, host) = split_origin(base);
    let mut aliases = vec![host, without_port(host), asked_host, without_port(asked_host)];
    let mut seen = Vec::new();
    aliases.retain(|alias| {
        let new = !seen.contains(alias);
        seen.push(alias);
        new
    });
    Ok(json!({
        "tenant_discovery_endpoint":
            format!("{base}/{segment}/{generation}.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": host,
            "preferred_cache": host,
            "aliases": aliases,
        }],
    }))
}

/// Scheme and the rest of an http(s) URL; an empty scheme for anything else.
fn split_origin(url: &str) -> (&str, &str) {
    match url.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => (scheme, rest),
        _ => ("", url),
    }
}

/// A host name, an address or a tenant; nothing that could turn the answer's URL elsewhere.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=253).contains(&text.len()) && text.bytes().all(plain)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

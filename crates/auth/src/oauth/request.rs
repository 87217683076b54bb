//! What a client sent to the token endpoint, read and checked for form.
//!
//! Credentials come in the body or as HTTP Basic, whose halves are form-encoded once more. Which
//! tenant and which application is the caller's to look up; whether the secret is right is `grant`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::OAuthError;
use super::{Endpoint, form, resource};

/// OpenID scopes that some libraries add to every request; they mean nothing to an application.
const IDLE_SCOPES: &[&str] = &["openid", "profile", "email", "offline_access"];

/// A request for a token, well formed but not yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The generation of the endpoint.
    pub endpoint: Endpoint,
    /// Who the client says it is.
    pub client_id: String,
    /// How it proves that.
    pub credential: Credential,
    /// The resource that the token is to be for, as the client wrote it.
    pub resource: String,
}

/// How a client proves who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A shared secret.
    Secret(String),
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("endpoint", &self.endpoint)
            .field("client_id", &self.client_id)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret(..)"),
        }
    }
}

/// Reads a request: the endpoint it came to, its body, and its `Authorization` header if any.
pub fn parse(
    endpoint: Endpoint,
    body: &[u8],
    authorization: Option<&str>,
) -> Result<TokenRequest, OAuthError> {
    let pairs = form::parse(body).map_err(|err| OAuthError::malformed(&err))?;
    let get = |name: &str| pairs.iter().find(|(held, _)| held == name).map(|(_, value)| &**value);
    let need = |name: &str| get(name).ok_or_else(|| OAuthError::missing_parameter(name));

    let grant = need("grant_type")?;
    if grant != "client_credentials" {
        return Err(OAuthError::unsupported_grant(grant));
    }
    let (basic_id, basic_secret) = basic(authorization)?.unzip();
    let client_id = one(get("client_id"), basic_id.as_deref(), "client_id")?
        .ok_or_else(|| OAuthError::missing_parameter("client_id"))?;
    let secret = one(get("client_secret"), basic_secret.as_deref(), "client_secret")?
        .ok_or_else(OAuthError::missing_credential)?;
    let resource = match (endpoint, get("resource"), get("scope")) {
        (Endpoint::V1, Some(resource), _) => resource.trim().to_owned(),
        (Endpoint::V1, None, None) => return Err(OAuthError::missing_parameter("resource")),
        (Endpoint::V2, _, None) => return Err(OAuthError::missing_parameter("scope")),
        (Endpoint::V1 | Endpoint::V2, _, Some(scope)) => of_scope(scope)?,
    };
    Ok(TokenRequest {
        endpoint,
        client_id: client_id.trim().to_owned(),
        credential: Credential::Secret(secret.to_owned()),
        resource,
    })
}

/// The one resource of a list of scopes.
fn of_scope(scopes: &str) -> Result<String, OAuthError> {
    let mut resources = scopes.split_whitespace().filter(|scope| !IDLE_SCOPES.contains(scope));
    match (resources.next().and_then(resource::of_default_scope), resources.next()) {
        (Some(resource), None) => Ok(resource.to_owned()),
        _ => Err(OAuthError::scope_without_default(scopes)),
    }
}

/// The same fact may stand in two places, but not twice differently.
fn one<'a>(
    body: Option<&'a str>,
    header: Option<&'a str>,
    name: &str,
) -> Result<Option<&'a str>, OAuthError> {
    match (body, header) {
        (Some(body), Some(header)) if body != header => Err(OAuthError::bad_input(&format!(
            "The parameter '{name}' differs between the body and the Authorization header."
        ))),
        (body, header) => Ok(body.or(header)),
    }
}

/// Id and secret of a Basic header; none for an absent header or another scheme.
fn basic(header: Option<&str>) -> Result<Option<(String, String)>, OAuthError> {
    let Some((scheme, packed)) = header.and_then(|text| text.trim().split_once(' ')) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let wrong = || OAuthError::bad_input("The Authorization header is not valid HTTP Basic.");
    if packed.len() > form::LONGEST {
        return Err(wrong());
    }
    let plain = STANDARD.decode(packed.trim()).map_err(|_| wrong())?;
    let plain = String::from_utf8(plain).map_err(|_| wrong())?;
    let (id, secret) = plain.split_once(':').ok_or_else(wrong)?;
    let decode = |half: &str| form::decode(half).map_err(|_| wrong());
    let (id, secret) = (decode(id)?, decode(secret)?);
    if id.is_empty() || secret.is_empty() { Err(wrong()) } else { Ok(Some((id, secret))) }
}

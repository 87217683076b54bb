//! Access tokens: RS256 JWTs shaped like Entra's, minted and verified here.
//!
//! The library checks form and signature; what the claims must say is checked here, against the
//! time that is passed in. Only RS256 is ever accepted, so neither `none` nor a public key misused
//! as an HMAC secret gets anywhere.

use std::collections::HashSet;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::{KeySet, SigningKey};
use crate::oauth::resource;
use crate::text::from_base64url;

/// No token is longer than this, minted or accepted.
pub const LONGEST: usize = 8 * 1024;
/// Clocks of other machines may differ by this many seconds.
const LEEWAY: i64 = 60;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("access token is empty")]
    Missing,
    /// It is longer than any token of ours.
    #[error("access token is longer than {LONGEST} bytes")]
    TooLarge,
    /// It is not a compact JWS, or its parts are not what they should be.
    #[error("access token is not a well-formed JWT")]
    Malformed,
    /// It is not signed with RS256.
    #[error("access token is not signed with RS256")]
    Algorithm,
    /// It names a key that is not ours.
    #[error("access token was signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("access token validation failure: invalid signature")]
    Signature,
    /// It was not issued here, or for another tenant than it says.
    #[error("access token validation failure: invalid issuer")]
    Issuer,
    /// It is meant for another resource.
    #[error("access token validation failure: invalid audience")]
    Audience,
    /// Its time is over.
    #[error("lifetime validation failed, the token is expired")]
    Expired,
    /// Its time has not come.
    #[error("lifetime validation failed, the token is not yet valid")]
    NotYetValid,
    /// It could not be signed.
    #[error("access token could not be signed")]
    Signing,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The resource that the token is for.
    pub aud: String,
    /// The issuer: `{base}/{tenant}/v2.0`, or `{base}/{tenant}/` for version 1.0.
    pub iss: String,
    /// Issued at, seconds since 1970 like the next two.
    pub iat: i64,
    /// Not valid before.
    pub nbf: i64,
    /// Not valid from then on.
    pub exp: i64,
    /// The client id in tokens of version 1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The client id in tokens of version 2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// What the application is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_displayname: Option<String>,
    /// What kind of token it is: `app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idtyp: Option<String>,
    /// What the person is called, where the token speaks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name the person signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The object id of the application, or of the person, within the tenant.
    pub oid: String,
    /// The subject; for an application the same as `oid`.
    pub sub: String,
    /// The tenant.
    pub tid: String,
    /// The application roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The delegated scopes, divided by blanks: the token speaks for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// A unique id of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uti: Option<String>,
    /// `1.0` or `2.0`.
    pub ver: String,
}

impl Claims {
    /// The client id, whichever claim has it.
    pub fn client_id(&self) -> &str {
        self.azp.as_deref().or(self.appid.as_deref()).unwrap_or(&self.sub)
    }
}

/// What a token is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// The moment of the request.
    pub now: Timestamp,
    /// The base URL under which the client reached the server: an audience like the known ones.
    pub own_url: &'a str,
    /// The base URL that the issuer must start with, where the server is configured with one.
    /// Without it any address of this server is good, since the signature already says who issued.
    pub issuer_base: Option<&'a str>,
    /// The tenant that the token must be for, where the route names one.
    pub tenant: Option<&'a str>,
}

/// Signs the claims.
pub fn mint(key: &SigningKey, claims: &Claims) -> Result<String, TokenError> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(key.kid().to_owned());
    let token = jsonwebtoken::encode(&header, claims, &key.encoding);
    let token = token.map_err(|_| TokenError::Signing)?;
    if token.len() > LONGEST { Err(TokenError::TooLarge) } else { Ok(token) }
}

/// Checks form, signature and claims of a token.
pub fn verify(keys: &KeySet, token: &str, expect: &Expect<'_>) -> Result<Claims, TokenError> {
    if token.is_empty() {
        return Err(TokenError::Missing);
    }
    if token.len() > LONGEST {
        return Err(TokenError::TooLarge);
    }
    let header = decode_header(token)?;
    if header.alg != Algorithm::RS256 {
        return Err(TokenError::Algorithm);
    }
    let kid = header.kid.as_deref().ok_or(TokenError::UnknownKey)?;
    let key = keys.find(kid).ok_or(TokenError::UnknownKey)?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &signature_only())
        .map_err(|err| translate(err.kind()))?
        .claims;
    check(&claims, expect)?;
    Ok(claims)
}

/// An `alg` that the library has no name for, `none` among them, is a wrong algorithm to us.
fn decode_header(token: &str) -> Result<Header, TokenError> {
    #[derive(Deserialize)]
    struct Named {
        alg: String,
    }
    jsonwebtoken::decode_header(token).map_err(|_| {
        let part = token.split('.').next().unwrap_or_default();
        let named =
            from_base64url(part).and_then(|json| serde_json::from_slice::<Named>(&json).ok());
        match named {
            Some(named) if named.alg != "RS256" => TokenError::Algorithm,
            _ => TokenError::Malformed,
        }
    })
}

/// The library compares times with the system's clock, so it is told to leave the claims alone.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn translate(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => TokenError::Algorithm,
        _ => TokenError::Malformed,
    }
}

fn check(claims: &Claims, expect: &Expect<'_>) -> Result<(), TokenError> {
    let now = expect.now.unix_seconds();
    if now >= claims.exp.saturating_add(LEEWAY) {
        return Err(TokenError::Expired);
    }
    if now < claims.nbf.saturating_sub(LEEWAY) {
        return Err(TokenError::NotYetValid);
    }
    if expect.tenant.is_some_and(|tenant| !tenant.eq_ignore_ascii_case(&claims.tid)) {
        return Err(TokenError::Issuer);
    }
    if !issued_here(claims, expect.issuer_base) {
        return Err(TokenError::Issuer);
    }
    if !resource::is_accepted(&claims.aud, expect.own_url) {
        return Err(TokenError::Audience);
    }
    Ok(())
}

/// The issuer names the tenant of the token and, where one is configured, our own base URL.
fn issued_here(claims: &Claims, issuer_base: Option<&str>) -> bool {
    let base = match claims.ver.as_str() {
        "2.0" => claims.iss.strip_suffix("/v2.0"),
        "1.0" => claims.iss.strip_suffix('/'),
        _ => None,
    };
    let base = base.and_then(|rest| rest.strip_suffix(&claims.tid));
    let base = base.and_then(|rest| rest.strip_suffix('/'));
    match (base, issuer_base) {
        (None, _) => false,
        (Some(base), Some(own)) => base.eq_ignore_ascii_case(own.trim_end_matches('/')),
        (Some(base), None) => base.starts_with("https://") || base.starts_with("http://"),
    }
}

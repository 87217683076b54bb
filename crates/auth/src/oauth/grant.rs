//! The decision: does this request get a token, and what does the token say?
//!
//! Verifying costs one slow hash whether the application exists or not, whether it has one secret
//! or ten, so the time of an answer tells nobody which client ids exist.

use model::time::Timestamp;
use uuid::Uuid;

use super::error::OAuthError;
use super::request::{Credential, TokenRequest};
use super::{Endpoint, resource};
use crate::app::{AppRecord, AppSecret};
use crate::secret;
use crate::text::{base64url, random};
use crate::token::Claims;

/// How long a token lives, in seconds.
pub const LIFETIME: i64 = 3600;

/// Where a request for a token is decided.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The GUID of the tenant that the path named.
    pub tenant: &'a str,
    /// The base URL under which the client reached the server.
    pub own_url: &'a str,
    /// The moment of the request.
    pub now: Timestamp,
}

/// A request that was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The generation of the endpoint.
    pub endpoint: Endpoint,
    /// The tenant.
    pub tenant: String,
    /// The client id.
    pub app_id: String,
    /// What the application is called.
    pub name: String,
    /// The application roles.
    pub roles: Vec<String>,
    /// The resource, as the client wrote it: the audience of the token.
    pub resource: String,
}

/// Decides on a request. `app` is the application of that client id in that tenant, if there is
/// one. Slow on purpose, like [`secret::verify`]: keep it off the I/O threads.
pub fn authenticate(
    request: &TokenRequest,
    app: Option<&AppRecord>,
    place: &Place<'_>,
) -> Result<Grant, OAuthError> {
    let Credential::Secret(shown) = &request.credential;
    let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    let found =
        app.filter(|app| same(&app.tenant, place.tenant) && same(&app.app_id, &request.client_id));
    let Some(app) = found else {
        secret::verify_nobody(shown);
        return Err(OAuthError::unknown_client(&request.client_id, place.tenant));
    };
    let proof = prove(shown, &app.secrets).ok_or_else(|| OAuthError::wrong_secret(&app.app_id))?;
    if proof.expires.is_some_and(|end| end <= place.now) {
        return Err(OAuthError::expired_secret(&app.app_id));
    }
    if !app.enabled {
        return Err(OAuthError::disabled_client(&app.app_id));
    }
    if !resource::is_accepted(&request.resource, place.own_url) {
        return Err(OAuthError::unknown_resource(&request.resource, place.tenant));
    }
    Ok(Grant {
        endpoint: request.endpoint,
        tenant: app.tenant.clone(),
        app_id: app.app_id.clone(),
        name: app.name.clone(),
        roles: app.roles.clone(),
        resource: request.resource.clone(),
    })
}

impl Grant {
    /// What the token says. `own_url` is the base of the issuer.
    pub fn claims(&self, own_url: &str, now: Timestamp) -> Claims {
        let base = own_url.trim_end_matches('/');
        let at = now.unix_seconds();
        let object = object_id(&self.tenant, &self.app_id);
        let app_id = Some(self.app_id.clone());
        let (iss, ver, appid, azp) = match self.endpoint {
            Endpoint::V1 => (format!("{base}/{}/", self.tenant), "1.0", app_id, None),
            Endpoint::V2 => (format!("{base}/{}/v2.0", self.tenant), "2.0", None, app_id),
        };
        Claims {
            aud: self.resource.clone(),
            iss,
            iat: at,
            nbf: at,
            exp: at + LIFETIME,
            appid,
            azp,
            app_displayname: Some(self.name.clone()),
            idtyp: Some("app".to_owned()),
            name: None,
            preferred_username: None,
            oid: object.clone(),
            sub: object,
            tid: self.tenant.clone(),
            roles: self.roles.clone(),
            scp: None,
            uti: Some(base64url(&random::<16>())),
            ver: ver.to_owned(),
        }
    }
}

/// The object id of an application within its tenant: the same each time, nowhere stored.
pub fn object_id(tenant: &str, app_id: &str) -> String {
    let name = format!("{}/{}", tenant.to_ascii_lowercase(), app_id.to_ascii_lowercase());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// The stored secret that was shown. Secrets with another hint are passed over unhashed; when none
/// is left, the time is spent all the same.
fn prove<'a>(shown: &str, secrets: &'a [AppSecret]) -> Option<&'a AppSecret> {
    let hint = secret::hint(shown);
    let mut candidates =
        secrets.iter().filter(|it| it.hint.is_empty() || it.hint == hint).peekable();
    if candidates.peek().is_none() {
        secret::verify_nobody(shown);
        return None;
    }
    candidates.find(|candidate| secret::verify(shown, &candidate.hash))
}

//! The record of a person, as others store it, and what a token says that speaks for one.

use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    oauth::grant::LIFETIME,
    text::{base64url, random},
    token::Claims,
};

/// A person of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRecord {
    /// The object id, a GUID.
    pub id: String,
    /// The name to sign in with, in lower case.
    pub user_principal_name: String,
    /// What people call them.
    pub display_name: String,
    /// Their mail address.
    #[serde(default)]
    pub mail: Option<String>,
}

/// What a token for a person is issued for.
#[derive(Debug, Clone, Copy)]
pub struct Delegation<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The client id of the application that the person uses.
    pub app_id: &'a str,
    /// What the person lets it do.
    pub scopes: &'a [String],
    /// The base of the issuer.
    pub own_url: &'a str,
    /// The moment.
    pub now: Timestamp,
}

impl UserRecord {
    /// What such a token says.
    pub fn claims(&self, given: &Delegation<'_>) -> Claims {
        let base = given.own_url.trim_end_matches('/');
        let at = given.now.unix_seconds();
        Claims {
            aud: "https://graph.microsoft.com".to_owned(),
            iss: format!("{base}/{}/v2.0", given.tenant),
            iat: at,
            nbf: at,
            exp: at + LIFETIME,
            appid: None,
            azp: Some(given.app_id.to_owned()),
            app_displayname: None,
            idtyp: Some("user".to_owned()),
            name: Some(self.display_name.clone()),
            preferred_username: Some(self.user_principal_name.clone()),
            oid: self.id.clone(),
            sub: self.id.clone(),
            tid: given.tenant.to_owned(),
            roles: Vec::new(),
            scp: Some(given.scopes.join(" ")),
            uti: Some(base64url(&random::<16>())),
            ver: "2.0".to_owned(),
        }
    }
}

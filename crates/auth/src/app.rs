//! The record of a registered application, as others store it.
//!
//! A secret is known here by its hash and by a hint: its first characters, which people see in a
//! list and which tell the one candidate to verify, so that a request costs one slow hash however
//! many secrets an application has.

use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A registered application of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRecord {
    /// The client id, a GUID.
    pub app_id: String,
    /// The tenant that it belongs to, a GUID.
    pub tenant: String,
    /// What it is called.
    pub name: String,
    /// The application roles granted to it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The secrets that it may show.
    #[serde(default)]
    pub secrets: Vec<AppSecret>,
    /// A disabled application gets no tokens.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// One secret of an application; the secret itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppSecret {
    /// The id under which it is listed and removed.
    pub id: String,
    /// Its first characters ([`crate::secret::hint`]); empty when not known.
    #[serde(default)]
    pub hint: String,
    /// Its Argon2id hash as a PHC string ([`crate::secret::hash`]).
    pub hash: String,
    /// The first moment at which it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

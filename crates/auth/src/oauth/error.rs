//! What the token endpoint answers when it refuses.
//!
//! Clients read three things: the HTTP status, the OAuth2 `error`, and the numbers after `AADSTS`,
//! which libraries and runbooks know by heart. The numbers are Entra's, the sentences are ours.

use model::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::form::FormError;
use crate::text::is_guid;

/// The longest piece of a caller's text that is repeated in a description.
const LONGEST_QUOTE: usize = 200;

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct OAuthError {
    /// The HTTP status.
    pub status: u16,
    /// The OAuth2 error, such as `invalid_client`.
    pub error: &'static str,
    /// The AADSTS numbers, the leading one first.
    pub codes: Vec<u32>,
    /// `AADSTSnnnnn: …`.
    pub description: String,
}

impl OAuthError {
    fn new(status: u16, error: &'static str, code: u32, sentence: &str) -> Self {
        let description = format!("AADSTS{code}: {sentence}");
        Self { status, error, codes: vec![code], description }
    }

    /// A parameter that must be there is not.
    pub fn missing_parameter(name: &str) -> Self {
        let text = format!("The request body needs the parameter '{name}', which is missing.");
        Self::new(400, "invalid_request", 900_144, &text)
    }

    /// The form cannot be read.
    pub fn malformed(error: &FormError) -> Self {
        match error {
            FormError::Repeated(name) => {
                let text = format!("The parameter '{}' is there more than once.", quote(name));
                Self::new(400, "invalid_request", 9_000_411, &text)
            }
            FormError::TooLarge | FormError::TooMany | FormError::NotText => {
                Self::bad_input(&format!("The request is not well formed: {error}."))
            }
        }
    }

    /// The request contradicts itself or cannot be read.
    pub(crate) fn bad_input(sentence: &str) -> Self {
        Self::new(400, "invalid_request", 90_013, sentence)
    }

    /// A grant that this server does not have.
    pub fn unsupported_grant(grant: &str) -> Self {
        let text = format!("The grant type '{}' is not supported here.", quote(grant));
        Self::new(400, "unsupported_grant_type", 70_003, &text)
    }

    /// A scope that is not one resource followed by `/.default`.
    pub fn scope_without_default(scope: &str) -> Self {
        let text = format!(
            "The scope '{}' is not valid. With client credentials the scope is one resource \
             followed by '/.default' (AADSTS1002012).",
            quote(scope)
        );
        let mut refused = Self::new(400, "invalid_scope", 70_011, &text);
        refused.codes.push(1_002_012);
        refused
    }

    /// A resource that tokens are not issued for.
    pub fn unknown_resource(resource: &str, tenant: &str) -> Self {
        let text = format!(
            "No resource named '{}' is known in the tenant '{}'.",
            quote(resource),
            quote(tenant)
        );
        Self::new(400, "invalid_resource", 500_011, &text)
    }

    /// No such tenant: a name that could be one, or one that could not.
    pub fn unknown_tenant(tenant: &str) -> Self {
        let quoted = quote(tenant);
        if is_guid(tenant) || looks_like_domain(tenant) {
            let text = format!("The tenant '{quoted}' does not exist on this server.");
            Self::new(400, "invalid_request", 90_002, &text)
        } else {
            let text = format!("'{quoted}' is neither a tenant's GUID nor a domain name.");
            Self::new(400, "invalid_request", 900_023, &text)
        }
    }

    /// No such application in the tenant.
    pub fn unknown_client(app_id: &str, tenant: &str) -> Self {
        let text = format!(
            "The application '{}' was not found in the tenant '{}'.",
            quote(app_id),
            quote(tenant)
        );
        Self::new(400, "unauthorized_client", 700_016, &text)
    }

    /// The application is switched off.
    pub fn disabled_client(app_id: &str) -> Self {
        let text = format!("The application '{}' is disabled.", quote(app_id));
        Self::new(400, "unauthorized_client", 7_000_112, &text)
    }

    /// The secret is wrong.
    pub fn wrong_secret(app_id: &str) -> Self {
        let text = format!(
            "The client secret is not one of the application '{}'. Send the secret itself, not \
             its id.",
            quote(app_id)
        );
        Self::new(401, "invalid_client", 7_000_215, &text)
    }

    /// The secret was right once.
    pub fn expired_secret(app_id: &str) -> Self {
        let text = format!("The client secret of the application '{}' is expired.", quote(app_id));
        Self::new(401, "invalid_client", 7_000_222, &text)
    }

    /// Neither a secret nor another credential.
    pub fn missing_credential() -> Self {
        let text = "The request needs a 'client_secret', in its body or as HTTP Basic.";
        Self::new(401, "invalid_client", 7_000_216, text)
    }

    /// The authorization endpoint of an instance discovery is not one.
    pub fn unknown_instance(endpoint: &str) -> Self {
        let text = format!("'{}' is not an authorization endpoint.", quote(endpoint));
        Self::new(400, "invalid_instance", 50_049, &text)
    }

    /// The token could not be made; the cause is in the server's log.
    pub fn server_error() -> Self {
        Self::new(500, "server_error", 90_033, "The token could not be issued. Please try again.")
    }

    /// The body of the answer.
    pub fn to_json(&self, now: Timestamp, trace_id: Uuid, correlation_id: Uuid) -> Value {
        let timestamp = blank_timestamp(now);
        let description = format!(
            "{} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
            self.description
        );
        json!({
            "error": self.error,
            "error_description": description,
            "error_codes": self.codes,
            "timestamp": timestamp,
            "trace_id": trace_id.to_string(),
            "correlation_id": correlation_id.to_string(),
        })
    }
}

/// A caller's text for a message: short and without control characters.
fn quote(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(LONGEST_QUOTE).collect()
}

fn looks_like_domain(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// `2026-01-05 10:20:30Z`.
fn blank_timestamp(now: Timestamp) -> String {
    let text = now.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ") + "Z"
}

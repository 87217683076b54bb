//! What the token endpoint answers when it grants. To be sent with `Cache-Control: no-store`.

use serde_json::{Value, json};

use super::Endpoint;
use super::grant::{Grant, LIFETIME};
use crate::token::Claims;

/// The body of the answer: numbers in version 2, texts in version 1, as clients of each expect.
pub fn to_json(grant: &Grant, claims: &Claims, token: &str) -> Value {
    // One second less than the truth, so that a client never shows a token in its last instant.
    let lasts = LIFETIME - 1;
    match grant.endpoint {
        Endpoint::V2 => json!({
            "token_type": "Bearer",
            "expires_in": lasts,
            "ext_expires_in": lasts,
            "access_token": token,
        }),
        Endpoint::V1 => json!({
            "token_type": "Bearer",
            "expires_in": lasts.to_string(),
            "ext_expires_in": lasts.to_string(),
            "expires_on": claims.exp.to_string(),
            "not_before": claims.nbf.to_string(),
            "resource": grant.resource,
            "access_token": token,
        }),
    }
}

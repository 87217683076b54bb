//! What is known of a request before anything is done: its ids, its time, the address used, and,
//! once asked, who sent it.

use std::net::IpAddr;

use auth::{
    bearer,
    context::{Caller, OpCx},
    token,
};
use http::{HeaderMap, header};
use model::code::Code;
use uuid::Uuid;

use crate::{
    problem::{Problem, Trace},
    state::State,
};

/// A request's own facts.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Ids and time.
    pub trace: Trace,
    /// `https://host:port` as the client used it.
    pub base: String,
}

impl Asked {
    /// Reads them off the headers.
    pub fn new(state: &State, headers: &HeaderMap, peer: IpAddr) -> Self {
        let client = headers.get("client-request-id").and_then(|value| value.to_str().ok());
        let client = client.filter(|id| is_id(id));
        let trace = Trace {
            request_id: Uuid::new_v4(),
            client_request_id: client.map(str::to_owned),
            now: (state.clock)(),
        };
        Self { trace, base: state.address.base_url(headers, peer) }
    }

    /// The facts of one part of a batch, which has ids of its own.
    pub fn part(&self, headers: Option<&serde_json::Value>) -> Self {
        let said = headers.and_then(serde_json::Value::as_object);
        let client = said.and_then(|it| {
            let named = |(name, _): &(&String, _)| name.eq_ignore_ascii_case("client-request-id");
            it.iter().find(named).and_then(|(_, value)| value.as_str())
        });
        let client = client.filter(|it| is_id(it)).map(str::to_owned);
        let trace = Trace {
            request_id: Uuid::new_v4(),
            client_request_id: client.or_else(|| self.trace.client_request_id.clone()),
            now: self.trace.now,
        };
        Self { trace, base: self.base.clone() }
    }

    /// Verifies the bearer token and makes the operation's context.
    pub fn authenticate(&self, state: &State, headers: &HeaderMap) -> Result<OpCx, Problem> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let refused = |error: token::TokenError| {
            Problem::new(Code::Unauthenticated, format!("the access token is not valid: {error}"))
        };
        let jwt = bearer::token(header).map_err(refused)?;
        let expect = token::Expect {
            now: self.trace.now,
            own_url: &self.base,
            issuer_base: state.address.public_url.as_deref(),
            tenant: None,
        };
        let claims = token::verify(&state.keys, jwt, &expect).map_err(refused)?;
        Ok(OpCx {
            caller: Caller::from_claims(&claims),
            tenant: claims.tid.clone(),
            now: self.trace.now,
            request_id: self.trace.request_id,
            client_request_id: self.trace.client_request_id.clone(),
        })
    }
}

/// Short and printable, so that it may be echoed.
fn is_id(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic())
}

impl From<platform::fault::Fault> for Problem {
    fn from(fault: platform::fault::Fault) -> Self {
        use platform::fault::Fault;
        let code = fault.code();
        if code == Code::Internal {
            let mut causes = String::new();
            let mut cause = std::error::Error::source(&fault);
            while let Some(error) = cause {
                causes.push_str(": ");
                causes.push_str(&error.to_string());
                cause = error.source();
            }
            tracing::error!(error = %format!("{fault}{causes}"), "request failed");
        }
        let retry_after = matches!(code, Code::TooManyRequests | Code::Unavailable).then_some(1);
        let target = match &fault {
            Fault::Invalid { field, .. } => Some(field.clone()),
            _ => None,
        };
        Self { code, message: fault.to_string(), target, retry_after, allow: None }
    }
}

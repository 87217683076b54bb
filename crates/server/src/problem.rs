//! Errors on the wire: Graph's envelope, and the one place that turns a [`Code`] into a status.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, StatusCode, header};
use model::{code::Code, time::Timestamp};
use serde_json::json;
use uuid::Uuid;

/// The ids and the time that every answer repeats.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Ours.
    pub request_id: Uuid,
    /// The caller's, if it is printable and short.
    pub client_request_id: Option<String>,
    /// When the request came.
    pub now: Timestamp,
}

/// What went wrong, for the person who must act.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Decides status and error code.
    pub code: Code,
    /// What was wrong, where, what would be right.
    pub message: String,
    /// The member or query option at fault.
    pub target: Option<String>,
    /// For 429 and 503.
    pub retry_after: Option<u32>,
    /// For 405: what is allowed instead.
    pub allow: Option<String>,
}

impl Problem {
    /// A problem without further facts.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), target: None, retry_after: None, allow: None }
    }

    /// The same, naming the member or option at fault.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// A method that the resource does not have, with those it has.
    pub fn method(method: &Method, allow: &str) -> Self {
        let message = format!("{method} is not allowed here; allowed: {allow}");
        Self { allow: Some(allow.to_owned()), ..Self::new(Code::MethodNotAllowed, message) }
    }

    /// The answer.
    pub fn respond(&self, trace: &Trace) -> Response {
        self.respond_as(trace, self.code.odata())
    }

    /// The answer under another error code.
    pub fn respond_as(&self, trace: &Trace, code: &str) -> Response {
        let status = status(self.code);
        let client = trace.client_request_id.clone();
        let client = client.unwrap_or_else(|| trace.request_id.to_string());
        let mut error = json!({
            "code": code,
            "message": self.message,
            "innerError": {
                "date": trace.now.to_string().get(..19),
                "request-id": trace.request_id.to_string(),
                "client-request-id": client,
            }
        });
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        let mut response = Response::new(Body::from(json!({ "error": error }).to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"\", error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.clamp(1, 179)));
        }
        let allow = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok());
        if let Some(allow) = allow {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

/// The status of a code.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::BadRequest | Code::Unconfirmed => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Gone => StatusCode::GONE,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
    }
}

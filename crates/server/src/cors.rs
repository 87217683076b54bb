//! Cross-origin requests, as configured: which origins of web pages may call, and what they may
//! read. Without a configuration no header is sent, so browsers refuse.
//!
//! Credentials travel in `Authorization`, never in cookies, so no answer allows credentials.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::wire;

/// What pages may send.
const SENT: &str = "Accept, Authorization, Client-Request-Id, ConsistencyLevel, Content-Type, \
                    If-Match, If-None-Match, Prefer, SdkVersion";
/// What pages may read beside the simple headers.
const SHOWN: &str = "ETag, Location, OData-Version, Preference-Applied, Retry-After, Warning, \
                     client-request-id, request-id";
/// How long a browser may remember a preflight, in seconds.
const REMEMBERED: &str = "3600";

/// The origins that may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Any page.
    Any,
    /// Pages of these origins, `https://portal.example`.
    Only(Vec<String>),
}

impl Cors {
    /// Reads a list of origins; `*` alone is any.
    pub fn parse(origins: &[String]) -> Option<Self> {
        let bare = |it: &String| it.trim().trim_end_matches('/').to_ascii_lowercase();
        let origins: Vec<String> = origins.iter().map(bare).filter(|it| !it.is_empty()).collect();
        if origins.is_empty() {
            return None;
        }
        Some(if origins.iter().any(|it| it == "*") { Self::Any } else { Self::Only(origins) })
    }

    /// The value of `Access-Control-Allow-Origin` for a request, when its origin may call.
    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        match self {
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::Only(origins) => {
                let said = origin.to_str().ok()?.to_ascii_lowercase();
                origins.contains(&said).then(|| origin.clone())
            }
        }
    }

    /// The answer to a preflight; none when the request is something else.
    pub fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if *method != Method::OPTIONS || !asks {
            return None;
        }
        let mut response = wire::empty(StatusCode::NO_CONTENT);
        if let Some(origin) = self.allowed(headers) {
            let told = response.headers_mut();
            told.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PATCH, PUT, DELETE"),
                (header::ACCESS_CONTROL_ALLOW_HEADERS, SENT),
                (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
            ] {
                told.insert(name, HeaderValue::from_static(value));
            }
        }
        vary(response.headers_mut());
        Some(response)
    }

    /// Lets the page read an answer, if its origin may.
    pub fn permit(&self, asked: &HeaderMap, told: &mut HeaderMap) {
        if let Some(origin) = self.allowed(asked) {
            told.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let shown = HeaderValue::from_static(SHOWN);
            told.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, shown);
        }
        vary(told);
    }
}

fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn asked(origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH".parse().unwrap());
        headers
    }

    #[test]
    fn only_the_origins_named_may_call() {
        let cors = Cors::parse(&["https://portal.example/".to_owned()]).unwrap();
        let told = cors.preflight(&Method::OPTIONS, &asked("https://portal.example")).unwrap();
        let allowed = &told.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN];
        assert_eq!(allowed, "https://portal.example");
        let told = cors.preflight(&Method::OPTIONS, &asked("https://evil.example")).unwrap();
        assert!(!told.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert!(cors.preflight(&Method::GET, &asked("https://portal.example")).is_none());
        assert_eq!(Cors::parse(&[]), None);
        assert_eq!(Cors::parse(&["*".to_owned()]), Some(Cors::Any));
    }
}

//! The description of the API (`/openapi/v1.0.json`, `/openapi/beta.json`), made from the model and
//! the permission table, and a page to browse it (`/openapi`).
//!
//! Both are public, as `$metadata` is: they say what exists and what it needs, nothing of anybody's
//! data. The page is one file, and asks nobody else for anything.

use std::sync::OnceLock;

use auth::policy::policy;
use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use model::Version;
use platform::{areas::unbuilt, call::Method};

/// The page.
const PAGE: &str = include_str!("description.html");
/// What the page may do: run its own script and ask its own server.
const RULES: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                     connect-src 'self'; base-uri 'none'; form-action 'none'; \
                     frame-ancestors 'none'";

/// The description that a file name stands for.
pub fn answer(file: &str) -> Option<Response> {
    static V1: OnceLock<Bytes> = OnceLock::new();
    static BETA: OnceLock<Bytes> = OnceLock::new();
    let (version, made) = match file {
        "v1.0.json" => (Version::V1, &V1),
        "beta.json" => (Version::Beta, &BETA),
        _ => return None,
    };
    let text = made.get_or_init(|| {
        // What is only declared is no offer yet.
        let mut offers = policy().offers(version.as_str());
        offers.retain(|it| {
            let method = Method::parse(it.method);
            method.is_none_or(|method| !unbuilt::is_unbuilt(method, it.template))
        });
        Bytes::from(model::openapi::document(version, &offers).to_string())
    });
    Some(of(Body::from(text.clone()), "application/json;charset=utf-8"))
}

/// The page to browse it.
pub fn page() -> Response {
    let mut response = of(Body::from(PAGE), "text/html;charset=utf-8");
    let rules = HeaderValue::from_static(RULES);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, rules);
    response
}

fn of(body: Body, kind: &'static str) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

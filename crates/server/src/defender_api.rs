//! `/api`: the Microsoft 365 Defender API's hunting call, under both of its names.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Request, header};
use kql::answer_json::{self, Style};
use model::code::Code;
use platform::{areas::hunting::HuntRequest, call::Method};

use crate::{problem::Problem, request::Asked, request_body, state::State};

/// Runs a hunting query and answers in Defender's shape (`Stats`, `Schema`, `Results`).
pub async fn hunt(
    state: &State,
    asked: &Asked,
    template: &str,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let cx = asked.authenticate(state, &parts.headers)?;
    state.platform.open_path(&cx, Method::Post, template)?;
    let bytes = request_body::read(&parts.headers, body, state.limits.json_bytes).await?;
    let body = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(Code::BadRequest, format!("body: not valid JSON: {error}"))
    })?;
    let answer = state.platform.hunt(&cx, HuntRequest::from_body(&body)?).await?;
    let mut out = Vec::new();
    answer_json::write(&answer, &mut out, Style::Defender);
    let mut response = Response::new(Body::from(out));
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

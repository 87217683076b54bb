//! Every path the server answers. The Graph roots are driven by the model; beside them stand the
//! identity endpoints, the provider endpoints and Defender's hunting call. `Host` plays no part, so
//! one listener can stand in for several well-known hosts.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, State as Shared},
    response::Response,
};
use http::{HeaderName, HeaderValue, Method, Request};
use model::{Version, code::Code};
use serde_json::{Value, json};

use crate::{
    compress, defender_api, description, graph, identity,
    problem::{Problem, Trace},
    provider_api,
    request::Asked,
    state::State,
    wire,
};

/// The router over all of it.
pub fn router(state: State) -> Router {
    Router::new().fallback(answer).with_state(state)
}

async fn answer(
    Shared(state): Shared<State>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
) -> Response {
    let asked = Asked::new(&state, request.headers(), peer.ip());
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let headers = request.headers();
    let packs = compress::is_accepted(headers);
    let cors = state.cors.clone();
    if let Some(told) = cors.as_ref().and_then(|it| it.preflight(&method, headers)) {
        return told;
    }
    let origin = cors.is_some().then(|| headers.clone());
    // A HEAD is a GET whose body is left out, which the HTTP library does.
    if method == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    let started = std::time::Instant::now();
    let mut response = match route(&state, &asked, request).await {
        Ok(response) => response,
        Err(problem) => problem.respond(&asked.trace),
    };
    trace_headers(&mut response, &asked.trace);
    if let (Some(cors), Some(asked)) = (cors, origin) {
        cors.permit(&asked, response.headers_mut());
    }
    let response = compress::pack(packs, response).await;
    let status = response.status().as_u16();
    let request_id = &asked.trace.request_id;
    tracing::info!(%method, path, status, ms = started.elapsed().as_millis(), %request_id, "answered");
    response
}

async fn route(state: &State, asked: &Asked, request: Request<Body>) -> Result<Response, Problem> {
    let path = request.uri().path().to_owned();
    let lower = path.to_ascii_lowercase();
    let segments: Vec<&str> = lower.trim_matches('/').split('/').collect();
    match *segments.as_slice() {
        ["v1.0", ..] => below(state, asked, Version::V1, &path, request).await,
        ["beta", ..] => below(state, asked, Version::Beta, &path, request).await,
        ["provider", "v1", "alerts"] => {
            only(&request, &Method::POST)?;
            provider_api::alerts(state, asked, request).await
        }
        ["provider", "v1", "events", _] => {
            only(&request, &Method::POST)?;
            let table = path.trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
            provider_api::events(state, asked, &table, request).await
        }
        ["api", name @ ("advancedqueries" | "advancedhunting"), "run"] => {
            only(&request, &Method::POST)?;
            let template = if name == "advancedqueries" {
                "/api/advancedqueries/run"
            } else {
                "/api/advancedhunting/run"
            };
            defender_api::hunt(state, asked, template, request).await
        }
        ["api", "incidents"] => defender_api::incidents(state, asked, None, request).await,
        ["api", "incidents", id] => defender_api::incidents(state, asked, Some(id), request).await,
        ["openapi", file] => {
            only(&request, &Method::GET)?;
            description::answer(file).ok_or_else(|| unknown(&path))
        }
        ["openapi"] => {
            only(&request, &Method::GET)?;
            Ok(description::page())
        }
        [""] => {
            only(&request, &Method::GET)?;
            Ok(wire::json(&welcome(&asked.base)))
        }
        ["health"] => {
            only(&request, &Method::GET)?;
            Ok(wire::text("ok".into()))
        }
        _ => match identity::endpoint(&segments) {
            Some(endpoint) => identity::answer(state, asked, endpoint, request).await,
            None => Err(unknown(&path)),
        },
    }
}

/// The Graph surface: what follows the version, wherever slashes stand double.
async fn below(
    state: &State,
    asked: &Asked,
    version: Version,
    path: &str,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let rest = path.trim_start_matches('/');
    let rest = rest.split_once('/').map_or("", |(_, rest)| rest).to_owned();
    graph::answer(state, asked, version, &rest, request).await
}

fn only(request: &Request<Body>, method: &Method) -> Result<(), Problem> {
    if request.method() == method {
        return Ok(());
    }
    let allow = if *method == Method::GET { "GET, HEAD" } else { method.as_str() };
    Err(Problem::method(request.method(), allow))
}

/// What stands at the root of the server: where its services begin.
fn welcome(base: &str) -> Value {
    json!({
        "name": "Yagura",
        "services": [format!("{base}/v1.0"), format!("{base}/beta")],
        "metadata": format!("{base}/v1.0/$metadata"),
        "openapi": [format!("{base}/openapi/v1.0.json"), format!("{base}/openapi/beta.json")],
        "browse": format!("{base}/openapi"),
    })
}

fn unknown(path: &str) -> Problem {
    Problem::new(Code::NotFound, format!("no resource at '{}'", shown(path)))
}

/// As much of a path as a message or a line of the log can bear.
fn shown(path: &str) -> String {
    path.chars().take(200).collect()
}

fn trace_headers(response: &mut Response, trace: &Trace) {
    let id = trace.request_id.to_string();
    let client = trace.client_request_id.clone().unwrap_or_else(|| id.clone());
    let pairs = [
        ("request-id", id),
        ("client-request-id", client),
        ("odata-version", "4.0".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

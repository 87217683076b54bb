//! `/api`: the Microsoft 365 Defender API: its hunting call under both of its names, and incidents
//! in its own shape.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Request, header};
use kql::answer_json::{self, Style};
use model::code::Code;
use platform::{areas::hunting::HuntRequest, call::Method};

use serde_json::{Map, Value, json};

use crate::{problem::Problem, request::Asked, request_body, state::State, wire};

/// Answers `/api/incidents` and one of them.
pub async fn incidents(
    state: &State,
    asked: &Asked,
    id: Option<&str>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let cx = asked.authenticate(state, &parts.headers)?;
    let method = match (id, parts.method.as_str()) {
        (_, "GET") => Method::Get,
        (Some(_), "PATCH") => Method::Patch,
        (None, _) => return Err(Problem::method(&parts.method, "GET, HEAD")),
        (Some(_), _) => return Err(Problem::method(&parts.method, "GET, HEAD, PATCH")),
    };
    let template = if id.is_some() { "/api/incidents/{id}" } else { "/api/incidents" };
    state.platform.open_path(&cx, method, template)?;
    let mut doc = Map::new();
    let context = format!("{}/api/$metadata#Incidents", asked.base);
    let Some(id) = id else {
        let query = parts.uri.query().unwrap_or_default();
        let page = state.platform.defender_list(&cx, query).await?;
        doc.insert("@odata.context".to_owned(), json!(context));
        doc.extend(page.count.map(|it| ("@odata.count".to_owned(), json!(it))));
        doc.extend(page.next.map(|query| {
            let link = format!("{}{}?{query}", asked.base, parts.uri.path());
            ("@odata.nextLink".to_owned(), json!(link))
        }));
        doc.insert("value".to_owned(), Value::Array(page.items));
        return Ok(wire::json(&Value::Object(doc)));
    };
    let incident = if method == Method::Get {
        state.platform.defender_get(&cx, id).await?
    } else {
        let bytes = request_body::read(&parts.headers, body, state.limits.json_bytes).await?;
        let sent = serde_json::from_slice(&bytes).map_err(|error| {
            Problem::new(Code::BadRequest, format!("body: not valid JSON: {error}"))
        })?;
        // A write, once begun, runs to its end.
        let (platform, id) = (state.platform.clone(), id.to_owned());
        let run = async move { platform.defender_patch(&cx, &id, Some(sent)).await };
        tokio::spawn(run).await.map_err(|error| {
            tracing::error!(%error, "a write ended in a panic");
            Problem::new(Code::Internal, "the write failed")
        })??
    };
    doc.insert("@odata.context".to_owned(), json!(format!("{context}/$entity")));
    if let Value::Object(members) = incident {
        doc.extend(members);
    }
    Ok(wire::json(&Value::Object(doc)))
}

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

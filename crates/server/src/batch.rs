//! `$batch`: several requests in one, each answered as if it had come alone.
//!
//! Parts go through the same pipeline as any request, with their own right, limits and ids, so one
//! that fails fails alone. They run one after another, those they depend on first; a part whose
//! dependency failed is answered with 424. Nothing is atomic over parts. The envelope is read by
//! `model::batch`.

use axum::{body::Body, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{
    Version,
    batch::{self, Part},
    code::Code,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::{form::Form, graph, problem::Problem, request::Asked, state::State};

/// Most bytes of all answers together; parts beyond it are refused.
const MOST_ANSWERED: usize = 64 << 20;
/// What a URL may not carry as it is.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'#');
/// Headers of a part that are the batch's to say.
const OUTER: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
];

/// Answers a batch whose sender is known. `body` is the batch as sent.
pub async fn answer(
    state: &State,
    asked: &Asked,
    version: Version,
    headers: &HeaderMap,
    body: Option<Value>,
) -> Result<Response, Problem> {
    let parts = batch::read(body).map_err(|error| Problem {
        target: error.target.clone(),
        ..Problem::new(error.code(), error.to_string())
    })?;
    let mut failed = vec![false; parts.len()];
    let mut responses = Vec::with_capacity(parts.len());
    let mut room = MOST_ANSWERED;
    for (place, part) in parts.iter().enumerate() {
        let trace = asked.part(part.sent.get("headers"));
        let broken = part.after.iter().find(|it| failed.get(**it).copied().unwrap_or(false));
        let answered = if let Some(broken) = broken {
            let of = parts.get(*broken).map_or("", |it| it.id.as_str());
            failed_dependency(&trace, of)
        } else if room == 0 {
            let message = "the answers of this batch are too large together";
            Problem::new(Code::PayloadTooLarge, message).respond(&trace.trace)
        } else {
            match run(state, &trace, version, headers, part).await {
                Ok(response) => response,
                Err(problem) => problem.respond(&trace.trace),
            }
        };
        if let Some(slot) = failed.get_mut(place) {
            *slot = !answered.status().is_success() && !answered.status().is_redirection();
        }
        responses.push(told(&part.id, answered, &trace, &mut room).await);
    }
    let text = json!({ "responses": responses }).to_string();
    let mut response = Response::new(Body::from(text));
    let kind = Form::default().content_type();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Runs one part through the pipeline.
async fn run(
    state: &State,
    asked: &Asked,
    version: Version,
    outer: &HeaderMap,
    part: &Part,
) -> Result<Response, Problem> {
    let wrong = |member: &str, what: &str| {
        Problem::new(Code::BadRequest, format!("{member}: {what}")).target(member)
    };
    let method = Method::from_bytes(part.text("method").to_ascii_uppercase().as_bytes())
        .map_err(|_| wrong("method", "is needed and must be the name of a verb"))?;
    let url = part.text("url");
    if url.is_empty() {
        return Err(wrong("url", "is needed"));
    }
    let (version, url) = batch::rooted(version, url).ok_or_else(|| {
        Problem::new(Code::NotFound, "url: it leads out of this service").target("url")
    })?;
    let uri = format!("/{}/{}", version.as_str(), utf8_percent_encode(&url, UNSAFE));
    let mut request = Request::builder()
        .method(if method == Method::HEAD { Method::GET } else { method.clone() })
        .uri(uri)
        .body(body_of(part)?)
        .map_err(|_| wrong("url", "cannot be read"))?;
    *request.headers_mut() = headers_of(part, outer);
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let rest = path.split_once('/').map_or("", |(_, rest)| rest);
    if rest.trim_matches('/').eq_ignore_ascii_case("$batch")
        || rest.trim_matches('/').eq_ignore_ascii_case("%24batch")
    {
        return Err(wrong("url", "a batch within a batch is not supported"));
    }
    let mut response = Box::pin(graph::answer(state, asked, version, rest, request)).await?;
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    Ok(response)
}

/// JSON as it is; text under another content type is base64url.
fn body_of(part: &Part) -> Result<Body, Problem> {
    match part.sent.get("body") {
        None | Some(Value::Null) => Ok(Body::empty()),
        Some(Value::String(text)) if !is_json(part) => {
            let bare = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
            let bytes = URL_SAFE_NO_PAD.decode(bare).map_err(|_| {
                let message = "body: under this Content-Type it must be base64url";
                Problem::new(Code::BadRequest, message).target("body")
            })?;
            Ok(Body::from(bytes))
        }
        Some(value) => Ok(Body::from(value.to_string())),
    }
}

fn is_json(part: &Part) -> bool {
    let headers = part.sent.get("headers").and_then(Value::as_object);
    let kind = headers
        .and_then(|it| it.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")))
        .and_then(|(_, value)| value.as_str());
    kind.is_none_or(|it| it.to_ascii_lowercase().contains("json"))
}

/// The part's own headers, with the batch's token.
fn headers_of(part: &Part, outer: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let sent = part.sent.get("headers").and_then(Value::as_object);
    for (name, value) in sent.into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&text))
            && !OUTER.contains(&name)
        {
            headers.append(name, value);
        }
    }
    if let Some(token) = outer.get(header::AUTHORIZATION) {
        headers.insert(header::AUTHORIZATION, token.clone());
    }
    headers
}

fn failed_dependency(asked: &Asked, of: &str) -> Response {
    let message = format!("the request '{of}', which this one depends on, failed");
    let problem = Problem::new(Code::Conflict, message);
    let mut response = problem.respond_as(&asked.trace, "FailedDependency");
    *response.status_mut() = StatusCode::FAILED_DEPENDENCY;
    response
}

/// A part's answer as a member of the batch's.
async fn told(id: &str, response: Response, asked: &Asked, room: &mut usize) -> Value {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    *room = room.saturating_sub(bytes.len());
    let mut headers = Map::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap_or_default();
        headers.insert(wire_name(name.as_str()), Value::from(value));
    }
    headers.insert("request-id".to_owned(), asked.trace.request_id.to_string().into());
    if let Some(client) = &asked.trace.client_request_id {
        headers.insert("client-request-id".to_owned(), client.as_str().into());
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.unwrap_or_default();
    let mut answer = json!({"id": id, "status": parts.status.as_u16(), "headers": headers});
    if !bytes.is_empty() {
        answer["body"] = if kind.contains("json") {
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        } else if kind.starts_with("text/") {
            Value::from(String::from_utf8_lossy(&bytes))
        } else {
            Value::from(URL_SAFE_NO_PAD.encode(&bytes))
        };
    }
    answer
}

/// `content-type` as `Content-Type`, which is how clients look it up.
fn wire_name(name: &str) -> String {
    if name == "etag" {
        return "ETag".to_owned();
    }
    let word = |it: &str| {
        let mut letters = it.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_written_as_clients_look_them_up() {
        assert_eq!(wire_name("content-type"), "Content-Type");
        assert_eq!(wire_name("etag"), "ETag");
    }
}

//! `/v1.0` and `/beta`: from a request line to a call on the platform and back.
//!
//! The order is fixed: who is it (401), what is it (404), may they (403), are the options right
//! (400), and only then is the body read.

use auth::OpCx;
use axum::{body::Body, response::Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, header};
use model::{
    Model, Version,
    code::Code,
    facts::Facts,
    path::{Bound, Target},
    query::{Options, QueryError},
};
use platform::{
    Platform,
    call::{Call, Method, Permit, Prefer},
    fault::Fault,
};
use serde_json::{Value, json};

use crate::{
    batch,
    form::Form,
    problem::Problem,
    request::Asked,
    request_body,
    state::State,
    wire::{self, Place},
    wishes::prefer,
};

/// Answers one request below a version root. `path` is what follows the version.
pub async fn answer(
    state: &State,
    asked: &Asked,
    version: Version,
    path: &str,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let model = model::graph(version);
    let resolved = model::path::resolve(model, path);
    if let Ok(target @ (Target::ServiceDocument | Target::Metadata)) = &resolved {
        if parts.method != http::Method::GET {
            return Err(Problem::method(&parts.method, &allowed(version, target)));
        }
        return Ok(match target {
            Target::Metadata => metadata_document(model),
            _ => service_document(model, version, asked, Form::asked(&parts.headers, None, false)?),
        });
    }
    let cx = asked.authenticate(state, &parts.headers)?;
    let target = resolved.map_err(|error| Problem::new(error.code(), error.to_string()))?;
    if parts.method == http::Method::OPTIONS {
        return Ok(wire::allow(&allowed(version, &target)));
    }
    if matches!(target, Target::Batch) {
        if parts.method != http::Method::POST {
            return Err(Problem::method(&parts.method, &allowed(version, &target)));
        }
        let body = json_body(&parts.headers, body, state.limits.json_bytes).await?;
        return batch::answer(state, asked, version, &parts.headers, body).await;
    }
    let method = Method::parse(parts.method.as_str())
        .ok_or_else(|| Problem::method(&parts.method, &allowed(version, &target)))?;
    let call = Call { version, method, target: target.clone(), options: Options::default() };
    let permit = state.platform.open(&cx, call).map_err(|fault| {
        let not_a_verb = matches!(fault, Fault::MethodNotAllowed { .. });
        let allow = not_a_verb.then(|| allowed(version, &target));
        Problem { allow, ..Problem::from(fault) }
    })?;
    let options = options(model, &target, parts.uri.query().unwrap_or_default())
        .map_err(|error| Problem::new(error.code(), error.to_string()))?;
    let any = matches!(&target, Target::Count(_)) || is_bare(&target);
    let form = Form::asked(&parts.headers, options.format.as_deref(), any)?;
    let permit = permit.with_options(options.clone());
    let prefer = prefer(&parts.headers);
    let is_stream = matches!(&target, Target::Property(it) if it.is_stream());
    if is_stream && method == Method::Put {
        return put_stream(state, cx, permit, &parts.headers, body, prefer).await;
    }
    let body = match method {
        Method::Get | Method::Delete => None,
        Method::Post | Method::Patch | Method::Put => {
            json_body(&parts.headers, body, state.limits.json_bytes).await?
        }
    };
    let wishes = prefer.clone();
    let place = Place {
        base: &asked.base,
        version,
        path: parts.uri.path(),
        options: &options,
        form,
        model,
        method,
        target: &target,
        prefer: &wishes,
        headers: &parts.headers,
    };
    let platform = state.platform.clone();
    let run = async move { platform.run(&cx, permit, body, prefer).await };
    // A read stops with its connection. A write, once begun, runs to its end.
    let reply = match method {
        Method::Get => run.await,
        _ if is_hunt(&parts) => run.await,
        _ => tokio::spawn(run).await.map_err(|error| {
            tracing::error!(%error, "a write ended in a panic");
            Problem::new(Code::Internal, "the write failed")
        })?,
    }?;
    Ok(place.respond(reply))
}

/// The query options, read for what the target answers with.
fn options(
    model: &'static Model,
    target: &Target<'static>,
    query: &str,
) -> Result<Options, QueryError> {
    match target {
        Target::Collection(set)
        | Target::Count(set)
        | Target::Delta(set)
        | Target::Item(set, _) => Options::parse(model, set, query),
        Target::Property(property) => Options::parse(model, &property.set, query),
        Target::Singleton(one) => Options::parse_for(model, one.ty(), &Facts::default(), query),
        Target::Operation(call) => match &call.bound_to {
            Bound::Collection(set) | Bound::Item(set, _) => Options::parse(model, set, query),
            Bound::Singleton(one) => Options::parse_for(model, one.ty(), &Facts::default(), query),
            Bound::Unbound => Ok(Options::default()),
        },
        Target::Linked(link) => Options::parse_for(model, link.nav.target, &link.nav.facts, query),
        Target::Ref(_) | Target::ServiceDocument | Target::Metadata | Target::Batch => {
            Ok(Options::default())
        }
    }
}

/// A hunt is a POST that writes nothing: it stops with its connection.
fn is_hunt(parts: &Parts) -> bool {
    parts.uri.path().to_ascii_lowercase().ends_with("runhuntingquery")
}

async fn json_body(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Option<Value>, Problem> {
    require_json(headers)?;
    let bytes = request_body::read(headers, body, limit).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| Problem::new(Code::BadRequest, format!("body: not valid JSON: {error}")))
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") || kind.eq_ignore_ascii_case("text/json") {
        return Ok(());
    }
    let message = format!("Content-Type '{kind}' is not supported; application/json is");
    Err(Problem::new(Code::UnsupportedMediaType, message))
}

/// A media stream comes as it is.
async fn put_stream(
    state: &State,
    cx: OpCx,
    permit: Permit,
    headers: &HeaderMap,
    body: Body,
    prefer: Prefer,
) -> Result<Response, Problem> {
    let bytes = request_body::read(headers, body, state.limits.json_bytes).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.unwrap_or("application/octet-stream").to_owned();
    let platform = state.platform.clone();
    let run = async move { platform.write_stream(&cx, permit, kind, bytes.to_vec(), prefer).await };
    // A write, once begun, runs to its end.
    tokio::spawn(run).await.map_err(|error| {
        tracing::error!(%error, "a write ended in a panic");
        Problem::new(Code::Internal, "the write failed")
    })??;
    Ok(wire::empty(http::StatusCode::NO_CONTENT))
}

/// Is the answer a bare value, or its length?
fn is_bare(target: &Target<'_>) -> bool {
    matches!(target, Target::Property(it) if it.count || it.value || it.is_stream())
}

/// The value of `Allow` for a target.
fn allowed(version: Version, target: &Target<'_>) -> String {
    if matches!(target, Target::Batch) {
        return "POST, OPTIONS".to_owned();
    }
    let mut names: Vec<&str> = Vec::new();
    for verb in Platform::verbs(version, target) {
        names.push(verb.as_str());
        if verb == Method::Get {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    names.join(", ")
}

/// What stands at the root: the sets and singletons that begin a path.
fn service_document(
    model: &'static Model,
    version: Version,
    asked: &Asked,
    form: Form,
) -> Response {
    let entry = |name: &str, kind: &str| json!({"name": name, "kind": kind, "url": name});
    let top = model.sets().iter().filter(|set| !set.kind.contains('/'));
    let mut value: Vec<Value> = top.map(|set| entry(&set.kind, "EntitySet")).collect();
    value.extend(model.singletons().iter().map(|one| entry(&one.name, "Singleton")));
    let context = format!("{}/{}/$metadata", asked.base, version.as_str());
    wire::document(form, json!({"@odata.context": context, "value": value}))
}

fn metadata_document(model: &'static Model) -> Response {
    let mut response = wire::text(model.metadata_xml().to_owned());
    let xml = HeaderValue::from_static("application/xml;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, xml);
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_json_bodies_are_read() {
        let kind = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, text.parse().unwrap());
            require_json(&headers).map_err(|problem| problem.message)
        };
        assert!(kind("application/json; charset=utf-8").is_ok());
        assert_eq!(
            kind("text/csv").unwrap_err(),
            "Content-Type 'text/csv' is not supported; application/json is"
        );
    }
}

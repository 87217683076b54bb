//! `/v1.0` and `/beta`: from a request line to a call on the platform and back.
//!
//! The order is fixed: who is it (401), what is it (404), may they (403), are the options right
//! (400), and only then is the body read.

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
    call::{Call, Method, Prefer},
    fault::Fault,
};
use serde_json::{Value, json};

use crate::{
    problem::Problem,
    request::Asked,
    request_body,
    state::State,
    wire::{self, Metadata, Place},
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
            return Err(Problem::method(&parts.method, &allowed(target)));
        }
        return Ok(match target {
            Target::Metadata => metadata_document(model),
            _ => service_document(model, version, asked, Metadata::wanted(&parts.headers)),
        });
    }
    let cx = asked.authenticate(state, &parts.headers)?;
    let target = resolved.map_err(|error| Problem::new(error.code(), error.to_string()))?;
    if parts.method == http::Method::OPTIONS {
        return Ok(wire::allow(&allowed(&target)));
    }
    let method = Method::parse(parts.method.as_str())
        .ok_or_else(|| Problem::method(&parts.method, &allowed(&target)))?;
    let call = Call { version, method, target: target.clone(), options: Options::default() };
    let permit = state.platform.open(&cx, call).map_err(|fault| {
        let not_a_verb = matches!(fault, Fault::MethodNotAllowed { .. });
        let allow = not_a_verb.then(|| allowed(&target));
        Problem { allow, ..Problem::from(fault) }
    })?;
    let options = options(model, &target, parts.uri.query().unwrap_or_default())
        .map_err(|error| Problem::new(error.code(), error.to_string()))?;
    let metadata = Metadata::asked(&parts.headers, options.format.as_deref())?;
    let permit = permit.with_options(options.clone());
    let body = match method {
        Method::Get | Method::Delete => None,
        Method::Post | Method::Patch | Method::Put => {
            json_body(&parts.headers, body, state.limits.json_bytes).await?
        }
    };
    let prefer = prefer(&parts.headers);
    let place =
        Place { base: &asked.base, version, path: parts.uri.path(), options: &options, metadata };
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
        Target::Collection(set) | Target::Count(set) | Target::Item(set, _) => {
            Options::parse(model, set, query)
        }
        Target::Property(property) => Options::parse(model, &property.set, query),
        Target::Singleton(one) => Options::parse_for(model, one.ty, &Facts::default(), query),
        Target::Operation(call) => match &call.bound_to {
            Bound::Collection(set) | Bound::Item(set, _) => Options::parse(model, set, query),
            Bound::Singleton(one) => Options::parse_for(model, one.ty, &Facts::default(), query),
            Bound::Unbound => Ok(Options::default()),
        },
        Target::ServiceDocument | Target::Metadata | Target::Batch => Ok(Options::default()),
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

fn prefer(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for wish in values.flat_map(|value| value.split([',', ';'])).map(str::trim) {
        let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
        match name.to_ascii_lowercase().as_str() {
            "include-unknown-enum-members" => prefer.include_unknown_enum_members = true,
            "return" => prefer.representation = value.eq_ignore_ascii_case("representation"),
            "odata.maxpagesize" | "maxpagesize" => prefer.max_page_size = value.parse().ok(),
            _ => {}
        }
    }
    let if_match = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    prefer.if_match = if_match.map(bare);
    prefer
}

/// The value of `Allow` for a target.
fn allowed(target: &Target<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for verb in Platform::verbs(target) {
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
    metadata: Metadata,
) -> Response {
    let entry = |name: &str, kind: &str| json!({"name": name, "kind": kind, "url": name});
    let top = model.sets().iter().filter(|set| !set.kind.contains('/'));
    let mut value: Vec<Value> = top.map(|set| entry(&set.kind, "EntitySet")).collect();
    value.extend(model.singletons().iter().map(|one| entry(&one.name, "Singleton")));
    let context = format!("{}/{}/$metadata", asked.base, version.as_str());
    metadata.document(json!({"@odata.context": context, "value": value}))
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
    fn wishes_come_in_one_header_or_many() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "return=representation, odata.maxpagesize=7".parse().unwrap());
        headers.append("prefer", "include-unknown-enum-members".parse().unwrap());
        let wishes = prefer(&headers);
        assert!(wishes.representation && wishes.include_unknown_enum_members);
        assert_eq!(wishes.max_page_size, Some(7));
    }

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

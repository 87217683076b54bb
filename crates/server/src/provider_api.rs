//! `/provider/v1`: what security products push.
//!
//! `alerts?source=suricata` takes one object, an array, or one object a line, gzip or not; each
//! alert is judged by itself. `events/{table}` takes hunting rows, one JSON object a line.

use axum::{body::Body, response::Response};
use http::Request;
use model::code::Code;
use platform::call::Method;
use serde_json::{Value, json};

use crate::{problem::Problem, request::Asked, request_body, state::State, wire};

/// Takes a batch of alerts.
pub async fn alerts(
    state: &State,
    asked: &Asked,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let cx = asked.authenticate(state, &parts.headers)?;
    state.platform.open_path(&cx, Method::Post, "/provider/v1/alerts")?;
    let source = source(parts.uri.query().unwrap_or_default())?;
    let place = state.pushes.enter().await?;
    let bytes = request_body::read(&parts.headers, body, state.limits.push_bytes).await?;
    let most = state.limits.push_alerts;
    let items = tokio::task::spawn_blocking(move || items(&bytes, most))
        .await
        .map_err(|_| Problem::new(Code::Internal, "the batch could not be read"))??;
    let platform = state.platform.clone();
    // Once begun, a batch runs to its end even if the connection goes away.
    let push = tokio::spawn(async move {
        let _held = place;
        platform.push_alerts(&cx, &source, items).await
    });
    let report = push.await.map_err(|error| {
        tracing::error!(%error, "a push ended in a panic");
        Problem::new(Code::Internal, "the batch failed")
    })??;
    Ok(wire::json(&json!(report)))
}

/// Takes rows of a hunting table.
pub async fn events(
    state: &State,
    asked: &Asked,
    table: &str,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let cx = asked.authenticate(state, &parts.headers)?;
    state.platform.open_path(&cx, Method::Post, "/provider/v1/events/{table}")?;
    let _place = state.events.enter().await?;
    let reader = request_body::stream(body);
    let done = state.platform.hunter().ingest(&cx.tenant, table, reader).await;
    let done = done.map_err(|fault| {
        use kql::hunt::IngestFault;
        match &fault {
            IngestFault::NoTable(_) => Problem::new(Code::NotFound, fault.to_string()),
            IngestFault::Unreadable(_) => Problem::new(Code::BadRequest, fault.to_string()),
            IngestFault::Internal(cause) => {
                tracing::error!(error = %cause, table, "ingest failed");
                Problem::new(Code::Internal, fault.to_string())
            }
        }
    })?;
    let refused: Vec<Value> =
        done.refused.iter().map(|(line, reason)| json!({"line": line, "reason": reason})).collect();
    Ok(wire::json(&json!({
        "rows": done.rows, "refusedCount": done.refused_count, "refused": refused
    })))
}

fn source(query: &str) -> Result<String, Problem> {
    let named = query.split('&').find_map(|pair| pair.strip_prefix("source="));
    named.map(str::to_owned).filter(|name| !name.is_empty()).ok_or_else(|| {
        let message = "source: missing; name the product, as in ?source=suricata";
        Problem::new(Code::BadRequest, message).target("source")
    })
}

/// Splits a body into alerts. Only an array is all or nothing: past a broken item no next one can
/// be found.
fn items(bytes: &[u8], most: usize) -> Result<Vec<Result<Value, String>>, Problem> {
    let bad = |message: String| Problem::new(Code::BadRequest, message);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let items = match first {
        None => Vec::new(),
        Some(b'[') => serde_json::from_slice::<Vec<Value>>(bytes)
            .map_err(|error| bad(format!("body: not valid JSON: {error}")))?
            .into_iter()
            .map(Ok)
            .collect(),
        Some(_) => match serde_json::from_slice::<Value>(bytes) {
            Ok(one) => vec![Ok(one)],
            Err(_) => lines(bytes),
        },
    };
    if items.len() > most {
        let message = format!("{} alerts in one batch; at most {most}", items.len());
        return Err(Problem::new(Code::PayloadTooLarge, message));
    }
    Ok(items)
}

fn lines(bytes: &[u8]) -> Vec<Result<Value, String>> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(|line| {
            serde_json::from_slice(line).map_err(|error| format!("not valid JSON: {error}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shape(body: &str) -> Vec<String> {
        let text = |item: Result<Value, String>| item.map_or_else(|e| e, |v| v.to_string());
        items(body.as_bytes(), 50).unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn one_object_an_array_or_lines() {
        assert_eq!(shape("{\"a\":\n1}"), ["{\"a\":1}"]);
        assert_eq!(shape("[1, 2]"), ["1", "2"]);
        assert_eq!(shape("{\"a\":1}\n\n{\"b\":2}\n"), ["{\"a\":1}", "{\"b\":2}"]);
        assert!(shape("").is_empty());
    }

    #[test]
    fn a_bad_line_loses_only_itself() {
        let got = shape("{\"a\":1}\n{\"b\":\n{\"c\":3}");
        assert_eq!(got[0], "{\"a\":1}");
        assert!(got[1].starts_with("not valid JSON: EOF while parsing"), "{}", got[1]);
        assert_eq!(got[2], "{\"c\":3}");
    }

    #[test]
    fn deep_nesting_and_bad_utf8_are_refused_not_fatal() {
        let deep = "[".repeat(100_000);
        assert!(items(deep.as_bytes(), 50).unwrap_err().message.contains("recursion limit"));
        assert!(items(b"{\"a\":1}\n{\"b\":\"\xff\"}", 50).unwrap()[1].is_err());
    }
}

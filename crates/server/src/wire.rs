//! Replies as OData JSON: `@odata.context`, `@odata.nextLink`, the metadata level of `Accept`.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::{Version, code::Code, query::Options};
use platform::reply::Reply;
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// How much control information an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// No `@odata.` members but links and counts.
    None,
    /// The default.
    Minimal,
}

impl Metadata {
    /// Read off `Accept`.
    pub fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        match accept {
            Some(text) if text.to_ascii_lowercase().contains("odata.metadata=none") => Self::None,
            _ => Self::Minimal,
        }
    }

    /// The same, unless `$format` says otherwise; only JSON is spoken here.
    pub fn asked(headers: &HeaderMap, format: Option<&str>) -> Result<Self, Problem> {
        let Some(format) = format.map(str::trim) else { return Ok(Self::wanted(headers)) };
        let kind = format.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("json") && !kind.eq_ignore_ascii_case("application/json") {
            let message = "$format: this format is not spoken here; json is";
            return Err(Problem::new(Code::BadRequest, message).target("$format"));
        }
        let none = format.to_ascii_lowercase().contains("odata.metadata=none");
        Ok(if none { Self::None } else { Self::wanted(headers) })
    }

    /// A document of its own, outside any set.
    pub fn document(self, mut value: Value) -> Response {
        if self == Self::None {
            strip(&mut value);
        }
        let mut response = text(value.to_string());
        response.headers_mut().insert(header::CONTENT_TYPE, self.content_type());
        response
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::None => {
                "application/json;odata.metadata=none;odata.streaming=true;\
                 IEEE754Compatible=false;charset=utf-8"
            }
            Self::Minimal => {
                "application/json;odata.metadata=minimal;odata.streaming=true;\
                 IEEE754Compatible=false;charset=utf-8"
            }
        })
    }
}

/// What the writer must know of the request.
pub struct Place<'a> {
    /// `https://host:port`.
    pub base: &'a str,
    /// Which root.
    pub version: Version,
    /// The path as asked, with the version, percent-encoded as it came.
    pub path: &'a str,
    /// The query options as asked.
    pub options: &'a Options,
    /// The metadata level.
    pub metadata: Metadata,
}

impl Place<'_> {
    fn context(&self, of: &str) -> Value {
        json!(format!("{}/{}/$metadata#{of}", self.base, self.version.as_str()))
    }

    /// Writes a reply.
    pub fn respond(&self, reply: Reply) -> Response {
        match reply {
            Reply::Page { context, items, count, next } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                if let Some(count) = count {
                    doc.insert("@odata.count".into(), json!(count));
                }
                if let Some(next) = next {
                    let query = self.options.next_query(&next);
                    let link = format!("{}{}?{query}", self.base, self.path);
                    doc.insert("@odata.nextLink".into(), json!(link));
                }
                doc.insert("value".into(), items.into_iter().map(Value::Object).collect());
                self.json(StatusCode::OK, doc)
            }
            Reply::Entity { context, doc: entity, etag, created, preference_applied } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                doc.extend(entity);
                let location = created.then(|| self.location(&context, &doc)).flatten();
                let status = if created { StatusCode::CREATED } else { StatusCode::OK };
                let mut response = self.json(status, doc);
                let headers = response.headers_mut();
                // Weak: the same version shows other bytes under another `$select`.
                if !etag.is_empty()
                    && let Ok(etag) = HeaderValue::from_str(&format!("W/\"{etag}\""))
                {
                    headers.insert(header::ETAG, etag);
                }
                if let Some(location) = location {
                    headers.insert(header::LOCATION, location);
                }
                if preference_applied {
                    let applied = HeaderValue::from_static("return=representation");
                    headers.insert("preference-applied", applied);
                }
                response
            }
            Reply::NoContent => empty(StatusCode::NO_CONTENT),
            Reply::Count(count) => text(count.to_string()),
            Reply::Raw(raw) => text(raw),
            Reply::Value { value: Value::Null, .. } => empty(StatusCode::NO_CONTENT),
            Reply::Value { context, value } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                match value {
                    Value::Object(members) => doc.extend(members),
                    value => _ = doc.insert("value".into(), value),
                }
                self.json(StatusCode::OK, doc)
            }
            Reply::Collection { context, items } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                doc.insert("value".into(), Value::Array(items));
                self.json(StatusCode::OK, doc)
            }
            Reply::Hunt(answer) => {
                let mut out = Vec::new();
                kql::answer_json::write(&answer, &mut out, kql::answer_json::Style::Graph);
                self.bytes(StatusCode::OK, out)
            }
        }
    }

    fn location(&self, context: &str, doc: &Map<String, Value>) -> Option<HeaderValue> {
        let set = context.strip_suffix("/$entity")?;
        let id = doc.get("id")?.as_str()?;
        let (base, version) = (self.base, self.version.as_str());
        HeaderValue::from_str(&format!("{base}/{version}/{set}/{id}")).ok()
    }

    fn json(&self, status: StatusCode, doc: Map<String, Value>) -> Response {
        let mut value = Value::Object(doc);
        self.complete_links(&mut value);
        if self.metadata == Metadata::None {
            strip(&mut value);
        }
        self.bytes(status, value.to_string().into_bytes())
    }

    /// Links of expanded navigations come relative to the version's root.
    fn complete_links(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    match value {
                        Value::String(link)
                            if name.ends_with("@odata.nextLink") && !link.contains("://") =>
                        {
                            *link = format!("{}/{}/{link}", self.base, self.version.as_str());
                        }
                        value => self.complete_links(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.complete_links(item)),
            _ => {}
        }
    }

    fn bytes(&self, status: StatusCode, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, self.metadata.content_type());
        response
    }
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What a resource allows.
pub fn allow(allow: &str) -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// A JSON answer outside of OData.
pub fn json(value: &Value) -> Response {
    let mut response = text(value.to_string());
    let kind = HeaderValue::from_static("application/json;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A plain-text answer.
pub fn text(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    let plain = HeaderValue::from_static("text/plain;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// Removes what `odata.metadata=none` leaves out.
fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| {
                !matches!(name.as_str(), "@odata.context" | "@odata.etag" | "@odata.type")
            });
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

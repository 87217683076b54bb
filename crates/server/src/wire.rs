//! Replies as OData JSON: `@odata.context`, links, statuses, the form that was asked for.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::{
    Model, Version,
    edm::{Ty, TypeId},
    path::Target,
    query::Options,
};
use platform::{call::Prefer, reply::Reply};
use serde_json::{Map, Value, json};

use crate::{
    form::{Form, Metadata},
    full,
    wishes::{self, Heeded},
};

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
    /// The form asked for.
    pub form: Form,
    /// The types.
    pub model: &'a Model,
    /// What was done.
    pub method: platform::call::Method,
    /// To what.
    pub target: &'a Target<'a>,
    /// The wishes of the headers.
    pub prefer: &'a Prefer,
    /// The headers, for conditions on what is read.
    pub headers: &'a HeaderMap,
}

impl Place<'_> {
    fn context(&self, of: &str) -> Value {
        json!(format!("{}/{}/$metadata#{of}", self.base, self.version.as_str()))
    }

    /// Writes a reply.
    pub fn respond(&self, reply: Reply) -> Response {
        match reply {
            Reply::Page { context, items, count, next, delta } => {
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
                if let Some(delta) = delta {
                    let query = self.options.next_query(&delta);
                    let query = query.replacen("$skiptoken=", "$deltatoken=", 1);
                    let link = format!("{}{}?{query}", self.base, self.path);
                    doc.insert("@odata.deltaLink".into(), json!(link));
                }
                let root = context.trim_end_matches("/$delta").to_owned();
                let items = items.into_iter().map(|mut item| {
                    let url = self.entity_url(&root, &item);
                    self.bring(url.as_deref(), &mut item);
                    Value::Object(item)
                });
                doc.insert("value".into(), items.collect());
                let heeded = Heeded { page: self.prefer.max_page_size, ..self.heeded() };
                heed(self.json(StatusCode::OK, doc), &heeded)
            }
            Reply::Entity { context, doc, etag, created, preference_applied } => {
                self.entity(&context, doc, &etag, created, preference_applied)
            }
            Reply::Accepted { location } => {
                let mut response = empty(StatusCode::ACCEPTED);
                let url = format!("{}/{}/{location}", self.base, self.version.as_str());
                if let Ok(url) = HeaderValue::from_str(&url) {
                    response.headers_mut().insert(header::LOCATION, url);
                }
                response
            }
            Reply::NoContent => empty(StatusCode::NO_CONTENT),
            Reply::Done => empty(StatusCode::OK),
            Reply::Count(count) => text(count.to_string()),
            Reply::Raw(raw) => text(raw),
            Reply::Bytes { kind, bytes } => stream(&kind, bytes),
            Reply::Value { value: Value::Null, .. } => empty(StatusCode::NO_CONTENT),
            Reply::Value { context, value } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                match value {
                    Value::Object(mut members) => {
                        self.bring(None, &mut members);
                        doc.extend(members);
                    }
                    value => _ = doc.insert("value".into(), value),
                }
                heed(self.json(StatusCode::OK, doc), &self.heeded())
            }
            Reply::Collection { context, items, partial } => {
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                doc.insert("value".into(), Value::Array(items));
                let status = if partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
                heed(self.json(status, doc), &self.heeded())
            }
            Reply::Refs { context, paths, single } => {
                let root = format!("{}/{}", self.base, self.version.as_str());
                let id = |path: &String| json!(format!("{root}/{path}"));
                let mut doc = Map::new();
                doc.insert("@odata.context".into(), self.context(&context));
                if single {
                    doc.extend(paths.first().map(|it| ("@odata.id".to_owned(), id(it))));
                } else {
                    let refs = paths.iter().map(|it| json!({ "@odata.id": id(it) })).collect();
                    doc.insert("value".into(), refs);
                }
                self.json(StatusCode::OK, doc)
            }
            Reply::Hunt(answer) => {
                let mut out = Vec::new();
                kql::answer_json::write(&answer, &mut out, kql::answer_json::Style::Graph);
                self.bytes(StatusCode::OK, out)
            }
        }
    }

    fn entity(
        &self,
        context: &str,
        mut entity: Map<String, Value>,
        etag: &str,
        created: bool,
        preferred: bool,
    ) -> Response {
        let is_read = self.headers.contains_key(header::IF_NONE_MATCH) && !created;
        let tag = HeaderValue::from_str(&wishes::etag(etag)).ok().filter(|_| !etag.is_empty());
        if is_read && tag.is_some() && wishes::is_known(self.headers, etag) && !preferred {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
            return response;
        }
        let root = context.strip_suffix("/$entity");
        let location = root.filter(|_| created).and_then(|it| self.location(it, &entity));
        let url = root.and_then(|it| self.entity_url(it, &entity));
        let changed = created || self.prefer.if_match.is_some() || self.is_change();
        let silent = self.prefer.minimal && changed;
        let mut response = if silent {
            empty(StatusCode::NO_CONTENT)
        } else {
            self.bring(url.as_deref(), &mut entity);
            let mut doc = Map::new();
            doc.insert("@odata.context".into(), self.context(context));
            doc.extend(entity);
            self.json(if created { StatusCode::CREATED } else { StatusCode::OK }, doc)
        };
        let headers = response.headers_mut();
        headers.extend(tag.map(|tag| (header::ETAG, tag)));
        if silent && let Some(location) = location.clone() {
            headers.insert(HeaderName::from_static("odata-entityid"), location);
        }
        headers.extend(location.map(|it| (header::LOCATION, it)));
        let shape = match (preferred || self.prefer.representation, silent) {
            (_, true) => Some("minimal"),
            (true, false) if changed => Some("representation"),
            _ => None,
        };
        heed(response, &Heeded { shape, ..self.heeded() })
    }

    /// Was the request one that changes the entity it answers with?
    fn is_change(&self) -> bool {
        matches!(self.method, platform::call::Method::Patch | platform::call::Method::Put)
    }

    fn heeded(&self) -> Heeded {
        Heeded { unknown_members: self.prefer.include_unknown_enum_members, ..Heeded::default() }
    }

    /// The declared type of what the answer is about.
    fn ty(&self) -> Option<TypeId> {
        match self.target {
            Target::Operation(call) => match call.op.returns?.ty {
                Ty::Struct(id) => Some(id),
                Ty::Primitive(_) | Ty::Enum(_) | Ty::Untyped => None,
            },
            Target::Property(property) => match property.ty.ty {
                Ty::Struct(id) => Some(id),
                Ty::Primitive(_) | Ty::Enum(_) | Ty::Untyped => None,
            },
            target => target.set().map(model::path::Set::ty),
        }
    }

    fn bring(&self, url: Option<&str>, doc: &mut Map<String, Value>) {
        if let Some(ty) = self.ty() {
            full::bring(self.model, self.form, ty, url, doc);
        }
    }

    fn entity_url(&self, set: &str, doc: &Map<String, Value>) -> Option<String> {
        let id = doc.get("id")?.as_str()?.replace('\'', "''");
        Some(format!("{}/{}/{set}('{id}')", self.base, self.version.as_str()))
    }

    fn location(&self, set: &str, doc: &Map<String, Value>) -> Option<HeaderValue> {
        let id = doc.get("id")?.as_str()?;
        let (base, version) = (self.base, self.version.as_str());
        HeaderValue::from_str(&format!("{base}/{version}/{set}/{id}")).ok()
    }

    fn json(&self, status: StatusCode, doc: Map<String, Value>) -> Response {
        let mut value = Value::Object(doc);
        self.complete_links(&mut value);
        if self.form.metadata == Metadata::None {
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
        response.headers_mut().insert(header::CONTENT_TYPE, self.form.content_type());
        response
    }
}

fn heed(mut response: Response, heeded: &Heeded) -> Response {
    heeded.write(response.headers_mut());
    response
}

/// A document of its own, outside any set.
pub fn document(form: Form, mut value: Value) -> Response {
    if form.metadata == Metadata::None {
        strip(&mut value);
    }
    let mut response = text(value.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, form.content_type());
    response
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

/// Bytes that somebody else chose the type of: to be kept, never to be shown.
fn stream(kind: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(kind);
    let other = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(other));
    let kept = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, kept);
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

//! One operation: what it takes in its body and what it answers.

use serde_json::{Map, Value, json};

use super::{Offer, schema::Schemas, sent::Body};
use crate::{
    edm::{Primitive, Ty, TypeRef},
    model::Model,
    path::{Call, Target},
};

const ERROR: &str = "#/components/responses/error";

/// The operation object, without its id and parameters.
pub(super) fn describe(
    model: &Model,
    schemas: &mut Schemas<'_>,
    offer: &Offer<'_>,
    target: &Target<'_>,
) -> Value {
    let mut responses = answers(model, schemas, offer.method, target);
    responses.insert("4XX".to_owned(), json!({"$ref": ERROR}));
    responses.insert("5XX".to_owned(), json!({"$ref": ERROR}));
    let mut out = Map::new();
    out.insert("tags".to_owned(), json!([offer.area]));
    out.insert("summary".to_owned(), Value::from(summary(offer, target)));
    if let Some(body) = request(model, schemas, offer.method, target) {
        out.insert("requestBody".to_owned(), body);
    }
    out.insert("responses".to_owned(), Value::Object(responses));
    if !offer.roles.is_empty() {
        out.insert("x-application-roles".to_owned(), json!(offer.roles));
    }
    if !offer.scopes.is_empty() {
        out.insert("x-delegated-scopes".to_owned(), json!(offer.scopes));
    }
    Value::Object(out)
}

fn summary(offer: &Offer<'_>, target: &Target<'_>) -> String {
    let last = offer.template.trim_end_matches("/{id}").rsplit('/').next().unwrap_or_default();
    match (target, offer.method) {
        (Target::Operation(call), _) => format!("Call {}", call.op.short),
        (Target::Count(_), _) => "Count the items".to_owned(),
        (Target::Delta(_), _) => "Read what has changed".to_owned(),
        (Target::Ref(_), "GET") => "Read references".to_owned(),
        (Target::Ref(_), "DELETE") => "Remove a reference".to_owned(),
        (Target::Ref(_), _) => "Add a reference".to_owned(),
        (Target::Collection(_), "GET") => format!("List {last}"),
        (Target::Collection(_), _) => format!("Add to {last}"),
        (_, "GET") => format!("Read from {last}"),
        (_, "PATCH") => format!("Change in {last}"),
        (_, "DELETE") => format!("Delete from {last}"),
        _ => format!("Write to {last}"),
    }
}

fn request(
    model: &Model,
    schemas: &mut Schemas<'_>,
    method: &str,
    target: &Target<'_>,
) -> Option<Value> {
    let schema = match (method, target) {
        ("POST", Target::Collection(set)) => schemas.body(set.ty(), Body::Create(set.facts())),
        ("PATCH", Target::Item(set, _)) => schemas.body(set.ty(), Body::Patch(set.facts())),
        ("PATCH" | "POST", Target::Singleton(one)) => {
            schemas.body(one.ty(), Body::Patch(one.facts()))
        }
        ("POST" | "PUT", Target::Ref(_)) => json!({
            "type": "object",
            "required": ["@odata.id"],
            "properties": {"@odata.id": {"type": "string", "minLength": 1}}
        }),
        ("POST", Target::Property(it)) => {
            schemas.parameter(TypeRef { collection: false, nullable: false, ..it.ty })
        }
        ("PUT", Target::Property(_)) => {
            let bytes = json!({"application/octet-stream": {}});
            return Some(json!({"required": true, "content": bytes}));
        }
        ("POST", Target::Operation(call)) => return action_body(schemas, call),
        _ => return None,
    };
    let _ = model;
    Some(json!({"required": true, "content": {"application/json": {"schema": schema}}}))
}

fn action_body(schemas: &mut Schemas<'_>, call: &Call<'_>) -> Option<Value> {
    if call.op.parameters.is_empty() {
        return None;
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in &call.op.parameters {
        properties.insert(parameter.name.clone(), schemas.argument(parameter));
        if !parameter.optional {
            required.push(parameter.name.as_str());
        }
    }
    let needed = !required.is_empty();
    let mut schema = json!({"type": "object", "properties": properties});
    if let (true, Value::Object(members)) = (needed, &mut schema) {
        members.insert("required".to_owned(), json!(required));
    }
    Some(json!({"required": needed, "content": {"application/json": {"schema": schema}}}))
}

/// The answers of success.
fn answers(
    model: &Model,
    schemas: &mut Schemas<'_>,
    method: &str,
    target: &Target<'_>,
) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |status: u16, schema: Option<Value>| {
        let content = schema.map(|it| json!({"application/json": {"schema": it}}));
        let mut answer = json!({"description": meaning(status), "headers": headers(status)});
        if let (Some(content), Value::Object(members)) = (content, &mut answer) {
            members.insert("content".to_owned(), content);
        }
        out.insert(status.to_string(), answer);
    };
    match (method, target) {
        ("GET", Target::Collection(set)) => {
            let item = schemas.entity(set.ty());
            put(200, Some(page(item)));
        }
        ("GET", Target::Delta(set)) => {
            let item = schemas.entity(set.ty());
            put(200, Some(page(item)));
        }
        ("GET", Target::Item(set, _)) => {
            put(200, Some(schemas.entity(set.ty())));
            put(304, None);
        }
        ("GET", Target::Singleton(one)) => {
            put(200, Some(schemas.entity(one.ty())));
            put(304, None);
        }
        ("GET", Target::Linked(link)) => {
            put(200, Some(schemas.entity(link.nav.target)));
            put(204, None);
        }
        ("GET", Target::Ref(_)) => {
            put(200, Some(json!({"type": "object"})));
            put(204, None);
        }
        ("POST", Target::Collection(set)) => {
            let entity = schemas.entity(set.ty());
            match set.facts().insert_status {
                202 => put(202, None),
                status => put(status, Some(entity)),
            }
            if set.facts().insert_status == 201 {
                put(204, None);
            }
        }
        ("PATCH" | "POST", Target::Item(..) | Target::Singleton(_)) => {
            let (ty, facts) = match target {
                Target::Item(set, _) => (set.ty(), set.facts()),
                Target::Singleton(one) => (one.ty(), one.facts()),
                _ => return out,
            };
            put(200, Some(schemas.entity(ty)));
            put(204, None);
            if facts.update_status == 202 {
                put(202, None);
            }
        }
        ("POST", Target::Property(it)) => {
            let items = schemas.answer(it.ty);
            put(200, Some(value_of(items)));
        }
        ("POST", Target::Operation(call)) => match call.op.returns {
            Some(ty) => {
                put(200, Some(result(schemas, ty)));
                if !ty.collection {
                    put(204, None);
                }
                if ty.collection {
                    let item = schemas.answer(TypeRef { collection: false, ..ty });
                    put(206, Some(partial(item)));
                }
            }
            None => [200, 202, 204].into_iter().for_each(|status| put(status, None)),
        },
        ("GET", Target::Count(_) | Target::Operation(_) | Target::Property(_)) => {
            return reading(model, schemas, target);
        }
        ("PUT", Target::Property(_)) => {
            put(200, Some(json!({"type": "object"})));
            put(204, None);
        }
        _ => put(204, None),
    }
    out
}

/// Reads that may answer with something else than an object.
fn reading(_model: &Model, schemas: &mut Schemas<'_>, target: &Target<'_>) -> Map<String, Value> {
    let bytes = || ("*/*", json!({}));
    let (kind, schema) = match target {
        Target::Count(_) => ("text/plain", json!({"type": "integer", "minimum": 0})),
        Target::Operation(call) => match call.op.returns {
            Some(ty) if ty.ty == Ty::Primitive(Primitive::Stream) => bytes(),
            Some(ty) => ("application/json", result(schemas, ty)),
            None => ("application/json", json!({})),
        },
        Target::Property(it) if it.is_stream() => bytes(),
        Target::Property(it) => ("application/json", value_of(schemas.answer(it.ty))),
        _ => ("application/json", json!({})),
    };
    let mut out = Map::new();
    let content = json!({kind: {"schema": schema}});
    let answer = json!({"description": meaning(200), "headers": headers(200), "content": content});
    out.insert("200".to_owned(), answer);
    let nothing = json!({"description": meaning(204), "headers": headers(204)});
    out.insert("204".to_owned(), nothing);
    out
}

/// What an operation answers: an object as it is, anything else as `value`.
fn result(schemas: &mut Schemas<'_>, ty: TypeRef) -> Value {
    let answer = schemas.answer(ty);
    match ty.ty {
        Ty::Struct(_) if !ty.collection => answer,
        _ => value_of(answer),
    }
}

fn value_of(schema: Value) -> Value {
    json!({"type": "object", "properties": {"value": schema}})
}

/// What an operation on many answers when some failed: those are told as they were sent.
fn partial(item: Value) -> Value {
    let failed = json!({"type": "object", "required": ["Error"]});
    value_of(json!({"type": "array", "items": {"anyOf": [item, failed]}}))
}

fn page(item: Value) -> Value {
    json!({
        "type": "object",
        "required": ["value"],
        "properties": {
            "@odata.context": {"type": "string"},
            "@odata.count": {"type": "integer", "minimum": 0},
            "@odata.nextLink": {"type": "string"},
            "@odata.deltaLink": {"type": "string"},
            "value": {"type": "array", "items": item}
        }
    })
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "Done; what was asked for is in the body.",
        201 => "Made; the new entity is in the body.",
        202 => "Accepted; `Location` says where to look for the outcome.",
        206 => "Done in part; the body says what failed.",
        304 => "Nothing has changed.",
        _ => "Done.",
    }
}

/// The one form of every error.
pub(super) fn error_response() -> Value {
    json!({
        "description": "It was refused or failed; the body says why.",
        "headers": headers(400),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    })
}

/// The headers of an answer with this status.
fn headers(status: u16) -> Value {
    let named = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    let mut out = Map::new();
    for name in ["request-id", "client-request-id"] {
        out.insert(name.to_owned(), named(name));
    }
    match status {
        200 | 304 => _ = out.insert("ETag".to_owned(), named("etag")),
        201 => {
            out.insert("ETag".to_owned(), named("etag"));
            out.insert("Location".to_owned(), named("location"));
        }
        202 => _ = out.insert("Location".to_owned(), named("location")),
        400.. => _ = out.insert("Retry-After".to_owned(), named("retry-after")),
        _ => {}
    }
    Value::Object(out)
}

/// Headers that answers share.
pub(super) fn shared_headers() -> Value {
    let text = |about: &str, required: bool| json!({"description": about, "required": required, "schema": {"type": "string"}});
    json!({
        "request-id": text("The server's name for the call.", true),
        "client-request-id": text("The caller's name for the call, or the server's.", true),
        "etag": text("The version of the entity.", false),
        "location": text("Where the new entity, or the operation, is read.", false),
        "retry-after": {
            "description": "Seconds to wait, with 429 and 503.",
            "schema": {"type": "integer", "minimum": 1}
        }
    })
}

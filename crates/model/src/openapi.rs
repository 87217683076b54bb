//! The API as an OpenAPI 3.1 document, from the model and the list of what is served.
//!
//! The model knows what each path means; which operations exist is the permission table's word, so
//! the caller brings them. Every operation, its options, body and answers follow from the target
//! that its template resolves to: nothing here knows an entity by name. Structural properties have
//! paths of their own too (`…/{id}/title`); they are left out, for they would only repeat the
//! schemas.

mod operation;
mod parameter;
mod schema;
mod sent;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use self::schema::Schemas;
use crate::{
    Version, graph,
    model::{Model, Verb},
    path::{Target, resolve},
};

/// An operation that is served.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path in normal form, `/security/alerts_v2/{id}`.
    pub template: &'a str,
    /// What it is listed under.
    pub area: &'a str,
    /// Application roles of which any is enough.
    pub roles: &'a [String],
    /// Delegated scopes of which any is enough.
    pub scopes: &'a [String],
}

/// The document of a version. Offers whose template names no single thing (`/*`) are passed over.
pub fn document(version: Version, offers: &[Offer<'_>]) -> Value {
    document_of(graph(version), version, offers)
}

/// The same for any model.
pub fn document_of(model: &Model, version: Version, offers: &[Offer<'_>]) -> Value {
    let mut schemas = Schemas::new(model);
    let mut paths: Map<String, Value> = Map::new();
    let mut ids: HashSet<String> = HashSet::new();
    let covered: Vec<Offer<'_>> = properties(model, offers);
    for offer in offers.iter().chain(&covered) {
        let Some(target) = target_of(model, offer.template) else { continue };
        let place = parameter::place(model, offer.template, &target);
        let mut operation = operation::describe(model, &mut schemas, offer, &target);
        if let Value::Object(members) = &mut operation {
            let mut id = operation_id(offer);
            while !ids.insert(id.clone()) {
                id.push('_');
            }
            members.insert("operationId".to_owned(), Value::from(id));
            let mut parameters = place.parameters;
            parameters.extend(parameter::query(&mut schemas, model, offer, &target));
            if !parameters.is_empty() {
                members.insert("parameters".to_owned(), Value::Array(parameters));
            }
        }
        let path = paths.entry(place.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(offer.method.to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Security API {version}"),
            "version": version.as_str(),
            "description": "Every operation this server offers. Properties of an entity can also \
                            be read under their own path."
        },
        "servers": [{"url": format!("/{version}")}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "parameters": parameter::shared(),
            "responses": {"error": operation::error_response()},
            "headers": operation::shared_headers(),
            "schemas": schemas.finish(),
        }
    })
}

/// Properties have paths of their own that are read like `…/{id}/*`; those that are named for what
/// else they take are named for that, too.
fn properties<'a>(model: &Model, offers: &[Offer<'a>]) -> Vec<Offer<'a>> {
    let is = |method: &str, template: &str| {
        offers.iter().find(|it| it.method == method && it.template == template)
    };
    let reads = |offer: &Offer<'a>| {
        let (above, _) = offer.template.rsplit_once('/')?;
        let wide = is("GET", &format!("{above}/*"))?;
        let target = target_of(model, offer.template)?;
        let is_property = matches!(target, Target::Property(_)) && target.allows("GET");
        (is_property && is("GET", offer.template).is_none())
            .then_some(Offer { template: offer.template, ..*wide })
    };
    offers.iter().filter(|it| it.method != "GET").filter_map(reads).collect()
}

/// What a template names, with any key and the arguments of functions as aliases.
fn target_of<'m>(model: &'m Model, template: &str) -> Option<Target<'m>> {
    if template.ends_with("/*") || template == "/" || template.starts_with("/$") {
        return None;
    }
    let path = template.replace("{id}", "1");
    if let Ok(target) = resolve(model, &path) {
        return Some(target);
    }
    // A function that needs arguments does not resolve without them.
    let name = template.rsplit('/').next()?;
    let named = model.operations().iter().filter(|op| op.short == name);
    named.filter(|op| op.verb == Verb::Function).find_map(|op| {
        let list: Vec<String> =
            op.parameters.iter().map(|it| format!("{0}=@{0}", it.name)).collect();
        resolve(model, &format!("{path}({})", list.join(","))).ok()
    })
}

fn operation_id(offer: &Offer<'_>) -> String {
    let mut out = offer.method.to_ascii_lowercase();
    for word in offer.template.split('/').filter(|it| !it.is_empty()) {
        out.push('.');
        out.push_str(word.trim_matches(['{', '}', '$']));
    }
    out
}

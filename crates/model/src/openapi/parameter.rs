//! Where an operation stands and what its URL takes: keys, arguments and query options.

use serde_json::{Map, Value, json};

use super::{Offer, schema::Schemas};
use crate::{
    edm::{Ty, TypeId},
    facts::{Facts, Listed},
    model::{Model, Verb},
    path::{Bound, Set, Target},
};

/// A path of the document with the parameters in it.
pub(super) struct Place {
    pub path: String,
    pub parameters: Vec<Value>,
}

/// The template with a name for each key, and a function's arguments as aliases.
pub(super) fn place(model: &Model, template: &str, target: &Target<'_>) -> Place {
    let mut out = Place { path: String::new(), parameters: Vec::new() };
    let mut names: Vec<String> = Vec::new();
    let mut before = "entity".to_owned();
    for segment in template.split('/').filter(|it| !it.is_empty()) {
        if segment != "{id}" {
            segment.clone_into(&mut before);
            out.path.push('/');
            out.path.push_str(segment);
            continue;
        }
        let mut name = format!("{before}-id");
        while names.contains(&name) {
            name.push('2');
        }
        out.path.push_str(&format!("/{{{name}}}"));
        let schema = json!({"type": "string", "minLength": 1, "maxLength": crate::id::MAX_LEN});
        out.parameters.push(json!(
            {"name": name, "in": "path", "required": true, "schema": schema}
        ));
        names.push(name);
    }
    if let Target::Operation(call) = target
        && call.op.verb == Verb::Function
    {
        let list: Vec<String> =
            call.op.parameters.iter().map(|it| format!("{0}=@{0}", it.name)).collect();
        out.path.push_str(&format!("({})", list.join(",")));
        for parameter in &call.op.parameters {
            let item = scalar(model, parameter.ty.ty);
            let mut it = json!({"name": format!("@{}", parameter.name), "in": "query"});
            if let Value::Object(members) = &mut it {
                members.insert("required".to_owned(), Value::Bool(!parameter.optional));
                if parameter.ty.collection {
                    members.insert("schema".to_owned(), json!({"type": "array", "items": item}));
                    members.insert("style".to_owned(), Value::from("form"));
                    members.insert("explode".to_owned(), Value::Bool(false));
                } else {
                    members.insert("schema".to_owned(), item);
                }
            }
            out.parameters.push(it);
        }
    }
    out
}

fn scalar(model: &Model, ty: Ty) -> Value {
    match ty {
        Ty::Primitive(it) => super::schema::primitive(it),
        Ty::Enum(id) => {
            let names: Vec<&str> =
                model.enumeration(id).members.iter().map(|it| it.name.as_str()).collect();
            json!({"type": "string", "enum": names})
        }
        Ty::Struct(_) | Ty::Untyped => json!({"type": "string"}),
    }
}

/// The query options of an operation.
pub(super) fn query(
    schemas: &mut Schemas<'_>,
    model: &Model,
    offer: &Offer<'_>,
    target: &Target<'_>,
) -> Vec<Value> {
    if offer.method != "GET" {
        return match target {
            Target::Ref(it) if offer.method == "DELETE" && it.link.nav.collection => {
                let keyed = it.key.is_some();
                if keyed { Vec::new() } else { vec![shared_ref("id")] }
            }
            _ => Vec::new(),
        };
    }
    match target {
        Target::Collection(set) => list(schemas, model, set.ty(), facts(set)),
        Target::Delta(set) => vec![select(schemas, model, set.ty())],
        Target::Count(set) => {
            let searchable = facts(set).searchable;
            let mut out = vec![shared_ref("filter")];
            out.extend(searchable.then(|| shared_ref("search")));
            out
        }
        Target::Item(set, _) => one(schemas, model, set.ty()),
        Target::Singleton(it) => one(schemas, model, it.ty()),
        Target::Linked(link) => one(schemas, model, link.nav.target),
        Target::Operation(call) => match (call.op.returns, &call.bound_to) {
            (Some(returns), Bound::Collection(_) | Bound::Item(..) | Bound::Singleton(_)) => {
                match returns.ty {
                    Ty::Struct(id) if !returns.collection => vec![select(schemas, model, id)],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn facts<'m>(set: &Set<'m>) -> &'m Facts {
    set.facts()
}

fn list(schemas: &mut Schemas<'_>, model: &Model, ty: TypeId, facts: &Facts) -> Vec<Value> {
    let mut out = vec![shared_ref("top"), shared_ref("skip"), shared_ref("count")];
    if facts.filterable != Listed::Only(Vec::new()) {
        out.push(shared_ref("filter"));
    }
    if facts.searchable {
        out.push(shared_ref("search"));
    }
    let sortable: Vec<Value> = model
        .ty(ty)
        .properties
        .iter()
        .filter(|it| facts.sortable.has(&it.name) && !it.ty.collection && !it.is_stream())
        .filter(|it| matches!(it.ty.ty, Ty::Primitive(_) | Ty::Enum(_)))
        .flat_map(|it| [Value::from(it.name.as_str()), Value::from(format!("{} desc", it.name))])
        .collect();
    if !sortable.is_empty() {
        out.push(names("$orderby", sortable));
    }
    out.extend(one(schemas, model, ty));
    out
}

fn one(schemas: &mut Schemas<'_>, model: &Model, ty: TypeId) -> Vec<Value> {
    let mut out = vec![select(schemas, model, ty)];
    let navs = model.ty(ty).navigation.iter();
    let navs: Vec<Value> = navs
        .filter(|it| it.via.is_some() || (it.contained && it.collection && it.facts.listable))
        .map(|it| Value::from(it.name.as_str()))
        .collect();
    if !navs.is_empty() {
        out.push(names("$expand", navs));
    }
    out
}

fn select(_schemas: &mut Schemas<'_>, model: &Model, ty: TypeId) -> Value {
    let properties = model.ty(ty).properties.iter().filter(|it| !it.is_stream());
    let list: Vec<Value> = properties.map(|it| Value::from(it.name.as_str())).collect();
    if list.is_empty() { shared_ref("select") } else { names("$select", list) }
}

/// An option that takes names, divided by commas.
fn names(name: &str, list: Vec<Value>) -> Value {
    let schema = json!({"type": "array", "uniqueItems": true,
                        "items": {"type": "string", "enum": list}});
    json!({"name": name, "in": "query", "style": "form", "explode": false, "schema": schema})
}

fn shared_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// Options that are the same everywhere.
pub(super) fn shared() -> Map<String, Value> {
    let whole = json!({"type": "integer", "minimum": 0});
    let text = json!({"type": "string"});
    let list = [
        ("top", "How many items a page has at most.", whole.clone()),
        ("skip", "How many items are passed over.", whole),
        ("count", "Whether the number of all items is told.", json!({"type": "boolean"})),
        ("filter", "The condition that items must meet.", text.clone()),
        ("search", "Words that items must contain.", text.clone()),
        ("select", "The members that are wanted.", text.clone()),
        ("id", "The address of the entity whose reference is meant.", text),
    ];
    list.into_iter()
        .map(|(name, description, schema)| {
            let it = json!({"name": format!("${name}"), "in": "query",
                            "description": description, "schema": schema});
            (name.to_owned(), it)
        })
        .collect()
}

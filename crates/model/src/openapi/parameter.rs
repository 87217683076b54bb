//! Where an operation stands and what its URL takes: keys, arguments and query options.

use serde_json::{Map, Value, json};

use super::{Offer, schema::Schemas};
use crate::{
    edm::{Primitive, Ty, TypeId},
    facts::{Facts, Over},
    model::{Model, Property, Verb},
    path::Target,
};

/// What a key is made of: anything but control characters.
const KEY: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]+$";

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
        let schema = json!({"type": "string", "pattern": KEY, "minLength": 1, "maxLength": crate::id::MAX_LEN});
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
        Target::Collection(set) => list(schemas, model, set.ty(), set.facts()),
        Target::Delta(set) => {
            let mut out = vec![select(schemas, model, set.ty())];
            out.extend(conditions(model, set.ty(), set.facts()));
            out
        }
        Target::Count(set) => {
            let mut out = conditions(model, set.ty(), set.facts());
            out.extend(set.facts().searchable.then(|| shared_ref("search")));
            out
        }
        Target::Item(set, _) => one(schemas, model, set.ty()),
        Target::Singleton(it) => one(schemas, model, it.ty()),
        Target::Linked(link) => one(schemas, model, link.nav.target),
        _ => Vec::new(),
    }
}

fn list(schemas: &mut Schemas<'_>, model: &Model, ty: TypeId, facts: &Facts) -> Vec<Value> {
    let limit = |name: &str, most: Value| {
        json!({"name": name, "in": "query",
               "schema": {"type": "integer", "minimum": 0, "maximum": most}})
    };
    let top = match facts.page.over {
        Over::Clamp => shared_ref("top"),
        Over::Refuse => limit("$top", facts.page.max.into()),
    };
    let skip =
        facts.page.max_skip.map_or_else(|| shared_ref("skip"), |it| limit("$skip", it.into()));
    let mut out = vec![top, skip, shared_ref("count")];
    out.extend(conditions(model, ty, facts));
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

/// What narrows a list: `$filter`, and options that are none of the protocol's own.
fn conditions(model: &Model, ty: TypeId, facts: &Facts) -> Vec<Value> {
    let mut out = Vec::new();
    let ty = model.ty(ty);
    let mut usable: Vec<&Property> = ty
        .properties
        .iter()
        .filter(|it| facts.filterable.has(&it.name) && !it.is_stream())
        .collect();
    if !usable.is_empty() {
        let required = !facts.filter_required.is_empty();
        if required {
            usable.retain(|it| facts.filter_required.contains(&it.name));
        }
        let examples = usable.iter().filter_map(|it| Some((&it.name, condition(model, it)?)));
        let examples: Map<String, Value> = examples
            .take(MOST_EXAMPLES)
            .map(|(name, text)| (name.clone(), json!({ "value": text })))
            .collect();
        let mut filter = json!({
            "name": "$filter", "in": "query", "required": required,
            "description": "The condition that items must meet.",
            "schema": {"type": "string", "pattern": "[^ ]"},
        });
        if let (false, Value::Object(members)) = (examples.is_empty(), &mut filter) {
            members.insert("examples".to_owned(), Value::Object(examples));
        }
        out.push(filter);
    }
    out.extend(facts.options.iter().map(|option| {
        json!({"name": option.name, "in": "query", "required": option.required,
               "schema": super::schema::primitive(option.ty)})
    }));
    out
}

/// How many conditions are shown.
const MOST_EXAMPLES: usize = 3;

/// A condition on one property, to show what they look like.
fn condition(model: &Model, property: &Property) -> Option<String> {
    let name = &property.name;
    if property.ty.collection {
        return None;
    }
    Some(match property.ty.ty {
        Ty::Enum(id) => {
            let it = model.enumeration(id);
            let member = it.members.iter().find(|it| !it.evolved)?;
            let verb = if it.flags { "has" } else { "eq" };
            format!("{name} {verb} '{}'", member.name)
        }
        Ty::Primitive(Primitive::String) => format!("startswith({name},'a')"),
        Ty::Primitive(Primitive::DateTimeOffset) => format!("{name} ge 2026-01-01T00:00:00Z"),
        Ty::Primitive(Primitive::Boolean) => format!("{name} eq true"),
        Ty::Primitive(it) if it.is_number() => format!("{name} ge 1"),
        Ty::Primitive(_) | Ty::Struct(_) | Ty::Untyped => return None,
    })
}

fn one(schemas: &mut Schemas<'_>, model: &Model, ty: TypeId) -> Vec<Value> {
    let mut out = vec![select(schemas, model, ty)];
    let navs = model.ty(ty).navigation.iter();
    let navs: Vec<Value> = navs
        .filter(|it| it.via.is_some() || (it.contained && it.collection && it.facts.listable))
        .map(|it| Value::from(it.name.as_str()))
        .collect();
    if !navs.is_empty() {
        // One at a time.
        let mut expand = names("$expand", navs);
        expand["schema"]["maxItems"] = json!(1);
        out.push(expand);
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
    let schema = json!({"type": "array", "minItems": 1, "uniqueItems": true,
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
        ("search", "Words that items must contain.", json!({"type": "string", "pattern": "[^ ]"})),
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

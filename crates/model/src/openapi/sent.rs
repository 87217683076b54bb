//! Schemas of what bodies may carry. They are closed, as the server refuses members that it does
//! not know; control annotations, which have an `@` in their names, are passed over by it.
//!
//! Where a value may be of more than one type there is a schema for each, told apart by
//! `@odata.type`.

use serde_json::{Map, Value, json};

use super::schema::{Form, Schemas, nullable, ruled};
use crate::{
    body::BIND,
    edm::{Ty, TypeId, TypeRef},
    facts::{Facts, Listed},
    model::{Parameter, Property, Range, StructType},
};

/// The most types that one value is described as.
const MOST_TYPES: usize = 64;

/// What a body is sent for.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// A new entity.
    Create(&'a Facts),
    /// A change.
    Patch(&'a Facts),
}

impl Body<'_> {
    fn required(&self) -> &[String] {
        match self {
            Body::Create(facts) => &facts.insert_required,
            Body::Patch(facts) => &facts.update_required,
        }
    }

    fn one_of(&self) -> &[String] {
        match self {
            Body::Create(facts) => &facts.insert_one_of,
            Body::Patch(_) => &[],
        }
    }

    /// May anything be sent where the type is open?
    fn is_free(&self) -> bool {
        match self {
            Body::Create(_) => true,
            Body::Patch(facts) => facts.update_fields == Listed::All,
        }
    }

    fn takes(&self, ty: &StructType, property: &Property) -> bool {
        let is_key = ty.key.contains(&property.name);
        let may = match self {
            Body::Create(facts) => facts.client_key && is_key || !property.computed && !is_key,
            Body::Patch(facts) => match &facts.update_fields {
                Listed::All => !property.computed && !property.immutable && !is_key,
                Listed::Only(names) => names.contains(&property.name) && !property.immutable,
            },
        };
        may || self.required().contains(&property.name)
    }
}

impl Schemas<'_> {
    /// The argument of an action.
    pub(super) fn argument(&mut self, parameter: &Parameter) -> Value {
        let value = self.parameter(parameter.ty);
        let Value::Object(mut members) = value else { return value };
        bounded(&mut members, parameter.range, parameter.required);
        let value = Value::Object(members);
        let may_be_null = parameter.optional && !parameter.ty.collection;
        if may_be_null && !parameter.required { nullable(value) } else { value }
    }

    /// A value of a type as it is sent.
    pub(super) fn parameter(&mut self, ty: TypeRef) -> Value {
        self.value(ty, Form::Sent)
    }

    /// The body of a POST or PATCH.
    pub(super) fn body(&mut self, id: TypeId, body: Body<'_>) -> Value {
        let ty = self.model.ty(id);
        if !ty.is_polymorphic() {
            return self.entity_of(ty, body, false);
        }
        let patch = matches!(body, Body::Patch(_));
        // Where what may change is the same whatever it is, one schema says so.
        if let Body::Patch(Facts { update_fields: Listed::Only(names), .. }) = body
            && names.iter().all(|name| ty.property_exact(name).is_some())
        {
            let mut schema = self.entity_of(ty, body, false);
            schema["properties"]["@odata.type"] = self.type_names(ty);
            return schema;
        }
        let all: Vec<Value> = self
            .concrete(ty)
            .filter(|it| possible(it, body))
            .map(|it| self.entity_of(it, body, it.id != id && !patch))
            .collect();
        one_of(all)
    }

    /// The body for an entity of this very type.
    fn entity_of(&mut self, ty: &StructType, body: Body<'_>, said: bool) -> Value {
        let mut required = body.required().to_vec();
        let one_of = body.one_of();
        let mut properties = Map::new();
        if ty.base.is_some() || ty.is_polymorphic() {
            properties.insert("@odata.type".to_owned(), json!({"const": ty.wire}));
        }
        if said {
            required.push("@odata.type".to_owned());
        }
        for property in ty.properties.iter().filter(|it| !it.is_stream() && body.takes(ty, it)) {
            let chosen = one_of.contains(&property.name);
            let must = chosen || required.contains(&property.name);
            let mut schema = self.member(property, must);
            if let (true, Value::Object(members)) = (chosen, &mut schema) {
                bounded(members, property.range, true);
            }
            properties.insert(property.name.clone(), schema);
        }
        if let Body::Create(_) = body {
            required.extend(needed(ty));
            for nav in ty.navigation.iter().filter(|it| it.embedded() || it.contained) {
                let ty = Ty::Struct(nav.target);
                let of = TypeRef { ty, collection: nav.collection, nullable: true };
                if nav.embedded() || nav.facts.insertable {
                    let value = self.value(of, Form::Sent);
                    let value = if nav.collection { value } else { nullable(value) };
                    properties.insert(nav.name.clone(), value);
                }
            }
        }
        for nav in ty.navigation.iter().filter(|it| it.refers()) {
            let one = json!({"type": "string", "description": "The address of what it refers to."});
            let value = if nav.collection { json!({"type": "array", "items": one}) } else { one };
            properties.insert(format!("{}{BIND}", nav.name), value);
        }
        // Of several members, one must be there.
        let named = one_of.iter().filter(|name| properties.contains_key(*name));
        let choice: Vec<Value> = named.map(|name| json!({"required": [name]})).collect();
        // Of an open type, a change may be limited all the same.
        let open = ty.open && body.is_free();
        closed(open, properties, required, choice)
    }

    /// A value of the type or of one below it.
    pub(super) fn sent(&mut self, id: TypeId) -> Value {
        let ty = self.model.ty(id);
        if !ty.is_polymorphic() {
            return self.exact(id, Form::Own);
        }
        if ty.derived.len() > MOST_TYPES {
            let names = self.type_names(ty);
            return json!({"type": "object", "required": ["@odata.type"],
                          "properties": {"@odata.type": names}});
        }
        let mut all = Vec::new();
        if !ty.is_abstract || ty.type_optional {
            all.push(self.reference(id, Form::Own));
        }
        let below: Vec<TypeId> = self.concrete(ty).map(|it| it.id).filter(|it| *it != id).collect();
        all.extend(below.into_iter().map(|it| self.reference(it, Form::Said)));
        one_of(all)
    }

    /// A value of this very type.
    pub(super) fn exact(&mut self, id: TypeId, form: Form) -> Value {
        let ty = self.model.ty(id);
        let mut properties = Map::new();
        if !ty.is_abstract {
            properties.insert("@odata.type".to_owned(), json!({"const": ty.wire}));
        }
        for property in ty.properties.iter().filter(|it| !it.is_stream() && !it.computed) {
            properties.insert(property.name.clone(), self.member(property, false));
        }
        let said = (form == Form::Said).then(|| "@odata.type".to_owned());
        closed(ty.open, properties, said.into_iter().chain(needed(ty)).collect(), Vec::new())
    }

    fn member(&mut self, property: &Property, must: bool) -> Value {
        let schema = ruled(property, self.value(property.ty, Form::Sent));
        let filled = property.ty.collection || !property.ty.nullable || property.required || must;
        if filled { schema } else { nullable(schema) }
    }
}

/// Can there be a body of this type at all? Not where it lacks what one must have.
fn possible(ty: &StructType, body: Body<'_>) -> bool {
    let names = body.one_of();
    names.is_empty() || names.iter().any(|name| ty.property_exact(name).is_some())
}

fn needed(ty: &StructType) -> impl Iterator<Item = String> {
    ty.properties.iter().filter(|it| it.required && !it.computed).map(|it| it.name.clone())
}

fn one_of(mut all: Vec<Value>) -> Value {
    if all.len() == 1 { all.remove(0) } else { json!({ "anyOf": all }) }
}

fn closed(
    open: bool,
    properties: Map<String, Value>,
    mut required: Vec<String>,
    choice: Vec<Value>,
) -> Value {
    let mut out = json!({"type": "object", "properties": properties});
    let Value::Object(members) = &mut out else { return out };
    required.sort();
    required.dedup();
    if !required.is_empty() {
        members.insert("required".to_owned(), json!(required));
    }
    if !choice.is_empty() {
        members.insert("anyOf".to_owned(), Value::Array(choice));
    }
    if !open {
        members.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    out
}

/// Bounds of a number, or of the number of items; what is required is not empty either.
pub(super) fn bounded(members: &mut Map<String, Value>, range: Range, filled: bool) {
    let kind = members.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (least, most) =
        if kind == "array" { ("minItems", "maxItems") } else { ("minimum", "maximum") };
    let floor = if filled && kind == "array" { Some(1) } else { None };
    if let Some(it) = range.least.or(floor) {
        members.insert(least.to_owned(), Value::from(it));
    }
    if let Some(it) = range.most {
        members.insert(most.to_owned(), Value::from(it));
    }
    if filled && kind == "string" {
        members.insert("minLength".to_owned(), Value::from(1));
    }
}

//! Schemas of types: one for what is answered, one for what a body may carry.
//!
//! An answer has every declared member, null or `[]` where nothing is stored, so all members may
//! be null there. Values of derived types have more members than their declared type: objects are
//! never closed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{
    edm::{EnumId, Primitive, Ty, TypeId, TypeRef},
    facts::{Facts, Listed},
    model::{Model, StructType},
};

/// The schemas used so far, by component name.
pub(super) struct Schemas<'m> {
    model: &'m Model,
    done: BTreeMap<String, Value>,
    wanted: BTreeSet<(TypeId, bool)>,
    enums: BTreeSet<EnumId>,
}

/// What a body is sent for.
#[derive(Clone, Copy)]
pub(super) enum Sent<'a> {
    /// A new entity.
    Create(&'a Facts),
    /// A change.
    Patch(&'a Facts),
}

impl<'m> Schemas<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let done = BTreeMap::from([("error".to_owned(), error())]);
        Schemas { model, done, wanted: BTreeSet::new(), enums: BTreeSet::new() }
    }

    /// What is answered for a value of the type.
    pub(super) fn answer(&mut self, ty: TypeRef) -> Value {
        self.value(ty, false)
    }

    /// One entity or complex value in an answer.
    pub(super) fn entity(&mut self, id: TypeId) -> Value {
        self.reference(id, false)
    }

    /// What a body may carry for a parameter.
    pub(super) fn parameter(&mut self, ty: TypeRef) -> Value {
        let value = self.value(ty, true);
        if ty.nullable && !ty.collection { nullable(value) } else { value }
    }

    /// The body of a POST or PATCH.
    pub(super) fn body(&mut self, id: TypeId, sent: Sent<'_>) -> Value {
        let ty = self.model.ty(id);
        let mut properties = Map::new();
        if ty.is_polymorphic() {
            properties.insert("@odata.type".to_owned(), self.type_names(ty));
        }
        for property in ty.properties.iter().filter(|it| !it.is_stream()) {
            let is_key = ty.key.contains(&property.name);
            let may = match sent {
                Sent::Create(facts) => facts.client_key && is_key || !property.computed && !is_key,
                Sent::Patch(facts) => match &facts.update_fields {
                    Listed::All => !property.computed && !property.immutable && !is_key,
                    Listed::Only(names) => names.contains(&property.name),
                },
            };
            let required = |list: &[String]| list.contains(&property.name);
            let may = may
                || match sent {
                    Sent::Create(facts) => required(&facts.insert_required),
                    Sent::Patch(facts) => required(&facts.update_required),
                };
            if may {
                let mut schema = self.value(property.ty, true);
                if let (Some(max), Value::Object(members)) = (property.max_length, &mut schema) {
                    members.insert("maxLength".to_owned(), Value::from(max));
                }
                let schema = if property.ty.nullable { nullable(schema) } else { schema };
                properties.insert(property.name.clone(), schema);
            }
        }
        let mut required: Vec<String> = match sent {
            Sent::Create(facts) => facts.insert_required.clone(),
            Sent::Patch(facts) => facts.update_required.clone(),
        };
        if ty.is_abstract && matches!(sent, Sent::Create(_)) {
            required.push("@odata.type".to_owned());
        }
        let mut out = json!({"type": "object", "properties": properties});
        if let (false, Value::Object(members)) = (required.is_empty(), &mut out) {
            members.insert("required".to_owned(), required.into());
        }
        out
    }

    /// Everything that was referred to.
    pub(super) fn finish(mut self) -> BTreeMap<String, Value> {
        while let Some((id, sent)) = self.wanted.pop_first() {
            let name = component(self.model.ty(id), sent);
            if !self.done.contains_key(&name) {
                // Taken before it is built: a type may hold itself.
                self.done.insert(name.clone(), Value::Null);
                let schema = self.object(id, sent);
                self.done.insert(name, schema);
            }
        }
        for id in std::mem::take(&mut self.enums) {
            let it = self.model.enumeration(id);
            let names: Vec<&str> = it.members.iter().map(|it| it.name.as_str()).collect();
            let schema = if it.flags {
                let list = names.join("|");
                json!({"type": "string", "pattern": format!("^({list})(, ?({list}))*$")})
            } else {
                json!({"type": "string", "enum": names})
            };
            self.done.insert(it.name.clone(), schema);
        }
        self.done
    }

    fn object(&mut self, id: TypeId, sent: bool) -> Value {
        let ty = self.model.ty(id);
        let mut properties = Map::new();
        if ty.is_polymorphic() {
            properties.insert("@odata.type".to_owned(), self.type_names(ty));
        }
        for property in ty.properties.iter().filter(|it| !it.is_stream()) {
            if sent && property.computed {
                continue;
            }
            let value = self.value(property.ty, sent);
            let is_null = if sent { property.ty.nullable } else { !property.ty.collection };
            let value = if is_null { nullable(value) } else { value };
            properties.insert(property.name.clone(), value);
        }
        let mut out = json!({"type": "object", "properties": properties});
        if let (true, true, Value::Object(members)) =
            (sent, ty.is_abstract && !ty.type_optional, &mut out)
        {
            members.insert("required".to_owned(), json!(["@odata.type"]));
        }
        out
    }

    /// Names of the concrete types that a value may be of.
    fn type_names(&self, ty: &StructType) -> Value {
        let all = std::iter::once(ty.id).chain(ty.derived.iter().copied());
        let concrete = all.map(|id| self.model.ty(id)).filter(|it| !it.is_abstract);
        let names: Vec<&str> = concrete.map(|it| it.wire.as_str()).collect();
        match names.len() {
            // Hundreds of names in every such schema would help nobody.
            0 | 65.. => json!({"type": "string"}),
            _ => json!({"type": "string", "enum": names}),
        }
    }

    fn value(&mut self, ty: TypeRef, sent: bool) -> Value {
        let one = match ty.ty {
            Ty::Primitive(it) => primitive(it),
            Ty::Enum(id) => {
                self.enums.insert(id);
                json!({"$ref": format!("#/components/schemas/{}", self.model.enumeration(id).name)})
            }
            Ty::Struct(id) => self.reference(id, sent),
            Ty::Untyped => json!({}),
        };
        if ty.collection { json!({"type": "array", "items": one}) } else { one }
    }

    fn reference(&mut self, id: TypeId, sent: bool) -> Value {
        let name = component(self.model.ty(id), sent);
        if !self.done.contains_key(&name) {
            self.wanted.insert((id, sent));
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

fn component(ty: &StructType, sent: bool) -> String {
    if sent { format!("{}.sent", ty.name) } else { ty.name.clone() }
}

fn nullable(schema: Value) -> Value {
    if schema.as_object().is_some_and(Map::is_empty) {
        return schema;
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// The schema of a primitive type.
pub(super) fn primitive(ty: Primitive) -> Value {
    use Primitive::*;
    let range = |low: i64, high: i64| json!({"type": "integer", "minimum": low, "maximum": high});
    match ty {
        Binary | Stream => json!({"type": "string", "contentEncoding": "base64"}),
        Boolean => json!({"type": "boolean"}),
        Byte => range(0, 255),
        SByte => range(-128, 127),
        Int16 => range(i16::MIN.into(), i16::MAX.into()),
        Int32 => range(i32::MIN.into(), i32::MAX.into()),
        Int64 => json!({"type": "integer", "format": "int64"}),
        Decimal | Double | Single => json!({"type": "number"}),
        Date => json!({"type": "string", "format": "date"}),
        DateTimeOffset => json!({"type": "string", "format": "date-time"}),
        Duration => json!({"type": "string", "format": "duration"}),
        Guid => json!({"type": "string", "format": "uuid"}),
        String | TimeOfDay => json!({"type": "string"}),
    }
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "target": {"type": "string"},
                "innerError": {"type": "object"}
            }
        }}
    })
}

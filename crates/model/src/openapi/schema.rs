//! Schemas of types: what is answered here, what a body may carry in [`super::sent`].
//!
//! An answer has every declared member, null or `[]` where nothing is stored, so all members may
//! be null there. Values of derived types have more members than their declared type: what is
//! answered is never closed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{
    edm::{EnumId, Primitive, Ty, TypeId, TypeRef},
    model::{Model, Property, StructType, UNKNOWN_FUTURE_VALUE},
};

/// The forms in which a type occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As it is answered.
    Answer,
    /// As it is sent: of the type itself or of one below it.
    Sent,
    /// As it is sent, of the type itself.
    Own,
    /// The same, where its type must be said.
    Said,
}

impl Form {
    fn suffix(self) -> &'static str {
        match self {
            Form::Answer => "",
            Form::Sent => ".sent",
            Form::Own => ".sent.own",
            Form::Said => ".sent.said",
        }
    }
}

/// The schemas used so far, by component name.
pub(super) struct Schemas<'m> {
    pub(super) model: &'m Model,
    done: BTreeMap<String, Value>,
    wanted: BTreeSet<(TypeId, Form)>,
    enums: BTreeSet<(EnumId, bool)>,
}

impl<'m> Schemas<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let done = BTreeMap::from([("error".to_owned(), error())]);
        Schemas { model, done, wanted: BTreeSet::new(), enums: BTreeSet::new() }
    }

    /// What is answered for a value of the type.
    pub(super) fn answer(&mut self, ty: TypeRef) -> Value {
        self.value(ty, Form::Answer)
    }

    /// One entity or complex value in an answer.
    pub(super) fn entity(&mut self, id: TypeId) -> Value {
        self.reference(id, Form::Answer)
    }

    /// Everything that was referred to.
    pub(super) fn finish(mut self) -> BTreeMap<String, Value> {
        while let Some((id, form)) = self.wanted.pop_first() {
            let name = component(self.model.ty(id), form);
            if !self.done.contains_key(&name) {
                // Taken before it is built: a type may hold itself.
                self.done.insert(name.clone(), Value::Null);
                let schema = match form {
                    Form::Answer => self.object(id),
                    Form::Sent => self.sent(id),
                    Form::Own | Form::Said => self.exact(id, form),
                };
                self.done.insert(name, schema);
            }
        }
        for (id, sent) in std::mem::take(&mut self.enums) {
            let it = self.model.enumeration(id);
            let names = it.members.iter().map(|it| it.name.as_str());
            // The sentinel stands for what a reader does not know; nobody sends it.
            let names: Vec<&str> =
                names.filter(|name| !sent || *name != UNKNOWN_FUTURE_VALUE).collect();
            let schema = if it.flags {
                let list = names.join("|");
                json!({"type": "string", "pattern": format!("^({list})(, ?({list}))*$")})
            } else {
                json!({"type": "string", "enum": names})
            };
            self.done.insert(self.enum_name(id, sent), schema);
        }
        self.done
    }

    fn object(&mut self, id: TypeId) -> Value {
        let ty = self.model.ty(id);
        let mut properties = Map::new();
        if ty.is_polymorphic() {
            properties.insert("@odata.type".to_owned(), self.type_names(ty));
        }
        for property in ty.properties.iter().filter(|it| !it.is_stream()) {
            let value = self.value(property.ty, Form::Answer);
            let value = if property.ty.collection { value } else { nullable(value) };
            properties.insert(property.name.clone(), value);
        }
        json!({"type": "object", "properties": properties})
    }

    /// Names of the concrete types that a value may be of.
    pub(super) fn type_names(&self, ty: &StructType) -> Value {
        let names: Vec<&str> = self.concrete(ty).map(|it| it.wire.as_str()).collect();
        match names.len() {
            // Hundreds of names in every such schema would help nobody.
            0 | 65.. => json!({"type": "string"}),
            _ => json!({"type": "string", "enum": names}),
        }
    }

    /// The type and those below it, of which there can be values.
    pub(super) fn concrete<'a>(
        &self,
        ty: &'a StructType,
    ) -> impl Iterator<Item = &'m StructType> + use<'a, 'm> {
        let model = self.model;
        let all = std::iter::once(ty.id).chain(ty.derived.iter().copied());
        all.map(|id| model.ty(id)).filter(|it| !it.is_abstract)
    }

    /// A value in one of the forms.
    pub(super) fn value(&mut self, ty: TypeRef, form: Form) -> Value {
        let one = match ty.ty {
            Ty::Primitive(it) => primitive(it),
            Ty::Enum(id) => {
                let sent = form != Form::Answer && self.has_sentinel(id);
                self.enums.insert((id, sent));
                json!({"$ref": format!("#/components/schemas/{}", self.enum_name(id, sent))})
            }
            Ty::Struct(id) => self.reference(id, form),
            Ty::Untyped => json!({}),
        };
        if ty.collection { json!({"type": "array", "items": one}) } else { one }
    }

    pub(super) fn reference(&mut self, id: TypeId, form: Form) -> Value {
        let name = component(self.model.ty(id), form);
        if !self.done.contains_key(&name) {
            self.wanted.insert((id, form));
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn has_sentinel(&self, id: EnumId) -> bool {
        self.model.enumeration(id).member(UNKNOWN_FUTURE_VALUE).is_some()
    }

    fn enum_name(&self, id: EnumId, sent: bool) -> String {
        let name = &self.model.enumeration(id).name;
        if sent { format!("{name}.sent") } else { name.clone() }
    }
}

fn component(ty: &StructType, form: Form) -> String {
    format!("{}{}", ty.name, form.suffix())
}

pub(super) fn nullable(schema: Value) -> Value {
    if schema.as_object().is_some_and(Map::is_empty) {
        return schema;
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// The rules that a property has beside its type.
pub(super) fn ruled(property: &Property, schema: Value) -> Value {
    let Value::Object(mut members) = schema else { return schema };
    if let Some(most) = property.max_length {
        members.insert("maxLength".to_owned(), Value::from(most));
    }
    super::sent::bounded(&mut members, property.range, property.required);
    Value::Object(members)
}

/// The schema of a primitive type.
pub(super) fn primitive(ty: Primitive) -> Value {
    use Primitive::*;
    let range = |low: i64, high: i64| json!({"type": "integer", "minimum": low, "maximum": high});
    let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
    match ty {
        Binary | Stream => json!({
            "type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/_=-]*$"
        }),
        Boolean => json!({"type": "boolean"}),
        Byte => range(0, 255),
        SByte => range(-128, 127),
        Int16 => range(i16::MIN.into(), i16::MAX.into()),
        Int32 => range(i32::MIN.into(), i32::MAX.into()),
        Int64 => range(i64::MIN, i64::MAX),
        Decimal | Double | Single => json!({"type": "number"}),
        Date => json!({"type": "string", "format": "date"}),
        DateTimeOffset => json!({"type": "string", "format": "date-time"}),
        Duration => text(
            "^-?P(?!$)([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?\
             (T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?$",
        ),
        Guid => json!({"type": "string", "format": "uuid"}),
        TimeOfDay => text("^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,7})?$"),
        String => json!({"type": "string"}),
    }
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["code", "message", "innerError"],
            "properties": {
                "code": {"type": "string", "description": "Stable; what programs look at."},
                "message": {"type": "string", "description": "For people."},
                "target": {"type": "string", "description": "The member or option at fault."},
                "innerError": {
                    "type": "object",
                    "required": ["date", "request-id", "client-request-id"],
                    "properties": {
                        "date": {"type": "string"},
                        "request-id": {"type": "string", "format": "uuid"},
                        "client-request-id": {"type": "string"}
                    }
                }
            }
        }}
    })
}

//! Does an answer have the shape that the model says? Members nobody declared, values of another
//! kind, missing or null where that may not be.

use model::{
    Model,
    edm::{EnumId, Primitive, Ty, TypeId, TypeRef},
    shape::ODATA_TYPE,
    time::Timestamp,
};
use serde_json::{Map, Value};

/// More faults of one answer are not collected.
const MOST: usize = 8;

/// What is wrong with a value of a type, each with its place.
pub fn value(model: &Model, ty: TypeRef, value: &Value) -> Vec<String> {
    let mut check = Check { model, faults: Vec::new() };
    check.value("", ty, value);
    check.faults
}

/// What is wrong with an object of a structured type.
pub fn object(model: &Model, ty: TypeId, members: &Map<String, Value>) -> Vec<String> {
    let mut check = Check { model, faults: Vec::new() };
    check.object("", ty, members);
    check.faults
}

/// What is wrong with the body of a refusal; nothing when it is the one form of all errors.
pub fn refusal(body: Option<&Value>) -> Option<String> {
    let Some(body) = body else { return Some("the body is no JSON".to_owned()) };
    let error = &body["error"];
    let text = |value: &Value| value.as_str().is_some_and(|it| !it.is_empty());
    for member in ["code", "message"] {
        if !text(&error[member]) {
            return Some(format!("error.{member} is missing"));
        }
    }
    for member in ["date", "request-id", "client-request-id"] {
        if !text(&error["innerError"][member]) {
            return Some(format!("error.innerError.{member} is missing"));
        }
    }
    None
}

struct Check<'m> {
    model: &'m Model,
    faults: Vec<String>,
}

impl Check<'_> {
    fn fault(&mut self, at: &str, what: &str) {
        if self.faults.len() < MOST {
            let at = if at.is_empty() { "the value" } else { at };
            self.faults.push(format!("{at} {what}"));
        }
    }

    fn value(&mut self, at: &str, ty: TypeRef, value: &Value) {
        match (ty.collection, value) {
            (true, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if !item.is_null() || !ty.nullable {
                        self.single(&format!("{at}[{index}]"), ty.ty, item);
                    }
                }
            }
            (true, _) => self.fault(at, &format!("is {} and not an array", kind(value))),
            (false, Value::Null) if ty.nullable => {}
            (false, Value::Null) => self.fault(at, "is null and may not be"),
            (false, value) => self.single(at, ty.ty, value),
        }
    }

    fn single(&mut self, at: &str, ty: Ty, value: &Value) {
        let fits = match (ty, value) {
            (Ty::Untyped, _) => true,
            (Ty::Primitive(it), value) => primitive(it, value),
            (Ty::Enum(id), Value::String(text)) => self.members(id, text),
            (Ty::Struct(id), Value::Object(members)) => {
                self.object(at, id, members);
                true
            }
            (Ty::Enum(_) | Ty::Struct(_), _) => false,
        };
        if !fits {
            let mut shown = value.to_string();
            shown.truncate(shown.char_indices().nth(60).map_or(shown.len(), |(end, _)| end));
            self.fault(at, &format!("is {shown} and not a {}", self.model.ty_text(ty)));
        }
    }

    fn members(&self, id: EnumId, text: &str) -> bool {
        let it = self.model.enumeration(id);
        let known = |name: &str| it.members.iter().any(|member| member.name == name);
        if it.flags { text.split(',').all(|name| known(name.trim())) } else { known(text) }
    }

    fn object(&mut self, at: &str, declared: TypeId, members: &Map<String, Value>) {
        let declared = self.model.ty(declared);
        let said = members.get(ODATA_TYPE).map(|it| it.as_str().unwrap_or_default());
        let found = said.map_or(Some(declared), |it| self.model.type_below(declared, it));
        let Some(ty) = found else {
            let said = said.unwrap_or_default();
            return self.fault(at, &format!("says it is a {said}, which is no {}", declared.name));
        };
        let inside =
            |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        for (name, value) in members.iter().filter(|(name, _)| !name.contains('@')) {
            if let Some(property) = ty.property_exact(name) {
                self.value(&inside(name), property.ty, value);
            } else if let Some(nav) = ty.nav(name).filter(|nav| nav.name == *name) {
                let ty = Ty::Struct(nav.target);
                let ty = TypeRef { ty, collection: nav.collection, nullable: true };
                self.value(&inside(name), ty, value);
            } else if !ty.open {
                self.fault(&inside(name), &format!("is not declared by {}", ty.name));
            }
        }
        for property in &ty.properties {
            let needed = !property.ty.nullable && !property.ty.collection && !property.is_stream();
            if needed && !members.contains_key(&property.name) {
                self.fault(&inside(&property.name), "is missing");
            }
        }
    }
}

fn primitive(ty: Primitive, value: &Value) -> bool {
    let text = value.as_str();
    let is = |fits: &dyn Fn(&str) -> bool| text.is_some_and(fits);
    match ty {
        Primitive::Boolean => value.is_boolean(),
        Primitive::Byte => value.as_u64().is_some_and(|it| it <= 0xff),
        Primitive::SByte => value.as_i64().is_some_and(|it| i8::try_from(it).is_ok()),
        Primitive::Int16 => value.as_i64().is_some_and(|it| i16::try_from(it).is_ok()),
        Primitive::Int32 => value.as_i64().is_some_and(|it| i32::try_from(it).is_ok()),
        Primitive::Int64 => value.is_i64() || value.is_u64(),
        Primitive::Decimal | Primitive::Double | Primitive::Single => {
            value.is_number() || is(&|it| matches!(it, "INF" | "-INF" | "NaN"))
        }
        Primitive::DateTimeOffset => {
            is(&|it| it.contains('T') && it.ends_with('Z') && Timestamp::parse(it).is_ok())
        }
        Primitive::Date => is(&|it| it.len() == 10 && Timestamp::parse(it).is_ok()),
        Primitive::TimeOfDay => is(&|it| Timestamp::parse(&format!("2000-01-01T{it}")).is_ok()),
        Primitive::Duration => is(&|it| model::time::is_duration(it)),
        Primitive::Guid => is(&|it| uuid::Uuid::try_parse(it).is_ok()),
        Primitive::Binary | Primitive::String => text.is_some(),
        Primitive::Stream => false,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

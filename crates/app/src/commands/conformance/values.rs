//! Values that a type allows, and values that it does not: bodies for calls, made from the model.
//!
//! A new entity gets what it must have and nothing else, so that a call fails on a server that asks
//! for more than the model says. Texts are all different; where a name tells what a text has to
//! look like, [`LOOKS`] has one that does.

use model::{
    Model,
    edm::{Primitive, Ty, TypeId, TypeRef},
    facts::{Facts, Listed},
    model::{EnumType, Kind, Property, StructType, UNKNOWN_FUTURE_VALUE},
    shape::ODATA_TYPE,
    time::Timestamp,
};
use serde_json::{Map, Value, json};

/// A member that no type has.
pub const NO_SUCH: &str = "conformanceNoSuchMember";
/// Values of complex types are not nested deeper than this.
const DEEPEST: usize = 6;
/// Down to here they have all their members.
const WHOLE: usize = 3;
/// The most members of a change beside those that it must have.
const MOST_CHANGED: usize = 3;

/// What texts look like whose names end so, in lower case; the first that fits counts.
const LOOKS: &[(&str, &str)] = &[
    ("querytext", "DeviceProcessEvents | take 1"),
    ("contentquery", "subject:conformance"),
    ("query", "DeviceProcessEvents | take 1"),
    ("timespan", "P1D"),
    ("url", "https://conformance.example/"),
    ("uri", "https://conformance.example/"),
    ("emailaddress", "person@conformance.example"),
    ("email", "person@conformance.example"),
    ("mail", "person@conformance.example"),
    ("userprincipalname", "person@conformance.example"),
    ("ipaddress", "192.0.2.7"),
    ("ipv4", "192.0.2.7"),
    ("domainname", "conformance.example"),
    ("filename", "conformance.txt"),
    ("period", "PT1H"),
    ("filehashvalue", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("resource", "/security/alerts_v2"),
    ("changetype", "updated"),
];

/// What may name things that are not there, and is left out where it may be.
const LEFT_OUT: &[&str] = &["linkToIncident"];

/// What the name of a text ends in, in lower case, that is an address to be called.
const CALLED: &str = "notificationurl";

/// Makes values; each text is another one.
pub struct Maker {
    made: u32,
    now: Timestamp,
    callback: Option<String>,
}

impl Maker {
    /// `now` is what moments lie around.
    pub fn new(now: Timestamp) -> Self {
        Self { made: 0, now, callback: None }
    }

    /// The same with an address where calls are answered.
    #[must_use]
    pub fn called_back(self, callback: Option<String>) -> Self {
        Self { callback, ..self }
    }

    /// Is there such an address?
    pub fn can_be_called(&self) -> bool {
        self.callback.is_some()
    }

    /// A new entity with what it must have.
    pub fn create(&mut self, model: &Model, ty: TypeId, facts: &Facts) -> Map<String, Value> {
        let declared = model.ty(ty);
        let one_of = facts.insert_one_of.first().map_or("", String::as_str);
        let actual = concrete(model, declared, one_of);
        let mut out = Map::new();
        if actual.id != declared.id {
            out.insert(ODATA_TYPE.to_owned(), json!(actual.wire));
        }
        for property in &actual.properties {
            let key = actual.key.contains(&property.name);
            let required =
                facts.insert_required.contains(&property.name) || property.name == one_of;
            let needed = !property.ty.nullable && !property.ty.collection && !key;
            let settable = !property.computed && property.default.is_none();
            if required || (needed && settable && !property.is_stream()) {
                let value = self.of_property(model, property, 1);
                out.insert(property.name.clone(), value);
            }
        }
        for nav in facts.insert_required.iter().filter_map(|name| actual.nav(name)) {
            if nav.contained || nav.embedded() {
                let inner = Value::Object(self.create(model, nav.target, &nav.facts));
                let inner = if nav.collection { json!([inner]) } else { inner };
                out.insert(nav.name.clone(), inner);
            }
        }
        out
    }

    /// A change of an entity of this very type: what it must carry, and a few more members.
    pub fn patch(&mut self, model: &Model, ty: &StructType, facts: &Facts) -> Map<String, Value> {
        let mut out = Map::new();
        let mut more = MOST_CHANGED;
        for property in &ty.properties {
            let fixed = property.immutable
                || property.is_stream()
                || ty.key.contains(&property.name)
                || matches!(property.ty.ty, Ty::Struct(_) | Ty::Untyped);
            let listed = match &facts.update_fields {
                Listed::All => !property.computed,
                Listed::Only(names) => names.contains(&property.name),
            };
            let required = facts.update_required.contains(&property.name);
            if required || (listed && !fixed && more > 0) {
                more = more.saturating_sub(usize::from(!required));
                out.insert(property.name.clone(), self.of_property(model, property, 1));
            }
        }
        out
    }

    /// A value of a complex type with everything that can be set; deep inside, with what must be.
    pub fn complex(&mut self, model: &Model, ty: TypeId, depth: usize) -> Value {
        let declared = model.ty(ty);
        let actual = concrete(model, declared, "");
        let mut out = Map::new();
        if declared.is_polymorphic() {
            out.insert(ODATA_TYPE.to_owned(), json!(actual.wire));
        }
        for property in actual.properties.iter().filter(|it| !it.computed && !it.is_stream()) {
            let needed = !property.ty.nullable && !property.ty.collection;
            let wanted = actual.kind == Kind::Complex
                && depth <= WHOLE
                && !LEFT_OUT.contains(&property.name.as_str());
            if needed || wanted {
                let value = self.of_property(model, property, depth + 1);
                out.insert(property.name.clone(), value);
            }
        }
        Value::Object(out)
    }

    /// A value of a type; `name` is whose.
    pub fn of(&mut self, model: &Model, name: &str, ty: TypeRef, depth: usize) -> Value {
        if depth > DEEPEST {
            return if ty.collection { json!([]) } else { Value::Null };
        }
        let value = match ty.ty {
            Ty::Primitive(it) => self.primitive(name, it),
            Ty::Enum(id) => json!(member(model.enumeration(id))),
            Ty::Struct(id) => self.complex(model, id, depth),
            Ty::Untyped => json!(self.text(name)),
        };
        if ty.collection { json!([value]) } else { value }
    }

    /// The members that a change must carry.
    pub fn demanded(&mut self, model: &Model, ty: TypeId, facts: &Facts) -> Map<String, Value> {
        let properties = &model.ty(ty).properties;
        let demanded = properties.iter().filter(|it| facts.update_required.contains(&it.name));
        demanded.map(|it| (it.name.clone(), self.of_property(model, it, 1))).collect()
    }

    fn of_property(&mut self, model: &Model, property: &Property, depth: usize) -> Value {
        match (self.of(model, &property.name, property.ty, depth), property.max_length) {
            (Value::String(text), Some(max)) => text.chars().take(max).collect::<String>().into(),
            (Value::Number(it), _) if it.is_i64() => {
                let (least, most) = (property.range.least, property.range.most);
                let value = it.as_i64().unwrap_or_default();
                json!(value.min(most.unwrap_or(i64::MAX)).max(least.unwrap_or(i64::MIN)))
            }
            (value, _) => value,
        }
    }

    fn primitive(&mut self, name: &str, ty: Primitive) -> Value {
        match ty {
            Primitive::String => json!(self.text(name)),
            Primitive::Boolean => json!(true),
            Primitive::Byte
            | Primitive::SByte
            | Primitive::Int16
            | Primitive::Int32
            | Primitive::Int64 => json!(7),
            Primitive::Decimal | Primitive::Double | Primitive::Single => json!(7.5),
            Primitive::DateTimeOffset => json!(self.moment(name).to_string()),
            Primitive::Date => json!(self.moment(name).to_string().get(..10)),
            Primitive::TimeOfDay => json!("10:20:30"),
            Primitive::Duration => json!("PT1H"),
            Primitive::Guid => json!(self.guid()),
            Primitive::Binary | Primitive::Stream => json!("Y29uZm9ybWFuY2U="),
        }
    }

    /// What begins lies in the past; what ends, expires or is due lies ahead.
    fn moment(&self, name: &str) -> Timestamp {
        const MINUTE: i64 = 60 * 10_000_000;
        let name = name.to_ascii_lowercase();
        let ahead = ["end", "expir", "due", "until"].iter().any(|part| name.contains(part));
        self.now.plus(if ahead { 45 * MINUTE } else { -24 * 60 * MINUTE })
    }

    fn text(&mut self, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        if let Some(callback) = self.callback.as_ref().filter(|_| name.ends_with(CALLED)) {
            return callback.clone();
        }
        if let Some((_, text)) = LOOKS.iter().find(|(end, _)| name.ends_with(end)) {
            return (*text).to_owned();
        }
        if name.ends_with("id") || name.ends_with("ids") {
            return self.guid();
        }
        self.made += 1;
        format!("conformance {} {}", self.now.unix_seconds(), self.made)
    }

    fn guid(&mut self) -> String {
        self.made += 1;
        let moment = self.now.unix_seconds().unsigned_abs();
        format!("c04f0000-0000-4000-8000-{:04x}{:08x}", self.made & 0xffff, moment & 0xffff_ffff)
    }
}

/// The same body with one member of another kind than its type says.
pub fn wrong(model: &Model, ty: TypeId, body: &Map<String, Value>) -> Option<Map<String, Value>> {
    let ty = actual(model, ty, body);
    let typed = |it: &&Property| it.ty.ty != Ty::Untyped;
    let sent = |it: &&Property| body.contains_key(&it.name);
    let property = ty.properties.iter().filter(typed).find(sent)?;
    let mut out = body.clone();
    out.insert(property.name.clone(), wrong_value(property.ty));
    Some(out)
}

/// A value that a type does not allow.
pub fn wrong_value(ty: TypeRef) -> Value {
    match ty.ty {
        Ty::Struct(_) => json!(7),
        _ => json!({ NO_SUCH: 7 }),
    }
}

/// The type that a body is of.
pub fn actual<'m>(model: &'m Model, ty: TypeId, body: &Map<String, Value>) -> &'m StructType {
    model::shape::actual_type(model, model.ty(ty), body)
}

/// The type itself, or the first below it of which there can be values and that has the member.
fn concrete<'m>(model: &'m Model, ty: &'m StructType, member: &str) -> &'m StructType {
    let fits = |it: &&StructType| {
        !it.is_abstract && (member.is_empty() || it.property_exact(member).is_some())
    };
    let below = ty.derived.iter().map(|id| model.ty(*id));
    std::iter::once(ty).chain(below).find(fits).unwrap_or(ty)
}

/// The first member that says something.
fn member(it: &EnumType) -> &str {
    let says = |name: &str| !matches!(name, UNKNOWN_FUTURE_VALUE | "unknown" | "none");
    let known = it.members.iter().filter(|it| !it.evolved).map(|it| it.name.as_str());
    let first = it.members.first().map_or("", |it| it.name.as_str());
    known.clone().find(|name| says(name)).unwrap_or(first)
}

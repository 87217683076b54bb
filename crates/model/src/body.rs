//! Request bodies: from any JSON to a document the type allows.
//!
//! What comes out has canonical member and enumeration names and normalised moments, so that the
//! store can compare it as text. The first thing that does not fit is reported with its path;
//! control annotations (`@odata.…`) other than the type and `…@odata.bind` are ignored. A binding
//! stays in the document under its own name; what it names is checked to be of the right set, not
//! to exist.

mod bind;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::value::enum_text;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::{
    code::Code,
    edm::{Primitive, Ty, TypeId, TypeRef},
    facts::{Facts, Listed},
    model::{Kind, Model, Operation, Property, Range, StructType},
    shape::ODATA_TYPE,
    text::short,
};

/// The deepest nesting of a body that is looked at.
pub const MAX_DEPTH: usize = 48;

/// The end of a member's name that binds its navigation to entities that exist.
pub const BIND: &str = "@odata.bind";

/// What a body is for, and so what it may carry.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// A new entity: properties that the service sets are passed over, required ones must be there.
    Create(&'a Facts),
    /// A change: only updatable properties, required ones must be there.
    Patch(&'a Facts),
    /// A whole document from a trusted producer (a normaliser, a test): everything declared may
    /// be set.
    Document,
}

/// The place and the reason a body is refused for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", place(.path))]
pub struct BodyError {
    /// Member names and indexes, `evidence[2].ipAddress`; empty for the body itself.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl BodyError {
    /// How callers see it.
    pub fn code(&self) -> Code {
        Code::BadRequest
    }

    pub(crate) fn new(reason: impl Into<String>) -> BodyError {
        BodyError { path: String::new(), reason: reason.into() }
    }

    /// The same one member further out.
    fn within(mut self, name: &str) -> BodyError {
        let name = short(name);
        self.path = match self.path.as_str() {
            "" => name,
            inner if inner.starts_with('[') => format!("{name}{inner}"),
            inner => format!("{name}.{inner}"),
        };
        self
    }

    fn within_index(mut self, index: usize) -> BodyError {
        let mut path = format!("[{index}]");
        if !self.path.is_empty() {
            let dot = if self.path.starts_with('[') { "" } else { "." };
            let _ = write!(path, "{dot}{}", self.path);
        }
        self.path = path;
        self
    }
}

fn place(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

/// Checks a body against an entity or complex type and returns the normalised document. Only
/// members that the body has are in it; a derived type's name is kept in `@odata.type`.
pub fn check(
    model: &Model,
    ty: TypeId,
    body: &Value,
    mode: Mode<'_>,
) -> Result<Map<String, Value>, BodyError> {
    let Value::Object(members) = body else {
        return Err(BodyError::new(format!("expected an object, got {}", value::kind_of(body))));
    };
    let out = object(model, model.ty(ty), members, mode, 0)?;
    let required = match mode {
        Mode::Create(facts) => facts.insert_required.as_slice(),
        Mode::Patch(facts) => facts.update_required.as_slice(),
        Mode::Document => &[],
    };
    for name in required {
        if out.get(name).is_none_or(Value::is_null) {
            return Err(BodyError::new("is required").within(name));
        }
    }
    if let Mode::Create(Facts { insert_one_of: names, .. }) = mode
        && !names.is_empty()
        && names.iter().all(|name| out.get(name).is_none_or(is_empty))
    {
        return Err(BodyError::new(format!("one of these is required: {}", names.join(", "))));
    }
    Ok(out)
}

/// Is everything there that must not be empty?
fn filled(ty: &StructType, doc: &Map<String, Value>) -> Result<(), BodyError> {
    let empty = |it: &&Property| it.required && doc.get(&it.name).is_none_or(is_empty);
    match ty.properties.iter().find(empty) {
        Some(property) => Err(BodyError::new("is required").within(&property.name)),
        None => Ok(()),
    }
}

/// Is there nothing in it?
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Applies a checked PATCH body to a stored document: members of complex values are merged one by
/// one, everything else is replaced, null included.
pub fn merge(doc: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (doc.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, value) => {
                doc.insert(name, value);
            }
        }
    }
}

/// Checks the body of an append to a collection of complex values: one object, an array, or an
/// object with the array as `value`.
pub fn items(
    model: &Model,
    ty: TypeId,
    body: &Value,
) -> Result<Vec<Map<String, Value>>, BodyError> {
    let facts = Facts::default();
    let list = match body {
        Value::Array(list) => list.as_slice(),
        Value::Object(members) => match members.get("value") {
            Some(Value::Array(list)) => list.as_slice(),
            _ => std::slice::from_ref(body),
        },
        _ => std::slice::from_ref(body),
    };
    list.iter()
        .enumerate()
        .map(|(index, item)| {
            check(model, ty, item, Mode::Create(&facts)).map_err(|error| error.within_index(index))
        })
        .collect()
}

/// Checks one value against its type, everything declared allowed.
pub(crate) fn value_of(model: &Model, ty: TypeRef, value: &Value) -> Result<Value, BodyError> {
    value::check(model, ty, value, Mode::Document, 1)
}

/// Checks the body of an action. Parameter names match in any case and come out canonical, other
/// members are ignored, and every declared parameter is there (null when absent).
pub fn arguments(
    model: &Model,
    operation: &Operation,
    body: Option<&Value>,
) -> Result<Map<String, Value>, BodyError> {
    let empty = Map::new();
    let members = match body {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(members)) => members,
        Some(other) => {
            let got = value::kind_of(other);
            return Err(BodyError::new(format!("expected an object, got {got}")));
        }
    };
    let mut out = Map::new();
    for parameter in &operation.parameters {
        let name = parameter.name.as_str();
        let given = members.get(name).or_else(|| {
            members.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        });
        let given = given.filter(|it| !it.is_null());
        let value = match given {
            Some(given) => {
                let ty = TypeRef { nullable: true, ..parameter.ty };
                value::check(model, ty, given, Mode::Document, 1)
                    .and_then(|value| in_range(parameter.range, value))
                    .map_err(|it| it.within(name))?
            }
            None if parameter.optional => Value::Null,
            None => return Err(BodyError::new("is required").within(name)),
        };
        if parameter.required && is_empty(&value) {
            return Err(BodyError::new("must not be empty").within(name));
        }
        if let (Ty::Struct(id), Value::Object(members)) = (parameter.ty.ty, &value) {
            filled(model.ty(id), members).map_err(|it| it.within(name))?;
        }
        out.insert(parameter.name.clone(), value);
    }
    Ok(out)
}

/// One object. `depth` is 0 for the body itself, where the facts of the set apply.
fn object(
    model: &Model,
    declared: &StructType,
    members: &Map<String, Value>,
    mode: Mode<'_>,
    depth: usize,
) -> Result<Map<String, Value>, BodyError> {
    if depth > MAX_DEPTH {
        return Err(BodyError::new(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    let actual = said_type(model, declared, members)?;
    let mut out = Map::with_capacity(members.len());
    let keep_type = match (declared.kind, mode) {
        // A change that does not say the type leaves it as it is.
        (_, Mode::Patch(_)) if !members.contains_key(ODATA_TYPE) => false,
        (Kind::Complex, _) => declared.is_polymorphic(),
        (Kind::Entity, _) => actual.id != declared.id,
    };
    if keep_type && !actual.is_abstract {
        out.insert(ODATA_TYPE.to_owned(), Value::from(actual.wire.as_str()));
    }
    for (name, given) in members {
        if let Some(nav) = name.strip_suffix(BIND) {
            let bound = bind::check(model, actual, nav, given).map_err(|it| it.within(name))?;
            out.insert(name.clone(), bound);
            continue;
        }
        // `@odata.id`, `evidence@odata.type`: notes about the message, not part of the entity.
        if name.contains('@') {
            continue;
        }
        let value = if let Some(property) = actual.property_exact(name) {
            match may_set(actual, property, mode, depth) {
                Ok(false) => continue,
                Ok(true) => {
                    let text = as_text(actual, property, given, mode, depth);
                    let given = text.as_ref().unwrap_or(given);
                    value::check(model, property.ty, given, mode, depth + 1)
                        .and_then(|value| fits(property, value))
                }
                Err(error) => Err(error),
            }
        } else if let Some(ty) = within(actual, name, mode, depth) {
            value::check(model, ty, given, inner(mode), depth + 1)
        } else {
            undeclared(actual, name, mode, depth).and_then(|()| value::untyped(given, depth + 1))
        };
        out.insert(name.clone(), value.map_err(|error| error.within(name))?);
    }
    if matches!(mode, Mode::Create(_)) {
        filled(actual, &out)?;
    }
    if matches!(mode, Mode::Create(_)) && declared.kind == Kind::Entity {
        for property in &actual.properties {
            if let Some(default) = &property.default
                && !out.contains_key(&property.name)
            {
                out.insert(property.name.clone(), default.clone());
            }
        }
    }
    Ok(out)
}

/// The type that `@odata.type` says, which must be the declared one or below it. Where nothing is
/// said and a member is not declared, the first type below that has all members is meant.
fn said_type<'m>(
    model: &'m Model,
    declared: &'m StructType,
    members: &Map<String, Value>,
) -> Result<&'m StructType, BodyError> {
    let wrong = |reason: String| BodyError::new(reason).within(ODATA_TYPE);
    let Some(said) = members.get(ODATA_TYPE) else {
        if declared.is_abstract && !declared.type_optional {
            let name = &declared.name;
            return Err(wrong(format!("is required, for '{name}' is abstract")));
        }
        let mut names = members.keys().filter(|name| !name.contains('@'));
        if declared.kind == Kind::Entity || declared.open || names.all(|it| has(declared, it)) {
            return Ok(declared);
        }
        let mut below = declared.derived.iter().map(|id| model.ty(*id));
        let fits = |it: &&StructType| {
            !it.is_abstract && members.keys().all(|name| name.contains('@') || has(it, name))
        };
        return Ok(below.find(fits).unwrap_or(declared));
    };
    let Some(said) = said.as_str() else { return Err(wrong("expected text".to_owned())) };
    match model.type_below(declared, said) {
        Some(it) if it.is_abstract => Err(wrong(format!("'{}' is abstract", it.name))),
        Some(it) => Ok(it),
        None => Err(wrong(format!("'{}' is not a '{}'", short(said), declared.name))),
    }
}

fn has(ty: &StructType, name: &str) -> bool {
    ty.property_exact(name).is_some() || ty.nav(name).is_some()
}

/// May this property be set here? `false` passes it over, an error refuses it.
fn may_set(
    ty: &StructType,
    property: &Property,
    mode: Mode<'_>,
    depth: usize,
) -> Result<bool, BodyError> {
    let is_key = ty.key.contains(&property.name);
    match mode {
        Mode::Document => Ok(true),
        Mode::Create(facts) if depth == 0 && is_key && facts.client_key => Ok(true),
        Mode::Create(_) => Ok(!property.computed),
        Mode::Patch(facts) if depth == 0 => {
            let fixed = property.immutable || property.computed || is_key;
            let listed = match &facts.update_fields {
                Listed::All => !fixed,
                // What a list names is updatable, whoever else sets it.
                Listed::Only(names) => !property.immutable && names.contains(&property.name),
            };
            if !listed && !facts.update_required.contains(&property.name) {
                return Err(BodyError::new("is read-only"));
            }
            Ok(true)
        }
        Mode::Patch(_) => Ok(!property.computed),
    }
}

/// A number as text, where one is taken for the other: as a key, and in sets that are lenient.
fn as_text(
    ty: &StructType,
    property: &Property,
    given: &Value,
    mode: Mode<'_>,
    depth: usize,
) -> Option<Value> {
    let lenient = match mode {
        Mode::Create(facts) | Mode::Patch(facts) => depth == 0 && facts.lenient,
        Mode::Document => false,
    };
    let text = property.ty.ty == Ty::Primitive(Primitive::String) && !property.ty.collection;
    let taken = text && given.is_number() && (lenient || ty.key.contains(&property.name));
    taken.then(|| Value::from(given.to_string()))
}

/// Is a text within its length?
fn fits(property: &Property, value: Value) -> Result<Value, BodyError> {
    match (property.max_length, &value) {
        (Some(max), Value::String(text)) if text.chars().count() > max => {
            Err(BodyError::new(format!("is longer than {max} characters")))
        }
        _ => in_range(property.range, value),
    }
}

/// Does a number, or the number of items, lie where it must?
fn in_range(range: Range, value: Value) -> Result<Value, BodyError> {
    let (found, of) = match &value {
        Value::Number(number) => (number.as_f64(), "must be"),
        Value::Array(items) => (Some(items.len() as f64), "the number of items must be"),
        _ => (None, ""),
    };
    let within = |found: f64| {
        range.least.is_none_or(|it| found >= it as f64)
            && range.most.is_none_or(|it| found <= it as f64)
    };
    if found.is_none_or(within) {
        return Ok(value);
    }
    let reason = match (range.least, range.most) {
        (Some(least), Some(most)) => format!("{of} between {least} and {most}"),
        (None, Some(most)) => format!("{of} at most {most}"),
        (Some(least), None) => format!("{of} at least {least}"),
        (None, None) => return Ok(value),
    };
    Err(BodyError::new(reason))
}

/// Entities that live inside another one may be sent along with it: all of them with a new one,
/// in a change those that its list names and those that are part of the document.
fn within(ty: &StructType, name: &str, mode: Mode<'_>, depth: usize) -> Option<TypeRef> {
    let nav = ty.nav(name).filter(|nav| nav.name == name)?;
    let named = |facts: &Facts| match &facts.update_fields {
        Listed::Only(names) => names.contains(&nav.name),
        Listed::All => nav.embedded(),
    };
    let may = match mode {
        Mode::Create(_) | Mode::Document => nav.contained || nav.embedded(),
        Mode::Patch(facts) => depth > 0 && nav.embedded() || named(facts),
    };
    let ty = Ty::Struct(nav.target);
    may.then_some(TypeRef { ty, collection: nav.collection, nullable: true })
}

/// What is sent along inside a change is new.
fn inner(mode: Mode<'_>) -> Mode<'_> {
    match mode {
        Mode::Patch(facts) => Mode::Create(facts),
        other => other,
    }
}

/// May a member that the type does not declare be there?
fn undeclared(ty: &StructType, name: &str, mode: Mode<'_>, depth: usize) -> Result<(), BodyError> {
    if ty.nav(name).is_some() {
        return Err(BodyError::new("is a navigation property and cannot be set in this body"));
    }
    match mode {
        // On an open type a PATCH may still be limited to a list, which may name such members.
        Mode::Patch(facts) if depth == 0 && ty.open => match &facts.update_fields {
            Listed::Only(names) if !names.iter().any(|it| it == name) => {
                Err(BodyError::new("is read-only"))
            }
            _ => Ok(()),
        },
        _ if ty.open && name != crate::shape::PRIVATE => Ok(()),
        _ => Err(BodyError::new(format!("does not exist on type '{}'", ty.name))),
    }
}

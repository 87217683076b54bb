//! Request bodies: from any JSON to a document the type allows.
//!
//! What comes out has canonical member and enumeration names and normalised moments, so that the
//! store can compare it as text. The first thing that does not fit is reported with its path;
//! control annotations (`@odata.…`) other than the type are ignored.

#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::value::enum_text;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::{
    code::Code,
    edm::{Ty, TypeId, TypeRef},
    facts::{Facts, Listed},
    model::{Kind, Model, Operation, Property, StructType},
    shape::ODATA_TYPE,
};

/// The deepest nesting of a body that is looked at.
pub const MAX_DEPTH: usize = 48;

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
        self.path = match self.path.as_str() {
            "" => name.to_owned(),
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
    Ok(out)
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
                value::check(model, ty, given, Mode::Document, 1).map_err(|it| it.within(name))?
            }
            None if parameter.optional => Value::Null,
            None => return Err(BodyError::new("is required").within(name)),
        };
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
    let keep_type = match declared.kind {
        Kind::Complex => declared.is_polymorphic(),
        Kind::Entity => actual.id != declared.id,
    };
    if keep_type {
        out.insert(ODATA_TYPE.to_owned(), Value::from(actual.wire.as_str()));
    }
    for (name, given) in members {
        // `@odata.id`, `evidence@odata.type`: notes about the message, not part of the entity.
        if name.contains('@') {
            continue;
        }
        let value = if let Some(property) = actual.property_exact(name) {
            match may_set(property, mode, depth) {
                Ok(false) => continue,
                Ok(true) => value::check(model, property.ty, given, mode, depth + 1),
                Err(error) => Err(error),
            }
        } else if let Some(ty) = contained(actual, name, mode) {
            value::check(model, ty, given, mode, depth + 1)
        } else {
            undeclared(actual, name, mode, depth).and_then(|()| value::untyped(given, depth + 1))
        };
        out.insert(name.clone(), value.map_err(|error| error.within(name))?);
    }
    Ok(out)
}

/// The type that `@odata.type` says, which must be the declared one or below it.
fn said_type<'m>(
    model: &'m Model,
    declared: &'m StructType,
    members: &Map<String, Value>,
) -> Result<&'m StructType, BodyError> {
    let wrong = |reason: String| BodyError::new(reason).within(ODATA_TYPE);
    let Some(said) = members.get(ODATA_TYPE) else {
        if declared.is_abstract {
            let name = &declared.name;
            return Err(wrong(format!("is required, for '{name}' is abstract")));
        }
        return Ok(declared);
    };
    let Some(said) = said.as_str() else { return Err(wrong("expected text".to_owned())) };
    let found = model
        .type_named(said)
        // Some published pages leave `security` out of the namespace.
        .filter(|it| model.is_a(it.id, declared.id))
        .or_else(|| {
            let short = said.rsplit('.').next()?;
            let mut below = std::iter::once(declared.id).chain(declared.derived.iter().copied());
            let of_graph = said.trim_start_matches('#').starts_with("microsoft.graph.");
            below.find(|id| of_graph && model.ty(*id).short_name() == short).map(|id| model.ty(id))
        });
    match found {
        Some(it) if it.is_abstract => Err(wrong(format!("'{}' is abstract", it.name))),
        Some(it) => Ok(it),
        None => Err(wrong(format!("'{said}' is not a '{}'", declared.name))),
    }
}

/// May this property be set here? `false` passes it over, an error refuses it.
fn may_set(property: &Property, mode: Mode<'_>, depth: usize) -> Result<bool, BodyError> {
    match mode {
        Mode::Document => Ok(true),
        Mode::Create(_) => Ok(!property.computed),
        Mode::Patch(facts) if depth == 0 => {
            let required = facts.update_required.contains(&property.name);
            if !required && (property.immutable || !facts.update_fields.has(&property.name)) {
                return Err(BodyError::new("is read-only"));
            }
            Ok(true)
        }
        Mode::Patch(_) => Ok(!property.computed),
    }
}

/// Entities that live inside a new one may be sent along with it.
fn contained(ty: &StructType, name: &str, mode: Mode<'_>) -> Option<TypeRef> {
    let nav = ty.nav(name).filter(|nav| nav.contained && nav.name == name)?;
    matches!(mode, Mode::Create(_)).then_some(TypeRef {
        ty: Ty::Struct(nav.target),
        collection: nav.collection,
        nullable: true,
    })
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

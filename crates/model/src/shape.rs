//! What an entity looks like on the wire: every declared member written, in the schema's order.
//!
//! Stored documents hold what was set; readers index members without asking. This runs for every
//! item of every page, so a document is taken apart once, by one hash lookup per member present.
//! Members that the type does not declare are left out (a record may hold more than one view of
//! it shows), except on open types.

use serde_json::{Map, Value};

use crate::{
    body::BIND,
    edm::{Ty, TypeId, TypeRef},
    model::{Kind, Model, StructType, UNKNOWN_FUTURE_VALUE},
};

#[cfg(test)]
mod tests;

/// The member that says of which type a value is.
pub const ODATA_TYPE: &str = "@odata.type";

/// A member under this name is the server's own and never leaves it, open type or not.
pub const PRIVATE: &str = "yagura";

/// Brings a stored document into the form of its type: annotations first, then every declared
/// property (null or `[]` when absent), recursively. Enumeration members behind
/// `unknownFutureValue` are replaced by it unless `include_unknown`.
pub fn complete(model: &Model, ty: TypeId, doc: &mut Map<String, Value>, include_unknown: bool) {
    let declared = model.ty(ty);
    let actual = actual_type(model, declared, doc);
    if actual.properties.is_empty() && actual.open && !declared.is_polymorphic() {
        doc.shift_remove(PRIVATE);
        return;
    }

    let old = std::mem::take(doc);
    let mut out = Map::with_capacity(actual.properties.len() + 2);
    let must_say = match declared.kind {
        Kind::Complex => declared.is_polymorphic(),
        Kind::Entity => actual.id != declared.id,
    };
    // Where even the type is not known, nothing is said of it.
    if must_say && !actual.is_abstract {
        out.insert(ODATA_TYPE.to_owned(), Value::from(actual.wire.as_str()));
    }

    let mut slots: Vec<Option<Value>> = vec![None; actual.properties.len()];
    let mut rest = Vec::new();
    for (name, value) in old {
        if name.starts_with('@') {
            if name != ODATA_TYPE {
                out.insert(name, value);
            }
        } else if let Some(slot) = slot_of(actual, &name) {
            slots[slot] = Some(value);
        } else if name != PRIVATE
            && !name.ends_with(BIND)
            && (actual.open || name.contains('@') || is_nav(actual, &name))
        {
            rest.push((name, value));
        }
    }
    for (property, value) in actual.properties.iter().zip(slots) {
        // A stream has a path of its own and no place in JSON.
        if property.is_stream() {
            continue;
        }
        let mut value = value.unwrap_or(Value::Null);
        complete_value(model, property.ty, &mut value, include_unknown);
        out.insert(property.name.clone(), value);
    }
    out.extend(rest);
    *doc = out;
}

/// The same for the value of a property: `[]` for an absent collection, complex values completed.
pub fn complete_value(model: &Model, ty: TypeRef, value: &mut Value, include_unknown: bool) {
    if ty.collection {
        match value {
            Value::Null => *value = Value::Array(Vec::new()),
            Value::Array(items) if needs_work(model, ty.ty, include_unknown) => {
                for item in items {
                    complete_one(model, ty.ty, item, include_unknown);
                }
            }
            _ => {}
        }
    } else if needs_work(model, ty.ty, include_unknown) {
        complete_one(model, ty.ty, value, include_unknown);
    }
}

/// Keeps of a completed document what `$select` names, and its annotations. A path into a complex
/// value keeps that member alone. An empty list keeps everything.
pub fn select(doc: &mut Map<String, Value>, select: &[Vec<String>]) {
    if select.is_empty() {
        return;
    }
    doc.retain(|name, value| {
        if name.contains('@') {
            let of = name.split('@').next().unwrap_or_default();
            return of.is_empty()
                || select.iter().any(|path| path.first().is_some_and(|it| it == of));
        }
        let mut inner = Vec::new();
        let mut whole = false;
        for path in select.iter().filter(|path| path.first() == Some(name)) {
            match path.get(1..) {
                Some(tail) if !tail.is_empty() => inner.push(tail.to_vec()),
                _ => whole = true,
            }
        }
        if !whole {
            select_inside(value, &inner);
        }
        whole || !inner.is_empty()
    });
}

fn select_inside(value: &mut Value, paths: &[Vec<String>]) {
    match value {
        Value::Object(map) => select(map, paths),
        Value::Array(items) => items.iter_mut().for_each(|item| select_inside(item, paths)),
        _ => {}
    }
}

/// The type a value says it is of, if that is the declared one or below it.
pub fn actual_type<'m>(
    model: &'m Model,
    declared: &'m StructType,
    doc: &Map<String, Value>,
) -> &'m StructType {
    if !declared.is_polymorphic() {
        return declared;
    }
    doc.get(ODATA_TYPE)
        .and_then(Value::as_str)
        .and_then(|name| model.type_named(name))
        .filter(|it| model.is_a(it.id, declared.id))
        .unwrap_or(declared)
}

fn slot_of(ty: &StructType, name: &str) -> Option<usize> {
    let slot = *ty.lookup.get(name)?;
    ty.properties.get(slot).is_some_and(|it| it.name == name).then_some(slot)
}

fn is_nav(ty: &StructType, name: &str) -> bool {
    ty.navigation.iter().any(|it| it.name == name)
}

fn needs_work(model: &Model, ty: Ty, include_unknown: bool) -> bool {
    match ty {
        Ty::Struct(_) => true,
        Ty::Enum(id) => !include_unknown && model.enumeration(id).evolved,
        Ty::Primitive(_) | Ty::Untyped => false,
    }
}

fn complete_one(model: &Model, ty: Ty, value: &mut Value, include_unknown: bool) {
    match (ty, value) {
        (Ty::Struct(id), Value::Object(map)) => complete(model, id, map, include_unknown),
        (Ty::Enum(id), Value::String(text)) if !include_unknown => {
            let hidden =
                |name: &str| model.enumeration(id).member(name).is_some_and(|it| it.evolved);
            if text.split(',').any(|name| hidden(name.trim())) {
                *text = mask(text, hidden);
            }
        }
        _ => {}
    }
}

/// The members of a flags text with the hidden ones replaced, each name once.
fn mask(text: &str, hidden: impl Fn(&str) -> bool) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in text.split(',').map(str::trim) {
        let name = if hidden(name) { UNKNOWN_FUTURE_VALUE } else { name };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(",")
}

//! Members that every entity of the API has in common and that the service fills in: when it was
//! made and changed, by whom, and for which tenant.
//!
//! They are known by name and type. What a caller may set and has set stays.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty},
    model::{Property, StructType},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::doc::Doc;

/// When it was made.
const MADE: &[&str] = &["createdDateTime"];
/// When it was last changed.
const CHANGED: &[&str] = &["lastModifiedDateTime", "lastUpdateDateTime", "lastActionDateTime"];
/// Whose it is.
const TENANT: &[&str] = &["tenantId", "azureTenantId"];

/// Fills in a new entity.
pub(crate) fn created(model: &Model, ty: &StructType, doc: &mut Doc, cx: &OpCx, stamp: Timestamp) {
    for property in &ty.properties {
        let name = property.name.as_str();
        if doc.get(name).is_some_and(|it| !it.is_null()) {
            continue;
        }
        let moment = MADE.contains(&name) || CHANGED.contains(&name);
        let value = if moment && is(property, Primitive::DateTimeOffset) {
            Value::from(stamp.to_string())
        } else if matches!(name, "createdBy" | "lastModifiedBy") {
            who(model, property, cx)
        } else if TENANT.contains(&name) && is(property, Primitive::String) {
            Value::from(cx.tenant.as_str())
        } else if let Some(default) = &property.default {
            default.clone()
        } else {
            continue;
        };
        doc.insert(name.to_owned(), value);
    }
}

/// Fills in an entity that was changed.
pub(crate) fn changed(model: &Model, ty: &StructType, doc: &mut Doc, cx: &OpCx, stamp: Timestamp) {
    for property in &ty.properties {
        let name = property.name.as_str();
        if CHANGED.contains(&name) && is(property, Primitive::DateTimeOffset) {
            doc.insert(name.to_owned(), Value::from(stamp.to_string()));
        } else if name == "lastModifiedBy" {
            doc.insert(name.to_owned(), who(model, property, cx));
        }
    }
}

fn is(property: &Property, primitive: Primitive) -> bool {
    !property.ty.collection && property.ty.ty == Ty::Primitive(primitive)
}

/// The caller as one identity: the person, or else the application.
pub(crate) fn identity(cx: &OpCx) -> Value {
    json!({"id": id_of(cx), "displayName": cx.caller.name})
}

/// The caller in a set of identities.
pub(crate) fn identity_set(cx: &OpCx) -> Value {
    let as_what = if cx.caller.user.is_some() { "user" } else { "application" };
    json!({as_what: identity(cx)})
}

fn id_of(cx: &OpCx) -> &str {
    cx.caller.user.as_deref().unwrap_or(&cx.caller.app_id)
}

/// The caller in the shape of the property: a name, a set of identities, or one identity.
fn who(model: &Model, property: &Property, cx: &OpCx) -> Value {
    let (id, name) = (id_of(cx), cx.caller.name.as_str());
    let Ty::Struct(ty) = property.ty.ty else { return Value::from(name) };
    let ty = model.ty(ty);
    if ty.property("application").is_some() && ty.property("user").is_some() {
        return identity_set(cx);
    }
    let mut identity = Doc::new();
    for (member, value) in [("id", id), ("displayName", name)] {
        if ty.property(member).is_some_and(|it| is(it, Primitive::String)) {
            identity.insert(member.to_owned(), Value::from(value));
        }
    }
    Value::Object(identity)
}

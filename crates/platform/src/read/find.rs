//! Finding the records that a path names: in their parent, where a condition holds, behind a
//! reference, or the one that exists once.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty},
    model::SetDef,
    path::{Parents, Set},
    shape,
};
use serde_json::Value;
use store::{Key, ListAsk, ReadTx, Record};

use super::View;
use crate::{
    areas::behavior,
    doc::{Doc, object, set as put, text},
    fault::Fault,
    refs, tree,
};

/// Narrows an ask to where the set sits: in its parent, or where its condition holds. What it hangs
/// on must be there.
pub(crate) fn place(
    tx: &ReadTx<'_>,
    ask: &mut ListAsk,
    set: &Set<'_>,
    model: &Model,
) -> Result<(), Fault> {
    let parent = tree::climb(tx, &ask.tenant, model, &set.parents)?;
    if set.def.parent.is_some() {
        ask.parent = parent;
    }
    if let Some(via) = &set.via {
        let source = behavior(via.from).source().unwrap_or(via.from);
        if tx.get(&Key::new(&ask.tenant, source, via.key.as_str()))?.is_none() {
            return Err(Fault::absent(format!("{} '{}'", via.from, via.key)));
        }
        ask.extra.push((via.property.to_owned(), Value::from(via.key.as_str())));
    }
    Ok(())
}

/// One record of a set, if it is in the set the path names. Absent and elsewhere answer alike.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    cx: &OpCx,
    set: &Set<'_>,
    view: &View,
    key: &str,
) -> Result<Record, Fault> {
    let absent = || Fault::absent(format!("{} '{key}'", set.kind()));
    if let Some(link) = &set.link {
        let source = refs::source(tx, &cx.tenant, view.model, link)?;
        for (kind, id) in refs::ends(tx, &cx.tenant, &source, link.nav)? {
            if (!link.nav.collection || tree::key_of(&id) == key)
                && let Some(record) = tx.get(&Key::new(&cx.tenant, kind, id))?
            {
                return Ok(record);
            }
        }
        return Err(absent());
    }
    if set.def.single {
        return the_one(tx, cx, view.model, set.def, &set.parents);
    }
    let parent = tree::climb(tx, &cx.tenant, view.model, &set.parents)?;
    let id = tree::stored_id(view.model, set.def, parent.as_deref(), key);
    let record = tx.get(&Key::new(&cx.tenant, view.source, id))?.ok_or_else(absent)?;
    if set.def.parent.is_some() && record.parent != parent {
        return Err(absent());
    }
    if let Some(via) = &set.via
        && text(&record.doc, via.property) != via.key
    {
        return Err(absent());
    }
    let seen = |(member, value): &(String, Value)| record.doc.get(member) == Some(value);
    if !view.behavior.scope(cx).iter().all(seen) || view.behavior.is_over(cx, &record) {
        return Err(absent());
    }
    if let Some(cast) = view.cast {
        let model = view.model;
        let actual = shape::actual_type(model, model.ty(view.ty), &record.doc);
        if !model.is_a(actual.id, cast) {
            return Err(absent());
        }
    }
    Ok(record)
}

/// The record of an entity that exists once.
pub(crate) fn the_one(
    tx: &ReadTx<'_>,
    cx: &OpCx,
    model: &Model,
    def: &SetDef,
    parents: &Parents<'_>,
) -> Result<Record, Fault> {
    let absent = || match parents.last() {
        Some((_, key)) => Fault::absent(format!("{} '{key}'", def.kind)),
        None => Fault::absent(def.kind.as_str()),
    };
    let (key, record) = tree::single(tx, &cx.tenant, model, def, parents)?;
    if let Some((source, member)) = tree::embedding(model, def) {
        let outer = Key::new(&cx.tenant, source.kind.as_str(), key.id.as_str());
        let outer = tx.get(&outer)?.ok_or_else(absent)?;
        let doc = object(&outer.doc, member).cloned().ok_or_else(absent)?;
        return Ok(Record { doc, ..outer });
    }
    default_of(model, def, key, record).ok_or_else(absent)
}

/// What was never written is there with its defaults where it belongs to everything of its kind:
/// at the top, and where it can be changed. Elsewhere it is absent.
fn default_of(model: &Model, def: &SetDef, key: Key, record: Option<Record>) -> Option<Record> {
    if record.is_some() || !(def.parent.is_none() || def.facts.updatable) {
        return record;
    }
    let ty = model.ty(def.ty);
    let mut doc = Doc::new();
    for property in &ty.properties {
        let default = property.default.clone();
        let default =
            default.or_else(|| (!property.ty.nullable).then(|| least(model, property.ty.ty)));
        if let Some(default) = default.filter(|_| !property.ty.collection) {
            doc.insert(property.name.clone(), default);
        }
    }
    let name = tree::key_name(model, def);
    if ty.property(name).is_some() {
        put(&mut doc, name, key.id.as_str());
    }
    Some(Record { key, parent: None, etag: String::new(), created: 0, modified: 0, seq: 0, doc })
}

/// The value of a setting that nobody has set and that may not be null: nothing, none, or the first
/// word.
fn least(model: &Model, ty: Ty) -> Value {
    match ty {
        Ty::Enum(id) => {
            let known = |it: &&model::model::Member| !it.evolved && it.value >= 0;
            let first = model.enumeration(id).members.iter().find(known);
            first.map_or(Value::Null, |it| Value::from(it.name.as_str()))
        }
        Ty::Primitive(Primitive::Boolean) => Value::Bool(false),
        Ty::Primitive(Primitive::String) => Value::from(""),
        Ty::Primitive(it) if it.is_number() => Value::from(0),
        Ty::Struct(_) => Value::Object(Doc::new()),
        Ty::Primitive(_) | Ty::Untyped => Value::Null,
    }
}

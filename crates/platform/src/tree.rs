//! Containment: entities inside entities, at any depth.
//!
//! A record knows the one it is contained in by its stored id. Where callers choose the keys of
//! contained entities, two parents may each have one of the same name, so the stored id begins
//! with that of the parent; everywhere else it is the key itself. Paths name every entity on the
//! way, and each must be there and inside the one before.

use model::{
    Model,
    model::{Navigation, SetDef, StructType},
    path::{self, Parents, SINGLE},
};
use serde_json::Value;
use store::{Key, ListAsk, ReadTx, Record, Tx};

use crate::{areas::behavior, directory::users, doc::Doc, fault::Fault, streams};

/// Between the parent's stored id and a key that is unique inside it only.
const MARK: char = '\u{1f}';
/// Most entities that go with the one that contains them.
const MOST_REMOVED: usize = 10_000;
/// How many are listed at a time while removing.
const STEP: u32 = 500;

/// The name of the key property of a set's entities.
pub(crate) fn key_name<'m>(model: &'m Model, def: &SetDef) -> &'m str {
    model.ty(def.ty).key.first().map_or("id", String::as_str)
}

/// Do callers choose the key?
pub(crate) fn is_callers_key(model: &Model, def: &SetDef) -> bool {
    let property = model.ty(def.ty).property(key_name(model, def));
    def.facts.client_key || property.is_some_and(|it| !it.computed)
}

/// The stored id of a key, inside this parent.
pub(crate) fn stored_id(model: &Model, def: &SetDef, parent: Option<&str>, key: &str) -> String {
    match parent {
        Some(parent) if is_callers_key(model, def) => format!("{parent}{MARK}{key}"),
        _ => key.to_owned(),
    }
}

/// The key as callers know it.
pub(crate) fn key_of(id: &str) -> &str {
    id.rsplit(MARK).next().unwrap_or(id)
}

/// Walks down the entities that a path goes through and answers the stored id of the last.
pub(crate) fn climb(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &Model,
    parents: &Parents<'_>,
) -> Result<Option<String>, Fault> {
    let mut above: Option<String> = None;
    for (kind, key) in parents {
        let absent = || Fault::absent(format!("{kind} '{key}'"));
        if *kind == path::ME.0 {
            above = Some(users::find(tx, tenant, key)?.ok_or_else(absent)?.id);
            continue;
        }
        let def = model.set(kind).ok_or_else(absent)?;
        let id = stored_id(model, def, above.as_deref(), key);
        let stored = behavior(kind).source().unwrap_or(kind);
        let record = tx.get(&Key::new(tenant, stored, id.as_str()))?.ok_or_else(absent)?;
        // Under a set whose parents live elsewhere nothing is contained in a record.
        if def.parent.is_some() && record.parent != above {
            return Err(absent());
        }
        above = Some(id);
    }
    Ok(above)
}

/// The record of an entity that exists once, at the top or inside another one, if it was ever
/// written; and its key in any case.
pub(crate) fn single(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &Model,
    def: &SetDef,
    parents: &Parents<'_>,
) -> Result<(Key, Option<Record>), Fault> {
    let parent = climb(tx, tenant, model, parents)?;
    let key = Key::new(tenant, def.kind.as_str(), parent.as_deref().unwrap_or(SINGLE));
    let record = tx.get(&key)?;
    Ok((key, record))
}

/// Where the value of a single place is kept when it is a part of its source's own document: the
/// source's place and the member.
pub(crate) fn embedding<'m>(model: &'m Model, def: &SetDef) -> Option<(&'m SetDef, &'m str)> {
    let (above, name) = def.kind.rsplit_once('/')?;
    let source = model.set(above).or_else(|| model.one(above))?;
    let nav = model.ty(source.ty).nav(name).filter(|it| it.embedded())?;
    Some((source, nav.name.as_str()))
}

/// The contained navigations of a type and of those below it.
pub(crate) fn contained<'m>(model: &'m Model, ty: &'m StructType) -> Vec<&'m Navigation> {
    let below = ty.derived.iter().flat_map(|id| {
        let derived = model.ty(*id);
        derived.navigation.iter().filter(|nav| nav.declared_by == derived.id)
    });
    ty.navigation.iter().chain(below).filter(|nav| nav.contained).collect()
}

/// The place of what a navigation contains.
pub(crate) fn place_of<'m>(model: &'m Model, kind: &str, nav: &Navigation) -> Option<&'m SetDef> {
    let tail = kind.rsplit('/').next().unwrap_or_default();
    // What contains its own kind: one set for every depth.
    if nav.collection && tail == nav.name {
        return model.set(kind);
    }
    let kind = format!("{kind}/{}", nav.name);
    if nav.collection { model.set(&kind) } else { model.one(&kind) }
}

/// Removes everything contained in an entity, innermost first.
pub(crate) fn remove_inside(
    tx: &mut Tx<'_>,
    model: &Model,
    key: &Key,
    at: i64,
    actor: &str,
) -> Result<(), Fault> {
    let mut left = MOST_REMOVED;
    inside(tx, model, key, at, actor, &mut left)
}

fn inside(
    tx: &mut Tx<'_>,
    model: &Model,
    key: &Key,
    at: i64,
    actor: &str,
    left: &mut usize,
) -> Result<(), Fault> {
    let Some(def) = model.set(&key.kind) else { return Ok(()) };
    streams::remove(tx, model.ty(def.ty), key, at, actor)?;
    for nav in contained(model, model.ty(def.ty)) {
        let Some(below) = place_of(model, &key.kind, nav) else { continue };
        if below.single {
            let one = Key::new(&key.tenant, below.kind.as_str(), key.id.as_str());
            if tx.get(&one)?.is_some() {
                tx.delete(&one, at, actor, None)?;
            }
            continue;
        }
        loop {
            let ask = ListAsk {
                tenant: key.tenant.clone(),
                kind: below.kind.clone(),
                parent: Some(key.id.clone()),
                top: STEP,
                ..ListAsk::default()
            };
            let records = tx.list(&ask)?.records;
            if records.is_empty() {
                break;
            }
            for record in records {
                *left = left.checked_sub(1).ok_or_else(|| {
                    Fault::Wrong(format!(
                        "more than {MOST_REMOVED} entities are contained in it; delete those first"
                    ))
                })?;
                inside(tx, model, &record.key, at, actor, left)?;
                tx.delete(&record.key, at, actor, None)?;
            }
        }
    }
    Ok(())
}

/// Takes the entities that came along with a new one out of its document.
pub(crate) fn take_contained<'m>(
    model: &'m Model,
    def: &SetDef,
    actual: &'m StructType,
    doc: &mut Doc,
) -> Vec<(&'m SetDef, Vec<Doc>)> {
    let mut found = Vec::new();
    for nav in actual.navigation.iter().filter(|nav| nav.contained) {
        let Some(value) = doc.shift_remove(&nav.name) else { continue };
        let Some(below) = place_of(model, &def.kind, nav) else { continue };
        let docs: Vec<Doc> = match value {
            Value::Array(items) => items.into_iter().filter_map(object).collect(),
            value => object(value).into_iter().collect(),
        };
        if !docs.is_empty() {
            found.push((below, docs));
        }
    }
    found
}

fn object(value: Value) -> Option<Doc> {
    match value {
        Value::Object(doc) => Some(doc),
        _ => None,
    }
}

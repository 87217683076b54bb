//! References: navigations that lead to entities which live elsewhere.
//!
//! An entity keeps what it refers to among the platform's notes, as words `kind#id`: one for a
//! navigation that leads to one, a list for one that leads to many. A referent that is gone is
//! passed over when read, so removing an entity touches nobody else's record.

use model::{
    Model,
    model::Navigation,
    path::{self, Link},
    shape::PRIVATE,
};
use serde_json::{Value, json};
use store::{Key, ListAsk, ReadTx, Record};

use crate::{
    areas::behavior,
    doc::{Doc, object},
    fault::Fault,
    tree,
};

/// The note that holds them.
const LINKS: &str = "links";
/// Most references of one navigation of one entity.
pub(crate) const MOST: usize = 1_000;
/// What ends the name of a member that refers.
const BIND: &str = "@odata.bind";

/// `kind#id`.
pub(crate) fn word(kind: &str, id: &str) -> String {
    format!("{kind}#{id}")
}

/// The words of one navigation.
pub(crate) fn held(doc: &Doc, nav: &str) -> Vec<String> {
    let links = object(doc, PRIVATE).and_then(|it| object(it, LINKS));
    match links.and_then(|it| it.get(nav)) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Sets the words of one navigation.
pub(crate) fn put(doc: &mut Doc, nav: &Navigation, words: Vec<String>) -> Result<(), Fault> {
    if words.len() > MOST {
        return Err(Fault::invalid(&nav.name, format!("refers to at most {MOST} entities")));
    }
    let notes = doc.entry(PRIVATE.to_owned()).or_insert_with(|| json!({}));
    let Some(notes) = notes.as_object_mut() else { return Ok(()) };
    let links = notes.entry(LINKS.to_owned()).or_insert_with(|| json!({}));
    let Some(links) = links.as_object_mut() else { return Ok(()) };
    if words.is_empty() {
        links.shift_remove(&nav.name);
    } else if nav.collection {
        links.insert(nav.name.clone(), json!(words));
    } else {
        links.insert(nav.name.clone(), json!(words[0]));
    }
    Ok(())
}

/// The word for an address, which must be one of an entity that the navigation may lead to.
pub(crate) fn resolve(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &'static Model,
    nav: &Navigation,
    address: &str,
) -> Result<String, Fault> {
    let wrong = |reason: String| Fault::invalid(&nav.name, reason);
    let shown: String = address.chars().take(200).collect();
    let (set, key) = path::reference(model, address)
        .map_err(|error| wrong(format!("'{shown}' is no address of an entity: {error}")))?;
    if !nav.links.iter().any(|it| it == set.kind()) {
        let places = nav.links.join(", ");
        return Err(wrong(format!("'{shown}' does not lead to one of: {places}")));
    }
    let parent = tree::climb(tx, tenant, model, &set.parents)?;
    let id = tree::stored_id(model, set.def, parent.as_deref(), &key);
    let stored = behavior(set.kind()).source().unwrap_or(set.kind());
    let record = tx.get(&Key::new(tenant, stored, id.as_str()))?;
    match record {
        Some(record) if set.def.parent.is_none() || record.parent == parent => {
            Ok(word(set.kind(), &id))
        }
        _ => Err(wrong(format!("'{shown}' does not exist"))),
    }
}

/// Takes `payload@odata.bind` and its like out of a body and keeps what they refer to. Those
/// inside complex values are kept under their path.
pub(crate) fn bind(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &'static Model,
    navigation: &[Navigation],
    body: &mut Doc,
    into: &mut Doc,
) -> Result<(), Fault> {
    let names: Vec<String> = body.keys().filter(|it| it.ends_with(BIND)).cloned().collect();
    for name in names {
        let value = body.shift_remove(&name);
        let short = name.trim_end_matches(BIND);
        let nav = navigation.iter().find(|it| it.name == short);
        let nav = nav.ok_or_else(|| Fault::invalid(&name, "is no navigation of this type"))?;
        let addresses = match value {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        let mut words = Vec::with_capacity(addresses.len());
        for address in addresses {
            let word = resolve(tx, tenant, model, nav, &address)?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        put(into, nav, words)?;
    }
    Ok(())
}

/// What a navigation of a record leads to, in order, as kind and stored id.
pub(crate) fn ends(
    tx: &ReadTx<'_>,
    tenant: &str,
    source: &Record,
    nav: &Navigation,
) -> Result<Vec<(String, String)>, Fault> {
    let Some(back) = &nav.inverse else {
        let words = held(&source.doc, &nav.name);
        return Ok(words.iter().filter_map(|it| split(it)).collect());
    };
    // Not kept here: whatever refers to the source by `back`.
    let mut found = Vec::new();
    for kind in &nav.links {
        let ask = ListAsk {
            tenant: tenant.to_owned(),
            kind: kind.clone(),
            extra: vec![(
                format!("{PRIVATE}/{LINKS}/{back}"),
                Value::from(word(&source.key.kind, &source.key.id)),
            )],
            top: MOST as u32,
            ..ListAsk::default()
        };
        found.extend(tx.list(&ask)?.records.into_iter().map(|it| (it.key.kind, it.key.id)));
    }
    Ok(found)
}

/// The entity that a link starts from.
pub(crate) fn source(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &'static Model,
    link: &Link<'_>,
) -> Result<Record, Fault> {
    let absent = || Fault::absent(format!("{} '{}'", link.from, link.key));
    if let Some(def) = model.one(link.from) {
        let (key, record) = tree::single(tx, tenant, model, def, &link.parents)?;
        let blank = Record {
            key,
            parent: None,
            etag: String::new(),
            created: 0,
            modified: 0,
            seq: 0,
            doc: Doc::new(),
        };
        return Ok(record.unwrap_or(blank));
    }
    let def = model.set(link.from).ok_or_else(absent)?;
    let parent = tree::climb(tx, tenant, model, &link.parents)?;
    let id = tree::stored_id(model, def, parent.as_deref(), &link.key);
    let record = tx.get(&Key::new(tenant, link.from, id))?.ok_or_else(absent)?;
    let is_inside = link.parents.is_empty() || record.parent == parent;
    if is_inside { Ok(record) } else { Err(absent()) }
}

fn split(word: &str) -> Option<(String, String)> {
    word.split_once('#').map(|(kind, id)| (kind.to_owned(), id.to_owned()))
}

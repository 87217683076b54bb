//! From lines of the change log to notifications.
//!
//! A line is told if it is of a kind that was asked for and the entity matches: as it is now, or,
//! when it is gone, as it was last. Lines that say the same of one entity are told once in a batch.

use std::collections::{HashMap, HashSet};

use auth::OpCx;
use model::{
    edm::{Primitive, Ty},
    query::{Filter, Literal, Operand, PropertyPath},
    shape,
};
use serde_json::{Value, json};
use store::{Changed, Key, ListAsk, Operation, ReadTx, Record};

use super::{Sub, rich::Envelope, terms, watched::Watched};
use crate::{doc::Doc, fault::Fault, read::all_of};

/// The most notifications in a message.
const MOST: u32 = 100;
/// A message with more bytes than this takes no further notification.
const FULL: usize = 512 << 10;
/// Numbers of the log that are looked at in one go.
const STRETCH: u64 = 20_000;

/// What a stretch of the log has to tell.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) notes: Vec<Value>,
    /// The last number that was looked at.
    pub(super) upto: u64,
    /// Were there changes that are too old to be told?
    pub(super) missed: bool,
}

/// Reads on behind a number. Changes before `oldest` are passed over.
pub(super) fn gather(
    tx: &ReadTx<'_>,
    cx: &OpCx,
    sub: &Sub,
    watched: &Watched,
    after: u64,
    oldest: i64,
) -> Result<Batch, Fault> {
    let end = after.saturating_add(STRETCH).min(tx.head(&cx.tenant)?);
    let lines = tx.changed(&cx.tenant, watched.view.source, after, end, MOST)?;
    let full = lines.len() == MOST as usize;
    let upto = lines.last().filter(|_| full).map_or(end, |it| it.seq);
    let wanted = |it: &Changed| {
        sub.changes.contains(&it.operation) && watched.key.as_ref().is_none_or(|key| it.id == *key)
    };
    let lines: Vec<Changed> = lines.into_iter().filter(wanted).collect();
    // What is too old stands before what is not. It goes by itself, so that the place behind it is
    // kept whatever becomes of the rest.
    let old = lines.iter().take_while(|it| it.at < oldest).last().map(|it| it.seq);
    if let Some(seq) = old {
        let all = lines.last().is_some_and(|it| it.seq == seq);
        return Ok(Batch { upto: if all { upto } else { seq }, missed: true, ..Batch::default() });
    }
    let mut batch = Batch { upto, ..Batch::default() };
    if lines.is_empty() {
        return Ok(batch);
    }
    let ask = watched.ask(cx)?;
    let ids: HashSet<&str> = lines.iter().map(|it| it.id.as_str()).collect();
    let matching: HashMap<String, Record> =
        these(tx, &ask, &ids, None)?.into_iter().map(|it| (it.key.id.clone(), it)).collect();
    let envelope = sub.envelope()?;
    let mut later = HashMap::new();
    for (place, line) in lines.iter().enumerate() {
        later.insert((line.id.as_str(), line.operation), place);
    }
    let mut bytes = 0;
    for (place, line) in lines.iter().enumerate() {
        if later.get(&(line.id.as_str(), line.operation)) != Some(&place) {
            continue;
        }
        let record = matching.get(&line.id);
        if record.is_none() && !matched_last(tx, &ask, line)? {
            continue;
        }
        let note = note(sub, watched, line, record, envelope.as_ref())?;
        bytes += note.to_string().len();
        batch.notes.push(note);
        if bytes > FULL && place + 1 < lines.len() {
            // A line that was passed over for a later one is told with that one, next time.
            batch.upto = line.seq;
            break;
        }
    }
    Ok(batch)
}

/// Those of some entities that match.
fn these(
    tx: &ReadTx<'_>,
    ask: &ListAsk,
    ids: &HashSet<&str>,
    as_of: Option<u64>,
) -> Result<Vec<Record>, Fault> {
    let path = PropertyPath::new(&["id"], Ty::Primitive(Primitive::String));
    let values = ids.iter().map(|it| Literal::Text((*it).to_owned())).collect();
    let named = Filter::In { operand: Operand::Path(path), values };
    let filter = all_of([named].into_iter().chain(ask.filter.clone()).collect());
    let top = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    Ok(tx.list(&ListAsk { filter, top, as_of, ..ask.clone() })?.records)
}

/// Did an entity that does not match now do so before it went? One that is still there did not.
fn matched_last(tx: &ReadTx<'_>, ask: &ListAsk, line: &Changed) -> Result<bool, Fault> {
    if tx.get(&Key::new(&ask.tenant, ask.kind.as_str(), line.id.as_str()))?.is_some() {
        return Ok(false);
    }
    if ask.filter.is_none() && ask.extra.is_empty() {
        return Ok(true);
    }
    let at = match line.operation {
        Operation::Created | Operation::Updated => line.seq,
        Operation::Deleted => line.seq.saturating_sub(1),
    };
    Ok(!these(tx, ask, &HashSet::from([line.id.as_str()]), Some(at))?.is_empty())
}

fn note(
    sub: &Sub,
    watched: &Watched,
    line: &Changed,
    record: Option<&Record>,
    envelope: Option<&Envelope>,
) -> Result<Value, Fault> {
    let (key, view) = (&sub.key, &watched.view);
    let gone = line.operation == Operation::Deleted;
    let record = record.filter(|_| !gone);
    let path = watched.path(&line.id);
    let nothing = Doc::new();
    let declared = watched.model.ty(view.ty);
    let stored = record.map_or(&nothing, |it| &it.doc);
    let ty = shape::actual_type(watched.model, declared, stored);
    let mut data = json!({ "@odata.type": ty.wire, "@odata.id": path, "id": line.id });
    if let Some(record) = record {
        data["@odata.etag"] = json!(format!("W/\"{}\"", record.etag));
    }
    let mut note = json!({
        // The same line is told under the same id, however often.
        "id": model::id::stable(&[&key.tenant, &key.id, &line.seq.to_string()]),
        "subscriptionId": key.id,
        "subscriptionExpirationDateTime": sub.expires.to_string(),
        "clientState": sub.state,
        "changeType": terms::name_of(line.operation),
        "resource": path,
        "tenantId": key.tenant,
        "resourceData": data,
    });
    if let (Some(envelope), Some(record)) = (envelope, record) {
        let mut doc = view.shown(record.clone());
        shape::select(&mut doc, &watched.options.select);
        note["encryptedContent"] = envelope.seal(&Value::Object(doc).to_string())?;
    }
    Ok(note)
}

//! Media streams: bytes that belong to an entity and travel under their own path.
//!
//! They are kept in a record beside the entity's, so lists and changes of the entity never carry
//! them.

use auth::OpCx;
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{
    Model,
    model::StructType,
    path::{PropertyTarget, Target},
};
use store::{Key, NewRecord, ReadTx, Record, Tx};

use crate::{
    call::{Method, Permit, Prefer},
    doc::{Doc, set, text},
    fault::Fault,
    platform::Platform,
    read::{Reader, View, find},
    reply::Reply,
    write::holds,
};

const KIND: &str = "contentType";
const BYTES: &str = "bytes";

/// Where the stream of an entity is kept.
fn key(entity: &Key, property: &str) -> Key {
    let kind = format!("{}/{property}/$value", entity.kind);
    Key::new(&entity.tenant, kind, entity.id.as_str())
}

impl Reader<'_> {
    /// The bytes of a stream.
    pub(crate) async fn stream(&self, it: PropertyTarget<'static>) -> Result<Reply, Fault> {
        let view = View::of_set(self.model, &it.set, self.prefer);
        let cx = self.cx.clone();
        self.platform
            .store
            .read(move |tx| {
                let name = it.property().name.as_str();
                let record = find(tx, &cx, &it.set, &view, &it.key)?;
                let absent = || Fault::absent(format!("'{name}' of '{}'", it.key));
                let kept = tx.get(&key(&record.key, name))?.ok_or_else(absent)?;
                let bytes = STANDARD.decode(text(&kept.doc, BYTES));
                let bytes = bytes.map_err(|error| Fault::Internal {
                    doing: "read a stream",
                    source: error.into(),
                })?;
                Ok(Reply::Bytes { kind: text(&kept.doc, KIND).to_owned(), bytes })
            })
            .await
    }
}

impl Platform {
    /// Puts bytes in the place of a stream.
    pub async fn write_stream(
        &self,
        cx: &OpCx,
        permit: Permit,
        kind: String,
        bytes: Vec<u8>,
        prefer: Prefer,
    ) -> Result<Reply, Fault> {
        let (method, version) = (permit.call.method, permit.call.version);
        let template = permit.call.target.template();
        let refused = Fault::MethodNotAllowed { method: method.as_str(), template };
        let Target::Property(it) = permit.call.target else { return Err(refused) };
        if method != Method::Put || !it.is_stream() {
            return Err(refused);
        }
        let model: &'static Model = model::graph(version);
        let view = View::of_set(model, &it.set, &prefer);
        let (cx, stamps) = (cx.clone(), self.stamps.clone());
        self.store
            .write(move |tx| {
                let record = find(tx, &cx, &it.set, &view, &it.key)?;
                holds(prefer.if_match.as_deref(), &record)?;
                let stamp = stamps.next(cx.now, record.modified);
                let mut doc = Doc::new();
                set(&mut doc, KIND, kind);
                set(&mut doc, BYTES, STANDARD.encode(bytes));
                let key = key(&record.key, &it.property().name);
                let actor = &cx.caller.app_id;
                if tx.get(&key)?.is_some() {
                    tx.update(&key, doc, stamp.0, actor, None)?;
                } else {
                    let (created, modified) = (stamp.0, stamp.0);
                    let new = NewRecord { key, parent: None, doc, created, modified };
                    tx.insert(new, actor)?;
                }
                Ok(Reply::NoContent)
            })
            .await
    }
}

/// Removes the streams of an entity that goes.
pub(crate) fn remove(
    tx: &mut Tx<'_>,
    ty: &StructType,
    entity: &Key,
    at: i64,
    actor: &str,
) -> Result<(), Fault> {
    for property in ty.properties.iter().filter(|it| it.is_stream()) {
        let key = key(entity, &property.name);
        if held(tx, &key)?.is_some() {
            tx.delete(&key, at, actor, None)?;
        }
    }
    Ok(())
}

fn held(tx: &ReadTx<'_>, key: &Key) -> Result<Option<Record>, Fault> {
    Ok(tx.get(key)?)
}

//! The one write path: check against the model, let the entity behave, store record and change in
//! one transaction, answer what was stored.

use auth::OpCx;
use model::{
    Model, body,
    edm::Ty,
    path::{PropertyTarget, Set, Target},
};
use serde_json::Value;
use store::{Key, NewRecord, Record};

use crate::{
    areas::{ALERTS, behavior},
    behavior::Update,
    call::Prefer,
    doc::{Doc, set as put, ticks},
    fault::Fault,
    intake::push,
    platform::Platform,
    read::{View, context, find, there},
    reply::Reply,
};

/// Most items that a collection property may grow to.
const MOST_APPENDED: usize = 1_000;

/// Writes for one call.
pub(crate) struct Writer<'a> {
    platform: &'a Platform,
    cx: &'a OpCx,
    model: &'static Model,
    prefer: &'a Prefer,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        cx: &'a OpCx,
        model: &'static Model,
        prefer: &'a Prefer,
    ) -> Self {
        Self { platform, cx, model, prefer }
    }

    /// A new entity.
    pub(crate) async fn create(
        &self,
        target: Target<'static>,
        sent: Value,
    ) -> Result<Reply, Fault> {
        let context = format!("{}/$entity", context(&target, self.model));
        let Target::Collection(set) = target else { return Err(elsewhere("create")) };
        let view = View::of_set(self.model, &set, self.prefer)?;
        if view.source != set.kind() {
            return Err(Fault::NotImplemented { what: format!("creating {}", set.kind()) });
        }
        let doc = body::check(self.model, set.ty(), &sent, body::Mode::Create(set.facts()))?;
        let record = if set.kind() == ALERTS {
            push::by_hand(self.platform, self.cx, doc).await?
        } else {
            self.insert(set, doc).await?
        };
        let etag = record.etag.clone();
        let doc = view.shown(record);
        Ok(Reply::Entity { context, doc, etag, created: true, preference_applied: false })
    }

    async fn insert(&self, set: Set<'static>, mut doc: Doc) -> Result<Record, Fault> {
        let (cx, stamps) = (self.cx.clone(), self.platform.stamps.clone());
        self.platform
            .store
            .write(move |tx| {
                there(tx, &cx.tenant, &set)?;
                let behavior = behavior(set.kind());
                let stamp = stamps.next(cx.now, 0);
                let request = cx.request_id.to_string();
                let id = model::id::stable(&[&cx.tenant, set.kind(), &request]);
                put(&mut doc, "id", id.as_str());
                if let Some(member) = behavior.stamped() {
                    put(&mut doc, member, stamp.to_string());
                }
                let new = NewRecord {
                    key: Key::new(&cx.tenant, set.kind(), id),
                    parent: set.parent.as_ref().map(|(_, key)| key.clone()),
                    doc,
                    created: stamp.0,
                    modified: stamp.0,
                };
                Ok::<_, Fault>(tx.insert(new, &cx.caller.app_id)?)
            })
            .await
    }

    /// A change to some members.
    pub(crate) async fn patch(&self, target: Target<'static>, sent: Value) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Item(set, id) = target else { return Err(elsewhere("patch")) };
        let view = View::of_set(self.model, &set, self.prefer)?;
        let patch = body::check(self.model, set.ty(), &sent, body::Mode::Patch(set.facts()))?;
        let quiet = set.facts().update_status == 204;
        let record = self
            .change(set, view.source, id, move |update, kind| behavior(kind).update(update, patch));
        let record = record.await?;
        if quiet && !self.prefer.representation {
            return Ok(Reply::NoContent);
        }
        let etag = record.etag.clone();
        let doc = view.shown(record);
        Ok(Reply::Entity { context, doc, etag, created: false, preference_applied: quiet })
    }

    /// New items in a collection property; answers the whole collection.
    pub(crate) async fn append(
        &self,
        target: PropertyTarget<'static>,
        sent: Value,
    ) -> Result<Reply, Fault> {
        let property = target.property();
        let Ty::Struct(ty) = property.ty.ty else { return Err(elsewhere("append")) };
        let items = body::items(self.model, ty, &sent)?;
        let is_empty =
            |item: &Doc| item.iter().all(|(it, value)| it.contains('@') || value.is_null());
        if items.iter().any(is_empty) {
            return Err(Fault::invalid(&property.name, "an item says nothing"));
        }
        let view = View::of_set(self.model, &target.set, self.prefer)?;
        let (name, type_ref) = (property.name.as_str(), property.ty);
        let stamps = self.platform.stamps.clone();
        let record = self.change(target.set, view.source, target.key, move |update, kind| {
            let mut held = match update.new.remove(name) {
                Some(Value::Array(held)) => held,
                _ => Vec::new(),
            };
            if held.len() + items.len() > MOST_APPENDED {
                return Err(Fault::invalid(name, format!("holds at most {MOST_APPENDED} items")));
            }
            for mut item in items {
                let stamp = stamps.next(update.cx.now, update.stamp.0);
                behavior(kind).append(update.cx, name, &mut item, stamp);
                held.push(Value::Object(item));
            }
            update.new.insert(name.to_owned(), Value::Array(held));
            Ok(())
        });
        let shown = view.shown(record.await?).remove(name);
        let items = match shown {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        Ok(Reply::Collection { context: self.model.type_text(type_ref), items })
    }

    /// Removes an entity.
    pub(crate) async fn delete(&self, set: Set<'static>, id: String) -> Result<Reply, Fault> {
        let view = View::of_set(self.model, &set, self.prefer)?;
        let (cx, if_match) = (self.cx.clone(), if_match(self.prefer));
        let stamps = self.platform.stamps.clone();
        self.platform
            .store
            .write(move |tx| {
                let record = find(tx, &cx.tenant, &set, view.source, &id)?;
                let at = stamps.next(cx.now, record.modified);
                tx.delete(&record.key, at.0, &cx.caller.app_id, if_match.as_deref())?;
                Ok(Reply::NoContent)
            })
            .await
    }

    /// Finds the record, lets `change` work on it, and stores it with its stamp.
    async fn change<F>(
        &self,
        set: Set<'static>,
        source: &'static str,
        id: String,
        change: F,
    ) -> Result<Record, Fault>
    where
        F: FnOnce(&mut Update<'_>, &str) -> Result<(), Fault> + Send + 'static,
    {
        let (cx, stamps) = (self.cx.clone(), self.platform.stamps.clone());
        let if_match = if_match(self.prefer);
        self.platform
            .store
            .write(move |tx| {
                let record = find(tx, &cx.tenant, &set, source, &id)?;
                let behavior = behavior(set.kind());
                let previous = behavior.stamped().map_or(0, |member| ticks(&record.doc, member));
                let stamp = stamps.next(cx.now, previous.max(record.modified));
                let mut new = record.doc.clone();
                let mut update = Update { cx: &cx, old: &record.doc, new: &mut new, stamp };
                change(&mut update, set.kind())?;
                if let Some(member) = behavior.stamped() {
                    put(&mut new, member, stamp.to_string());
                }
                let actor = &cx.caller.app_id;
                let stored = tx.update(&record.key, new, stamp.0, actor, if_match.as_deref())?;
                behavior.updated(tx, &cx, &stamps, &stored)?;
                Ok(stored)
            })
            .await
    }
}

/// `*` holds for anything that exists, which `find` has seen to.
fn if_match(prefer: &Prefer) -> Option<String> {
    prefer.if_match.clone().filter(|it| it.trim() != "*")
}

fn elsewhere(what: &'static str) -> Fault {
    Fault::Internal { doing: what, source: "the call was routed to the wrong writer".into() }
}

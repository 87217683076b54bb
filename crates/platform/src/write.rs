//! The one write path for what is there already: check against the model, let the entity behave,
//! store record and change in one transaction, answer what was stored. New entities are
//! `create.rs`'s.

use auth::OpCx;
use model::{
    Model, body,
    edm::Ty,
    model::SetDef,
    path::{One, PropertyTarget, Ref, Set, Target},
    shape,
};
use serde_json::Value;
use store::{NewRecord, Record, Tx};

use crate::{
    areas::{behavior, subscriptions},
    behavior::Update,
    call::Prefer,
    doc::{Doc, set as put, ticks},
    fault::Fault,
    platform::Platform,
    read::{View, context, find, the_one},
    refs,
    reply::Reply,
    stamping, tree,
};

/// Most items that a collection property may grow to.
const MOST_APPENDED: usize = 1_000;

/// Writes for one call.
pub(crate) struct Writer<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) cx: &'a OpCx,
    pub(crate) model: &'static Model,
    pub(crate) prefer: &'a Prefer,
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

    /// A change to some members.
    pub(crate) async fn patch(&self, target: Target<'static>, sent: Value) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Item(set, id) = target else { return Err(elsewhere("patch")) };
        let view = View::of_set(self.model, &set, self.prefer);
        let quiet = set.facts().update_status == 204;
        let patch = Patch::read(self.model, set.def, sent)?;
        if let (subscriptions::KIND, Patch::Checked(patch)) = (set.kind(), &patch) {
            subscriptions::agree_to_change(self.platform, self.cx, &set, view, &id, patch).await?;
        }
        let accepted = set.facts().update_status == 202;
        let run = self.change(set, id, move |tx, update, def| patch.apply(tx, update, def));
        let (record, location) = run.await?;
        if let Some(location) = location.filter(|_| accepted) {
            return Ok(Reply::Accepted { location });
        }
        Ok(self.changed(context, &view, record, quiet))
    }

    /// A change to some members of an entity that exists once; the first makes its record. `whole`
    /// says that it is sent as a new one is.
    pub(crate) async fn patch_single(
        &self,
        target: Target<'static>,
        sent: Value,
        whole: bool,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Singleton(one) = target else { return Err(elsewhere("patch")) };
        let view = View::of(self.model, one.def, self.prefer.include_unknown_enum_members);
        let quiet = one.facts().update_status == 204;
        let patch = if whole {
            let mode = body::Mode::Create(&one.def.facts);
            Patch::Checked(body::check(self.model, one.def.ty, &sent, mode)?)
        } else {
            Patch::read(self.model, one.def, sent)?
        };
        let (record, _) =
            self.change_single(one, move |tx, update, def| patch.apply(tx, update, def)).await?;
        Ok(self.changed(context, &view, record, quiet))
    }

    fn changed(&self, context: String, view: &View, record: Record, quiet: bool) -> Reply {
        if quiet && !self.prefer.representation {
            return Reply::NoContent;
        }
        let etag = record.etag.clone();
        let doc = view.shown(record);
        Reply::Entity { context, doc, etag, created: false, preference_applied: quiet }
    }

    /// More items for a collection property.
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
        let view = View::of_set(self.model, &target.set, self.prefer);
        let (name, type_ref) = (property.name.as_str(), property.ty);
        let stamps = self.platform.stamps.clone();
        let record = self.change(target.set, target.key, move |_, update, def| {
            let mut held = match update.new.remove(name) {
                Some(Value::Array(held)) => held,
                _ => Vec::new(),
            };
            if held.len() + items.len() > MOST_APPENDED {
                return Err(Fault::invalid(name, format!("holds at most {MOST_APPENDED} items")));
            }
            for mut item in items {
                let stamp = stamps.next(update.cx.now, update.stamp.0);
                behavior(&def.kind).append(update.cx, name, &mut item, stamp);
                held.push(Value::Object(item));
            }
            update.new.insert(name.to_owned(), Value::Array(held));
            Ok(())
        });
        let (record, _) = record.await?;
        let shown = view.shown(record).remove(name);
        let items = match shown {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let context = self.model.type_text(type_ref);
        Ok(Reply::Collection { context, items, partial: false })
    }

    /// A reference more, another one, or one less. `address` is what the caller refers to.
    pub(crate) async fn refer(
        &self,
        it: Ref<'static>,
        address: Option<String>,
        remove: bool,
    ) -> Result<Reply, Fault> {
        let Ref { link, key } = it;
        if link.nav.inverse.is_some() {
            let what = format!("changing '{}' from this side", link.nav.name);
            return Err(Fault::NotImplemented { what });
        }
        let (cx, stamps, model) = (self.cx.clone(), self.platform.stamps.clone(), self.model);
        let if_match = self.prefer.if_match.clone();
        self.platform
            .store
            .write(move |tx| {
                let source = refs::source(tx, &cx.tenant, model, &link)?;
                holds(if_match.as_deref(), &source)?;
                let nav = link.nav;
                let before = refs::held(&source.doc, &nav.name);
                let mut words = before.clone();
                let word = match &address {
                    Some(address) => Some(refs::resolve(tx, &cx.tenant, model, nav, address)?),
                    None => None,
                };
                if remove {
                    let named = |held: &String| match (&word, &key) {
                        (Some(word), _) => held == word,
                        (None, Some(key)) => {
                            held.split_once('#').is_some_and(|(_, id)| tree::key_of(id) == key)
                        }
                        (None, None) => !nav.collection,
                    };
                    words.retain(|it| !named(it));
                    if words.len() == before.len() {
                        return Err(Fault::absent(format!("a reference '{}'", nav.name)));
                    }
                } else {
                    let word = word.ok_or_else(|| Fault::invalid("@odata.id", "is required"))?;
                    if nav.collection {
                        if words.contains(&word) {
                            return Ok(Reply::NoContent);
                        }
                        words.push(word);
                    } else {
                        words = vec![word];
                    }
                }
                let mut doc = source.doc.clone();
                refs::put(&mut doc, nav, words)?;
                let stamp = stamps.next(cx.now, source.modified);
                if source.etag.is_empty() {
                    let new = NewRecord {
                        key: source.key,
                        parent: None,
                        doc,
                        created: stamp.0,
                        modified: stamp.0,
                    };
                    tx.insert(new, &cx.caller.app_id)?;
                } else {
                    tx.update(&source.key, doc, stamp.0, &cx.caller.app_id, None)?;
                }
                Ok(Reply::NoContent)
            })
            .await
    }

    /// Removes an entity with everything it contains.
    pub(crate) async fn delete(&self, set: Set<'static>, key: String) -> Result<Reply, Fault> {
        let view = View::of_set(self.model, &set, self.prefer);
        let (cx, model) = (self.cx.clone(), self.model);
        let (stamps, if_match) = (self.platform.stamps.clone(), self.prefer.if_match.clone());
        self.platform
            .store
            .write(move |tx| {
                let record = find(tx, &cx, &set, &view, &key)?;
                holds(if_match.as_deref(), &record)?;
                view.behavior.removing(tx, &cx, &record)?;
                let at = stamps.next(cx.now, record.modified);
                let actor = &cx.caller.app_id;
                tree::remove_inside(tx, model, &record.key, at.0, actor)?;
                tx.delete(&record.key, at.0, actor, None)?;
                Ok(Reply::NoContent)
            })
            .await
    }

    /// Finds the record, lets `change` work on it, and stores it with its stamp.
    pub(crate) async fn change<F>(
        &self,
        set: Set<'static>,
        key: String,
        change: F,
    ) -> Result<(Record, Option<String>), Fault>
    where
        F: FnOnce(&mut Tx<'_>, &mut Update<'_>, &SetDef) -> Result<(), Fault> + Send + 'static,
    {
        let view = View::of_set(self.model, &set, self.prefer);
        let (cx, stamps) = (self.cx.clone(), self.platform.stamps.clone());
        let if_match = self.prefer.if_match.clone();
        self.platform
            .store
            .write(move |tx| {
                let record = find(tx, &cx, &set, &view, &key)?;
                // Through a navigation the entity is still that of its own set.
                let view = view.of_record(&record);
                holds(if_match.as_deref(), &record)?;
                store(tx, &cx, &stamps, &view, record, change)
            })
            .await
    }

    /// The same for an entity that exists once.
    pub(crate) async fn change_single<F>(
        &self,
        one: One<'static>,
        change: F,
    ) -> Result<(Record, Option<String>), Fault>
    where
        F: FnOnce(&mut Tx<'_>, &mut Update<'_>, &SetDef) -> Result<(), Fault> + Send + 'static,
    {
        let view = View::of(self.model, one.def, self.prefer.include_unknown_enum_members);
        let (cx, stamps) = (self.cx.clone(), self.platform.stamps.clone());
        let if_match = self.prefer.if_match.clone();
        self.platform
            .store
            .write(move |tx| {
                let record = the_one(tx, &cx, view.model, one.def, &one.parents)?;
                holds(if_match.as_deref(), &record)?;
                let record = if record.etag.is_empty() {
                    let stamp = stamps.next(cx.now, 0);
                    let new = NewRecord {
                        parent: one.parent().map(|_| record.key.id.clone()),
                        key: record.key,
                        doc: record.doc,
                        created: stamp.0,
                        modified: stamp.0,
                    };
                    tx.insert(new, &cx.caller.app_id)?
                } else {
                    record
                };
                store(tx, &cx, &stamps, &view, record, change)
            })
            .await
    }
}

/// A patch, checked as far as the declared type tells; what is derived is checked once the record
/// says of which type it is.
enum Patch {
    Checked(Doc),
    Sent(Value, &'static Model),
}

impl Patch {
    fn read(model: &'static Model, def: &SetDef, mut sent: Value) -> Result<Self, Fault> {
        behavior(&def.kind).soften(model, def.ty, &mut sent);
        let names = |it: &Value| {
            it.as_object().is_some_and(|it| it.keys().any(|k| k.ends_with("@odata.bind")))
        };
        if model.ty(def.ty).is_polymorphic() || names(&sent) {
            return Ok(Self::Sent(sent, model));
        }
        Ok(Self::Checked(body::check(model, def.ty, &sent, body::Mode::Patch(&def.facts))?))
    }

    fn apply(self, tx: &Tx<'_>, update: &mut Update<'_>, def: &SetDef) -> Result<(), Fault> {
        let patch = match self {
            Self::Checked(patch) => patch,
            Self::Sent(sent, model) => {
                let actual = shape::actual_type(model, model.ty(def.ty), update.old);
                let mode = body::Mode::Patch(&def.facts);
                let mut patch = body::check(model, actual.id, &sent, mode)?;
                // An entity keeps the type it was made with.
                patch.shift_remove(shape::ODATA_TYPE);
                let tenant = &update.cx.tenant;
                refs::bind(tx, tenant, model, &actual.navigation, &mut patch, update.new)?;
                patch
            }
        };
        behavior(&def.kind).update(update, patch)
    }
}

/// Lets `change` work on a record and stores it; answers it, and where the kind sends the caller.
pub(crate) fn store<F>(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &crate::stamps::Stamps,
    view: &View,
    record: Record,
    change: F,
) -> Result<(Record, Option<String>), Fault>
where
    F: FnOnce(&mut Tx<'_>, &mut Update<'_>, &SetDef) -> Result<(), Fault>,
{
    let behavior = view.behavior;
    let previous = behavior.stamped().map_or(0, |member| ticks(&record.doc, member));
    let stamp = stamps.next(cx.now, previous.max(record.modified));
    let mut new = record.doc.clone();
    let mut update = Update { cx, old: &record.doc, new: &mut new, stamp };
    change(tx, &mut update, view.def)?;
    let model = view.model;
    let ty = model.set(view.source).map_or(view.ty, |it| it.ty);
    let actual = shape::actual_type(model, model.ty(ty), &new);
    stamping::changed(model, actual, &mut new, cx, stamp);
    if let Some(member) = behavior.stamped() {
        put(&mut new, member, stamp.to_string());
    }
    let stored = tx.update(&record.key, new, stamp.0, &cx.caller.app_id, None)?;
    let location = behavior.updated(tx, cx, stamps, &stored)?;
    Ok((stored, location))
}

/// Is the record one of the versions that the caller named? `*` is any that exists.
pub(crate) fn holds(if_match: Option<&str>, record: &Record) -> Result<(), Fault> {
    let named = |tags: &str| tags.split(',').any(|it| it.trim() == "*" || it.trim() == record.etag);
    match if_match {
        Some(tags) if !named(tags) => Err(Fault::Changed),
        _ => Ok(()),
    }
}

pub(crate) fn elsewhere(what: &'static str) -> Fault {
    Fault::Internal { doing: what, source: "the call was routed to the wrong writer".into() }
}

//! New entities: checked, completed, stored with everything that came along inside them, in one
//! transaction.

use auth::OpCx;
use model::{
    Model, body,
    model::SetDef,
    path::{Parents, Set, Target},
    shape,
};
use serde_json::Value;
use store::{Key, NewRecord, Record, Tx};

use crate::{
    areas::{ALERTS, alerts::manual, behavior, subscriptions},
    behavior::Creation,
    doc::{Doc, set as put, text},
    fault::Fault,
    intake::push,
    read::{View, context},
    refs,
    reply::Reply,
    stamping,
    stamps::Stamps,
    tree,
    write::{Writer, elsewhere},
};

/// Most entities that come along inside a new one.
const MOST_INSIDE: usize = 500;
/// The longest key a caller may choose.
const LONGEST_KEY: usize = 256;

impl Writer<'_> {
    /// A new entity.
    pub(crate) async fn create(
        &self,
        target: Target<'static>,
        mut sent: Value,
    ) -> Result<Reply, Fault> {
        let context = format!("{}/$entity", context(&target, self.model));
        let Target::Collection(set) = target else { return Err(elsewhere("create")) };
        let view = View::of_set(self.model, &set, self.prefer);
        if view.source != set.kind() {
            return Err(Fault::NotImplemented { what: format!("creating {}", set.kind()) });
        }
        view.behavior.soften(self.model, set.ty(), &mut sent);
        let mut doc = body::check(self.model, set.ty(), &sent, body::Mode::Create(set.facts()))?;
        if set.kind() == subscriptions::KIND {
            subscriptions::agree(self.platform, self.cx, self.model, &mut doc).await?;
        }
        let (record, location) = if set.kind() == ALERTS {
            let named = doc.contains_key("entityDefinitions");
            let request = self.cx.request_id.to_string();
            let mut doc = if named { manual::alert(doc, &request)? } else { doc };
            manual::complete(&mut doc, self.cx);
            (push::by_hand(self.platform, self.cx, doc).await?, None)
        } else {
            self.insert(set, doc).await?
        };
        if let Some(location) = location {
            return Ok(Reply::Accepted { location });
        }
        let etag = record.etag.clone();
        let doc = view.shown(record);
        Ok(Reply::Entity { context, doc, etag, created: true, preference_applied: false })
    }

    async fn insert(&self, set: Set<'static>, doc: Doc) -> Result<(Record, Option<String>), Fault> {
        let (cx, stamps, model) = (self.cx.clone(), self.platform.stamps.clone(), self.model);
        self.platform
            .store
            .write(move |tx| insert(tx, &cx, &stamps, model, set.def, &set.parents, doc))
            .await
    }
}

/// Stores a checked entity in a set, inside what the path names; answers it, and where the caller
/// is sent when that is what the kind answers.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &Stamps,
    model: &'static Model,
    def: &'static SetDef,
    parents: &Parents<'_>,
    doc: Doc,
) -> Result<(Record, Option<String>), Fault> {
    let parent = tree::climb(tx, &cx.tenant, model, parents)?;
    let parent = parent.filter(|_| def.parent.is_some());
    let seed = cx.request_id.to_string();
    let mut making = Making { cx, stamps, model, left: MOST_INSIDE };
    let record = making.one(tx, def, parent, doc, &seed)?;
    let location = behavior(&def.kind).created(tx, cx, stamps, &record)?;
    Ok((record, location))
}

/// The same for one of several in a call, told apart by `seed`.
pub(crate) fn insert_plain(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &Stamps,
    model: &'static Model,
    def: &'static SetDef,
    doc: Doc,
    seed: &str,
) -> Result<Record, Fault> {
    let seed = format!("{}/{seed}", cx.request_id);
    let mut making = Making { cx, stamps, model, left: MOST_INSIDE };
    making.one(tx, def, None, doc, &seed)
}

struct Making<'a> {
    cx: &'a OpCx,
    stamps: &'a Stamps,
    model: &'static Model,
    /// How many more may come along.
    left: usize,
}

impl Making<'_> {
    fn one(
        &mut self,
        tx: &mut Tx<'_>,
        def: &'static SetDef,
        parent: Option<String>,
        mut doc: Doc,
        seed: &str,
    ) -> Result<Record, Fault> {
        let Self { cx, model, .. } = *self;
        let behavior = behavior(&def.kind);
        let stamp = self.stamps.next(cx.now, 0);
        let actual = shape::actual_type(model, model.ty(def.ty), &doc);
        let inside = tree::take_contained(model, def, actual, &mut doc);
        let mut bound = Doc::new();
        refs::bind(tx, &cx.tenant, model, &actual.navigation, &mut doc, &mut bound)?;
        doc.extend(bound);
        let name = tree::key_name(model, def);
        let said = text(&doc, name).to_owned();
        let key = if tree::is_callers_key(model, def) && !said.is_empty() {
            callers_key(name, &said)?
        } else {
            model::id::stable(&[&cx.tenant, &def.kind, seed])
        };
        let mut creation = Creation { cx, parent: parent.as_deref(), key, doc: &mut doc, stamp };
        behavior.create(tx, &mut creation)?;
        let key = creation.key;
        stamping::created(model, actual, &mut doc, cx, stamp);
        put(&mut doc, name, key.as_str());
        if let Some(member) = behavior.stamped() {
            put(&mut doc, member, stamp.to_string());
        }
        let id = if def.single {
            parent.clone().unwrap_or_else(|| model::path::SINGLE.to_owned())
        } else {
            tree::stored_id(model, def, parent.as_deref(), &key)
        };
        let new = NewRecord {
            key: Key::new(&cx.tenant, def.kind.as_str(), id.as_str()),
            parent,
            doc,
            created: stamp.0,
            modified: stamp.0,
        };
        let record = tx.insert(new, &cx.caller.app_id)?;
        for (below, docs) in inside {
            for (place, doc) in docs.into_iter().enumerate() {
                self.left = self.left.checked_sub(1).ok_or_else(|| {
                    Fault::Wrong(format!("more than {MOST_INSIDE} entities come along"))
                })?;
                let seed = format!("{seed}/{}/{place}", below.kind);
                self.one(tx, below, Some(id.clone()), doc, &seed)?;
            }
        }
        Ok(record)
    }
}

/// A key that a caller chose: one that a path can carry.
fn callers_key(name: &str, key: &str) -> Result<String, Fault> {
    let bad = key.len() > LONGEST_KEY || key.chars().any(char::is_control);
    if bad {
        let reason =
            format!("must be text of at most {LONGEST_KEY} bytes without control characters");
        return Err(Fault::invalid(name, reason));
    }
    Ok(key.to_owned())
}

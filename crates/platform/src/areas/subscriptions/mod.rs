//! Subscriptions: an application names a collection and an endpoint, and is told of changes.
//!
//! `terms` and `watched` say what may be asked for, `handshake` asks the endpoint whether it wants
//! it. `deliver` runs in the background: it reads the change log, which is the only source, behind
//! the place that `progress` keeps for each subscription, makes notifications of its lines (`notes`,
//! `rich`) and events of what happens to the subscription itself (`lifecycle`), and sends them until
//! they are taken or too old. HTTP is the business of whoever implements [`endpoints::Endpoints`].

pub mod deliver;
pub mod endpoints;
mod handshake;
mod lifecycle;
mod notes;
mod piece;
mod progress;
mod retry;
mod rich;
mod step;
mod terms;
mod watched;

use auth::{
    OpCx,
    context::{Caller, CallerKind},
};
use model::{
    Model, Version,
    edm::{Primitive, Ty},
    query::{CompareOp, Filter, Literal, Operand, Options, PropertyPath},
    shape::PRIVATE,
    time::Timestamp,
};
use serde_json::{Value, json};
use store::{Key, Operation, ReadTx, Record, Tx};

pub(crate) use self::handshake::{agree, changed as agree_to_change};
use self::rich::Envelope;
use super::operate::Operate;
use crate::{
    behavior::{Behavior, Creation, Update, merge},
    directory,
    doc::{Doc, object, set, text, texts, ticks},
    fault::Fault,
    reply::Reply,
    stamps::Stamps,
};

/// The kind.
pub(crate) const KIND: &str = "subscriptions";
/// Whoever holds this sees those of every application.
const SEES_ALL: &str = "Subscription.Read.All";
const END: &str = "expirationDateTime";
/// Among the server's own members: the version it was made in...
const VERSION: &str = "version";
/// ...and what a person had let the application do, when one made or renewed it.
const SCOPES: &str = "scopes";

pub(crate) struct Subscription;

impl Behavior for Subscription {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn scope(&self, cx: &OpCx) -> Vec<(String, Value)> {
        if cx.caller.holds(SEES_ALL) {
            return Vec::new();
        }
        let mut own = vec![("applicationId".to_owned(), Value::from(cx.caller.app_id.as_str()))];
        own.extend(cx.caller.user.iter().map(|it| ("creatorId".to_owned(), json!(it))));
        own
    }

    /// One that has ended is there no more, though its record may wait for a last message.
    fn narrow(
        &self,
        _model: &Model,
        cx: &OpCx,
        _options: &Options,
    ) -> Result<Option<Filter>, Fault> {
        let path = PropertyPath::new(&[END], Ty::Primitive(Primitive::DateTimeOffset));
        let (op, right) = (CompareOp::Gt, Operand::Literal(Literal::DateTime(cx.now)));
        Ok(Some(Filter::Compare { op, left: Operand::Path(path), right }))
    }

    fn is_over(&self, cx: &OpCx, record: &Record) -> bool {
        ticks(&record.doc, END) <= cx.now.0
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let caller = &it.cx.caller;
        set(it.doc, "applicationId", caller.app_id.as_str());
        set(it.doc, "creatorId", caller.user.as_deref().unwrap_or(&caller.app_id));
        vouch(it.doc, caller);
        Ok(())
    }

    fn created(
        &self,
        tx: &mut Tx<'_>,
        _cx: &OpCx,
        _stamps: &Stamps,
        record: &Record,
    ) -> Result<Option<String>, Fault> {
        progress::begin(tx, &record.key, record.seq)?;
        Ok(None)
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        own(update)?;
        let asked = patch.contains_key(END).then(|| ticks(&patch, END));
        merge(update.new, patch);
        if let Some(asked) = asked {
            let end = terms::end(Timestamp(asked), update.cx.now)?;
            set(update.new, END, end.to_string());
        }
        vouch(update.new, &update.cx.caller);
        Ok(())
    }

    fn removing(&self, tx: &mut Tx<'_>, cx: &OpCx, record: &Record) -> Result<(), Fault> {
        if text(&record.doc, "applicationId") != cx.caller.app_id {
            return Err(Fault::Forbidden { needed: Vec::new() });
        }
        Ok(progress::forget(tx, &record.key)?)
    }
}

/// `reauthorize`: the caller's token is good, so the subscription goes on; nothing is extended.
pub(crate) async fn reauthorize(it: Operate<'_>) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, |_, update, _| {
        own(update)?;
        vouch(update.new, &update.cx.caller);
        Ok(())
    });
    run.await?;
    Ok(Reply::NoContent)
}

/// Only the application that made a subscription changes it.
fn own(update: &Update<'_>) -> Result<(), Fault> {
    if text(update.old, "applicationId") == update.cx.caller.app_id {
        Ok(())
    } else {
        Err(Fault::Forbidden { needed: Vec::new() })
    }
}

/// Notes on what right it rests: an application's own can be looked up at any time, a person's is
/// known from the last call only.
fn vouch(doc: &mut Doc, caller: &Caller) {
    let slot = doc.entry(PRIVATE).or_insert_with(|| json!({}));
    let Some(notes) = slot.as_object_mut() else { return };
    match caller.kind {
        CallerKind::User => set(notes, SCOPES, caller.roles.clone()),
        CallerKind::App => {
            notes.shift_remove(SCOPES);
        }
    }
}

/// A stored subscription, as deliveries need it.
struct Sub {
    key: Key,
    changes: Vec<Operation>,
    url: String,
    lifecycle_url: String,
    state: Option<String>,
    resource: String,
    version: Version,
    expires: Timestamp,
    /// When its subscriber is warned of the end.
    warn: i64,
    doc: Doc,
}

impl Sub {
    fn of(record: Record) -> Result<Self, Fault> {
        let doc = record.doc;
        let version = object(&doc, PRIVATE).map_or("", |it| text(it, VERSION));
        let expires = Timestamp(ticks(&doc, END));
        let word = |member: &str| text(&doc, member).to_owned();
        Ok(Self {
            key: record.key,
            changes: terms::changes(text(&doc, "changeType"))?,
            url: word("notificationUrl"),
            lifecycle_url: word("lifecycleNotificationUrl"),
            state: doc.get("clientState").and_then(Value::as_str).map(str::to_owned),
            resource: word("resource"),
            version: Version::parse(version).unwrap_or(Version::V1),
            expires,
            warn: lifecycle::warning(record.modified, expires.0),
            doc,
        })
    }

    /// For whom it is delivered, as what they may do now; nobody when the application is gone.
    fn caller(&self, tx: &ReadTx<'_>) -> Result<Option<Caller>, Fault> {
        let app_id = text(&self.doc, "applicationId");
        let Some(app) = directory::app_in(tx, &self.key.tenant, app_id)? else { return Ok(None) };
        if !app.enabled {
            return Ok(None);
        }
        let delegated = object(&self.doc, PRIVATE).filter(|it| it.contains_key(SCOPES));
        let (kind, user, roles) = match delegated {
            Some(notes) => (
                CallerKind::User,
                Some(text(&self.doc, "creatorId").to_owned()),
                texts(notes, SCOPES).map(str::to_owned).collect(),
            ),
            None => (CallerKind::App, None, app.roles),
        };
        Ok(Some(Caller { kind, app_id: app.app_id, name: app.name, user, roles }))
    }

    fn envelope(&self) -> Result<Option<Envelope>, Fault> {
        Envelope::of(&self.doc)
    }
}

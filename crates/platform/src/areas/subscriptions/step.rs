//! One look at one subscription: what is to be sent now, and how far it has then come.
//!
//! Everything is read anew each time, in one snapshot: the subscription, the right of its
//! application, the change log. So what was deleted, renewed or taken away counts from the next
//! message on.

use auth::OpCx;
use model::time::Timestamp;
use serde_json::{Value, json};
use store::{Key, ReadTx};
use uuid::Uuid;

use super::{
    Sub,
    lifecycle::{self, Event},
    notes,
    progress::{self, Progress},
    watched::Watched,
};
use crate::fault::Fault;

/// How long a change is worth telling, and an end: four hours in ticks.
const WORTH: i64 = 4 * 3_600 * 10_000_000;

/// What is to be done for a subscription.
pub(super) struct Step {
    pub(super) sub: Sub,
    /// How far it had come.
    pub(super) held: Progress,
    /// How far it has come as long as nothing is sent.
    pub(super) before: Progress,
    /// How far it has come once the notifications were taken.
    pub(super) after: Progress,
    /// The notifications; none when there is nothing to tell.
    pub(super) body: Option<Vec<u8>>,
    /// The last number of the log.
    pub(super) head: u64,
    /// Is there nothing behind what this step tells?
    pub(super) done: bool,
    /// It has ended; the record goes when what is owed was sent, or is owed for too long.
    pub(super) over: bool,
}

/// What is found.
pub(super) enum Found {
    /// The lease is another node's.
    NotOurs,
    /// The subscription is gone.
    Gone,
    /// Work, or none.
    Step(Box<Step>),
}

/// Looks.
pub(super) fn look(
    tx: &ReadTx<'_>,
    holder: &str,
    key: &Key,
    held: Option<Progress>,
    now: Timestamp,
) -> Result<Found, Fault> {
    if !progress::holds(tx, holder)? {
        return Ok(Found::NotOurs);
    }
    let Some(record) = tx.get(key)? else { return Ok(Found::Gone) };
    let held = match held {
        Some(held) => held,
        None => progress::load(tx, key, record.seq)?,
    };
    let mut before = held.clone();
    let sub = Sub::of(record)?;
    let head = tx.head(&key.tenant)?;
    let owe = |before: &mut Progress, event: Event| {
        if !sub.lifecycle_url.is_empty() {
            before.owed.insert(event);
        }
    };
    if sub.expires <= now {
        before.owed.clear();
        if sub.expires.0.saturating_add(WORTH) > now.0 {
            owe(&mut before, Event::SubscriptionRemoved);
        }
        let after = before.clone();
        let step = Step { sub, held, before, after, body: None, head, done: true, over: true };
        return Ok(Found::Step(Box::new(step)));
    }
    let end = sub.expires.to_string();
    if now.0 >= sub.warn && before.warned != end {
        before.warned = end;
        owe(&mut before, Event::ReauthorizationRequired);
    }
    let watched = Watched::read(sub.version, &sub.resource)?;
    let caller = sub.caller(tx)?.filter(|it| watched.allow(it).is_ok());
    if caller.is_none() && !before.barred {
        owe(&mut before, Event::ReauthorizationRequired);
    }
    before.barred = caller.is_none();
    let mut after = before.clone();
    let mut told = Vec::new();
    if let Some(caller) = caller {
        let cx = OpCx {
            caller,
            tenant: key.tenant.clone(),
            now,
            request_id: Uuid::nil(),
            client_request_id: None,
        };
        let batch = notes::gather(tx, &cx, &sub, &watched, before.at, now.0 - WORTH)?;
        after.at = batch.upto;
        after.told += batch.notes.len() as u64;
        if batch.missed {
            owe(&mut after, Event::Missed);
        }
        told = batch.notes;
    }
    let done = after.barred || after.at >= head;
    let body = (!told.is_empty()).then(|| json!({ "value": told }).to_string().into_bytes());
    Ok(Found::Step(Box::new(Step { sub, held, before, after, body, head, done, over: false })))
}

impl Step {
    /// What is owed, as a message; none when nothing is.
    pub(super) fn events(&self) -> Option<Vec<u8>> {
        let owed = &self.before.owed;
        let body: Value = lifecycle::body(&self.sub, owed.iter().copied());
        (!owed.is_empty()).then(|| body.to_string().into_bytes())
    }
}

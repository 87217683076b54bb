//! How far each subscription has come, and which node delivers: notes of the store that no change
//! log has, or every delivery would itself be a change.
//!
//! Each step of a delivery looks at the lease first: a node that was away too long finds it in other
//! hands, and stops. What it wrote down by then never takes another node's note back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use store::{Key, ReadTx, StoreError, Tx};

use super::lifecycle::Event;

/// The name of the lease, among the notes of the installation.
const LEASE: &str = "subscriptions/lease";
/// How long a lease holds from when it was taken or renewed, in ticks: 15 seconds.
pub(super) const TERM: i64 = 15 * 10_000_000;

/// How far a subscription has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// The last change that was told, or passed over.
    pub(super) at: u64,
    /// How many notifications were told.
    pub(super) told: u64,
    /// What the subscriber is still to be told of the subscription itself.
    pub(super) owed: BTreeSet<Event>,
    /// The end of which the subscriber was warned.
    pub(super) warned: String,
    /// Its application may not read what it watches.
    pub(super) barred: bool,
    /// The place that the stored note has.
    #[serde(skip)]
    pub(super) written: u64,
}

#[derive(Serialize, Deserialize)]
struct Lease {
    holder: String,
    until: i64,
}

/// The note of a subscription; one without a note begins at `start`.
pub(super) fn load(tx: &ReadTx<'_>, of: &Key, start: u64) -> Result<Progress, StoreError> {
    let note = tx.cursor_get(&of.tenant, &name(&of.id))?;
    let read = note.and_then(|it| serde_json::from_str(&it).ok());
    let read = read.unwrap_or(Progress { at: start, ..Progress::default() });
    Ok(Progress { written: read.at, ..read })
}

/// Writes the note of a subscription that is new.
pub(super) fn begin(tx: &mut Tx<'_>, of: &Key, at: u64) -> Result<(), StoreError> {
    put(tx, of, &Progress { at, ..Progress::default() })
}

/// Writes a note, if the subscription is still there and nobody is ahead.
pub(super) fn save(tx: &mut Tx<'_>, of: &Key, progress: &Progress) -> Result<(), StoreError> {
    if tx.get(of)?.is_some() && load(tx, of, 0)?.at <= progress.at {
        put(tx, of, progress)?;
    }
    Ok(())
}

/// Forgets a subscription that is gone.
pub(super) fn forget(tx: &mut Tx<'_>, of: &Key) -> Result<(), StoreError> {
    tx.cursor_remove(&of.tenant, &name(&of.id))
}

/// Takes the lease, or renews it: until when it holds; nothing while it is another's.
pub(super) fn take(tx: &mut Tx<'_>, holder: &str, now: i64) -> Result<Option<i64>, StoreError> {
    if lease(tx)?.is_some_and(|it| it.holder != holder && it.until > now) {
        return Ok(None);
    }
    let until = now.saturating_add(TERM);
    let text = serde_json::to_string(&Lease { holder: holder.to_owned(), until });
    tx.cursor_put("", LEASE, &text.unwrap_or_default())?;
    Ok(Some(until))
}

/// May this node take the lease?
pub(super) fn is_free(tx: &ReadTx<'_>, holder: &str, now: i64) -> Result<bool, StoreError> {
    Ok(lease(tx)?.is_none_or(|it| it.holder == holder || it.until <= now))
}

/// Gives the lease up, so that another need not wait for its end.
pub(super) fn give_up(tx: &mut Tx<'_>, holder: &str) -> Result<(), StoreError> {
    if holds(tx, holder)? { tx.cursor_remove("", LEASE) } else { Ok(()) }
}

/// Is it this node's? Its end is not looked at: as long as nobody else took it, nothing is delivered
/// twice.
pub(super) fn holds(tx: &ReadTx<'_>, holder: &str) -> Result<bool, StoreError> {
    Ok(lease(tx)?.is_some_and(|it| it.holder == holder))
}

fn lease(tx: &ReadTx<'_>) -> Result<Option<Lease>, StoreError> {
    Ok(tx.cursor_get("", LEASE)?.and_then(|it| serde_json::from_str(&it).ok()))
}

fn put(tx: &mut Tx<'_>, of: &Key, progress: &Progress) -> Result<(), StoreError> {
    let text = serde_json::to_string(progress);
    tx.cursor_put(&of.tenant, &name(&of.id), &text.unwrap_or_default())
}

fn name(id: &str) -> String {
    format!("subscription/{id}")
}

//! The incidents that one transaction touches, each read once and written once.
//!
//! A chunk of five hundred alerts may all belong to one incident; rewriting it five hundred times
//! would only fill the change log with versions nobody could ever see.

use std::collections::{BTreeMap, btree_map::Entry};

use auth::OpCx;
use model::time::Timestamp;
use store::{Key, NewRecord, ReadTx, Tx};

use crate::{
    areas::{INCIDENTS, incidents::profile},
    correlation::decide::Standing,
    doc::{Doc, set, text, ticks},
    fault::Fault,
    stamps::Stamps,
};

/// Incident documents by number, with what has to be done to store them.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    held: BTreeMap<u64, Draft>,
}

#[derive(Debug)]
struct Draft {
    doc: Doc,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    AsStored,
    Changed,
    New,
}

impl Drafts {
    /// Where an incident stands; a missing one is closed.
    pub(crate) fn standing(
        &mut self,
        tx: &ReadTx<'_>,
        tenant: &str,
        id: u64,
    ) -> Result<Standing, Fault> {
        let Some(doc) = self.load(tx, tenant, id)? else {
            return Ok(Standing { open: false, alerts: 0 });
        };
        let open = !matches!(text(doc, "status"), "resolved" | "redirected");
        Ok(Standing { open, alerts: profile::alert_count(doc) })
    }

    /// Begins a new incident and answers its number.
    pub(crate) fn open(&mut self, tx: &mut Tx<'_>, tenant: &str) -> Result<u64, Fault> {
        let id = tx.next_number(tenant, "incident")?;
        let doc = profile::blank(&id.to_string(), tenant);
        self.held.insert(id, Draft { doc, state: State::New });
        Ok(id)
    }

    /// Changes an incident that is there; one that is not is left alone.
    pub(crate) fn change(
        &mut self,
        tx: &ReadTx<'_>,
        tenant: &str,
        id: u64,
        change: impl FnOnce(&mut Doc),
    ) -> Result<(), Fault> {
        if self.load(tx, tenant, id)?.is_some()
            && let Some(draft) = self.held.get_mut(&id)
        {
            change(&mut draft.doc);
            if draft.state == State::AsStored {
                draft.state = State::Changed;
            }
        }
        Ok(())
    }

    /// The younger incident becomes part of the elder.
    pub(crate) fn fold(
        &mut self,
        tx: &ReadTx<'_>,
        tenant: &str,
        elder: u64,
        younger: u64,
    ) -> Result<(), Fault> {
        let Some(from) = self.load(tx, tenant, younger)?.cloned() else { return Ok(()) };
        self.change(tx, tenant, elder, |doc| profile::fold(doc, &from))?;
        self.change(tx, tenant, younger, |doc| {
            set(doc, "status", "redirected");
            set(doc, "redirectIncidentId", elder.to_string());
        })
    }

    /// Writes what changed, each incident with a stamp of its own.
    pub(crate) fn store(self, tx: &mut Tx<'_>, cx: &OpCx, stamps: &Stamps) -> Result<(), Fault> {
        for (id, mut draft) in self.held {
            if draft.state == State::AsStored {
                continue;
            }
            let stamp = stamps.next(cx.now, ticks(&draft.doc, "lastUpdateDateTime"));
            set(&mut draft.doc, "lastUpdateDateTime", stamp.to_string());
            let key = Key::new(&cx.tenant, INCIDENTS, id.to_string());
            let Timestamp(modified) = stamp;
            if draft.state == State::New {
                set(&mut draft.doc, "createdDateTime", stamp.to_string());
                let new =
                    NewRecord { key, parent: None, doc: draft.doc, created: modified, modified };
                tx.insert(new, &cx.caller.app_id)?;
            } else {
                set(&mut draft.doc, "lastModifiedBy", cx.caller.name.as_str());
                tx.update(&key, draft.doc, modified, &cx.caller.app_id, None)?;
            }
        }
        Ok(())
    }

    fn load(&mut self, tx: &ReadTx<'_>, tenant: &str, id: u64) -> Result<Option<&Doc>, Fault> {
        Ok(match self.held.entry(id) {
            Entry::Occupied(held) => Some(&held.into_mut().doc),
            Entry::Vacant(free) => {
                let key = Key::new(tenant, INCIDENTS, id.to_string());
                let Some(record) = tx.get(&key)? else { return Ok(None) };
                Some(&free.insert(Draft { doc: record.doc, state: State::AsStored }).doc)
            }
        })
    }
}

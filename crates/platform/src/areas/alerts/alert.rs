//! Alert: resolving stamps it, every change moves it and its incident forward in time.

use auth::OpCx;
use model::time::Timestamp;
use serde_json::Value;
use store::{Key, Record, Tx};

use crate::{
    areas::{ALERTS, INCIDENTS},
    behavior::{Behavior, Update},
    doc::{Doc, set, text, ticks},
    fault::Fault,
    stamps::Stamps,
};

pub(crate) struct Alert;

impl Behavior for Alert {
    fn kind(&self) -> &'static str {
        ALERTS
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        for (member, value) in patch {
            update.new.insert(member, value);
        }
        resolve(update);
        Ok(())
    }

    fn append(&self, cx: &OpCx, property: &str, item: &mut Doc, stamp: Timestamp) {
        sign_comment(cx, property, item, stamp);
    }

    /// Who polls incidents with their alerts sees that one of them changed.
    fn updated(
        &self,
        tx: &mut Tx<'_>,
        cx: &OpCx,
        stamps: &Stamps,
        record: &Record,
    ) -> Result<Option<String>, Fault> {
        let key = Key::new(&cx.tenant, INCIDENTS, text(&record.doc, "incidentId"));
        let Some(incident) = tx.get(&key)? else { return Ok(None) };
        let mut doc = incident.doc;
        let stamp = stamps.next(cx.now, ticks(&doc, "lastUpdateDateTime"));
        set(&mut doc, "lastUpdateDateTime", stamp.to_string());
        tx.update(&key, doc, stamp.0, &cx.caller.app_id, None)?;
        Ok(None)
    }

    fn stamped(&self) -> Option<&'static str> {
        Some("lastUpdateDateTime")
    }
}

/// `resolvedDateTime` says when the alert became resolved, and nothing while it is not.
fn resolve(update: &mut Update<'_>) {
    let was = text(update.old, "status") == "resolved";
    let is = text(update.new, "status") == "resolved";
    if !is {
        update.new.insert("resolvedDateTime".to_owned(), Value::Null);
    } else if !was || text(update.new, "resolvedDateTime").is_empty() {
        set(update.new, "resolvedDateTime", update.stamp.to_string());
    }
}

/// A comment says who wrote it and when; neither is the caller's to choose.
pub(crate) fn sign_comment(cx: &OpCx, property: &str, item: &mut Doc, stamp: Timestamp) {
    if property == "comments" {
        set(item, "createdByDisplayName", cx.caller.name.as_str());
        set(item, "createdDateTime", stamp.to_string());
    }
}

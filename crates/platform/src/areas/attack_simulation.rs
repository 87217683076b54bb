//! Attack simulation: making and changing a simulation is a long-running operation on the wire.
//!
//! The record is written at once, so the operation that the caller is sent to has ended when it is
//! first read. Running a simulation is not built: one stays what it was made as.

use auth::OpCx;
use serde_json::json;
use store::{Key, NewRecord, Record, Tx};

use crate::{
    behavior::{Behavior, Creation, Update, merge},
    doc::{Doc, set, text},
    fault::Fault,
    stamps::Stamps,
};

const OPERATIONS: &str = "security/attackSimulation/operations";

pub(crate) struct Simulation;

impl Behavior for Simulation {
    fn kind(&self) -> &'static str {
        "security/attackSimulation/simulations"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let launched = !text(it.doc, "launchDateTime").is_empty();
        let asked = text(it.doc, "status").to_owned();
        let status = match asked.as_str() {
            "draft" | "scheduled" => asked.as_str(),
            "" if launched => "scheduled",
            "" => "draft",
            _ => return Err(Fault::invalid("status", "a new one is 'draft' or 'scheduled'")),
        };
        set(it.doc, "status", status);
        Ok(())
    }

    fn created(
        &self,
        tx: &mut Tx<'_>,
        cx: &OpCx,
        stamps: &Stamps,
        record: &Record,
    ) -> Result<Option<String>, Fault> {
        operation(tx, cx, stamps, record, "createSimualation").map(Some)
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        let status = text(update.old, "status");
        if status != "draft" {
            let what = format!("a simulation that is no draft ({status}) with this id");
            return Err(Fault::Conflict { what });
        }
        if !matches!(text(&patch, "status"), "" | "draft" | "scheduled") {
            return Err(Fault::invalid("status", "a draft becomes 'scheduled' or stays"));
        }
        merge(update.new, patch);
        Ok(())
    }

    fn updated(
        &self,
        tx: &mut Tx<'_>,
        cx: &OpCx,
        stamps: &Stamps,
        record: &Record,
    ) -> Result<Option<String>, Fault> {
        operation(tx, cx, stamps, record, "updateSimulation").map(Some)
    }
}

/// Notes the operation, and answers where it stands.
fn operation(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &Stamps,
    record: &Record,
    what: &str,
) -> Result<String, Fault> {
    let stamp = stamps.next(cx.now, record.modified);
    let seed = cx.request_id.to_string();
    let id = model::id::stable(&[&cx.tenant, OPERATIONS, &seed, &record.key.id]);
    let mut doc = Doc::new();
    for (name, value) in [
        ("id", json!(id)),
        ("type", json!(what)),
        ("status", json!("succeeded")),
        ("percentageCompleted", json!(100)),
        ("tenantId", json!(cx.tenant)),
        ("createdDateTime", json!(stamp.to_string())),
        ("lastActionDateTime", json!(stamp.to_string())),
        ("resourceLocation", json!(format!("{}('{}')", record.key.kind, record.key.id))),
    ] {
        doc.insert(name.to_owned(), value);
    }
    let key = Key::new(&cx.tenant, OPERATIONS, id.as_str());
    let new = NewRecord { key, parent: None, doc, created: stamp.0, modified: stamp.0 };
    tx.insert(new, &cx.caller.app_id)?;
    Ok(format!("{OPERATIONS}('{id}')"))
}

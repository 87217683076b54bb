//! Attack simulation: making and changing a simulation is a long-running operation on the wire.
//!
//! The record is written at once, so the operation that the caller is sent to has ended when it is
//! first read. Running a simulation is not built: one stays what it was made as.

use auth::OpCx;
use model::{
    Model,
    query::{Filter, Operand, Options},
};
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

pub(crate) struct Payload;

impl Behavior for Payload {
    fn kind(&self) -> &'static str {
        "security/attackSimulation/payloads"
    }

    /// Whose payloads, must be said.
    fn narrow(
        &self,
        _model: &Model,
        _cx: &OpCx,
        options: &Options,
    ) -> Result<Option<Filter>, Fault> {
        if options.filter.as_ref().is_some_and(names_source) {
            return Ok(None);
        }
        let reason = "must name the source: source eq 'Tenant' or source eq 'Global'";
        Err(Fault::invalid("$filter", reason))
    }
}

fn names_source(filter: &Filter) -> bool {
    let is_source = |it: &Operand| matches!(it, Operand::Path(path) if path.segments.first().is_some_and(|it| it == "source"));
    match filter {
        Filter::And(all) => all.iter().any(names_source),
        Filter::Or(all) => all.iter().all(names_source),
        Filter::Compare { left, right, .. } => is_source(left) || is_source(right),
        Filter::In { operand, .. } => is_source(operand),
        _ => false,
    }
}

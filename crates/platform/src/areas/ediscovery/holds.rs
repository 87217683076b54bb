//! Custodians and other data sources: active or released, on hold or not.
//!
//! Putting several on hold is one call on their set. A change of holds is an operation of the case
//! on the wire; the records are changed at once, so it has ended when it is first read.

use auth::OpCx;
use model::{model::SetDef, path::Parents};
use serde_json::{Value, json};
use store::{Key, NewRecord, Record, Tx};

use super::CASES;
use crate::{
    areas::operate::Operate,
    behavior::{Behavior, Creation, Update},
    doc::{Doc, set, text, texts},
    fault::Fault,
    read::View,
    reply::Reply,
    stamping,
    stamps::Stamps,
    tree,
    write::store,
};

/// Most sources in one call.
const MOST: usize = 1_000;

/// Custodians, or sources without one.
pub(crate) struct Container(&'static str);

/// Custodians.
pub(crate) const CUSTODIAN: Container = Container("security/cases/ediscoveryCases/custodians");
/// Data sources that belong to nobody.
pub(crate) const NONCUSTODIAL: Container =
    Container("security/cases/ediscoveryCases/noncustodialDataSources");

impl Behavior for Container {
    fn kind(&self) -> &'static str {
        self.0
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        set(it.doc, "status", "active");
        if text(it.doc, "holdStatus").is_empty() {
            set(it.doc, "holdStatus", "notApplied");
        }
        if text(it.doc, "displayName").is_empty() && !text(it.doc, "email").is_empty() {
            let email = text(it.doc, "email").to_owned();
            set(it.doc, "displayName", email);
        }
        Ok(())
    }
}

/// `activate`, or `release`, of one.
pub(crate) async fn turn(it: Operate<'_>, released: bool) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, move |_, update, _| {
        if released {
            set(update.new, "status", "released");
            set(update.new, "releasedDateTime", update.stamp.to_string());
            set(update.new, "holdStatus", "notApplied");
        } else {
            set(update.new, "status", "active");
            set(update.new, "releasedDateTime", Value::Null);
        }
        Ok(())
    });
    run.await?;
    Ok(Reply::NoContent)
}

/// `applyHold`, or `removeHold`, on one or on those named by `ids`.
pub(crate) async fn hold(
    it: Operate<'_>,
    body: Option<&Value>,
    applied: bool,
) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let (def, parents, keys) = if let Ok((set_of, key)) = it.item() {
        (set_of.def, set_of.parents, vec![key])
    } else {
        let set_of = it.set()?;
        let keys: Vec<String> = texts(&arguments, "ids").map(str::to_owned).collect();
        if keys.is_empty() || keys.len() > MOST {
            let reason = format!("must name between 1 and {MOST} of them");
            return Err(Fault::invalid("ids", reason));
        }
        (set_of.def, set_of.parents, keys)
    };
    let (cx, stamps) = (it.cx.clone(), it.platform.stamps.clone());
    let view = View::of(it.model, def, false);
    it.platform
        .store
        .write(move |tx| {
            for record in found(tx, &cx, &view, def, &parents, &keys)? {
                store(tx, &cx, &stamps, &view, record, |_, update: &mut Update<'_>, _| {
                    if text(update.old, "status") == "released" && applied {
                        let reason = "names a released source, which cannot be put on hold";
                        return Err(Fault::invalid("ids", reason));
                    }
                    let status = if applied { "applied" } else { "notApplied" };
                    set(update.new, "holdStatus", status);
                    Ok(())
                })?;
            }
            let location = operation(tx, &cx, &stamps, &parents)?;
            Ok(Reply::Accepted { location })
        })
        .await
}

/// The records of all of them; one that is missing fails the call.
fn found(
    tx: &Tx<'_>,
    cx: &OpCx,
    view: &View,
    def: &SetDef,
    parents: &Parents<'_>,
    keys: &[String],
) -> Result<Vec<Record>, Fault> {
    let parent = tree::climb(tx, &cx.tenant, view.model, parents)?;
    let mut records = Vec::with_capacity(keys.len());
    for key in keys {
        let absent = || Fault::absent(format!("{} '{key}'", def.kind));
        let record = tx.get(&Key::new(&cx.tenant, def.kind.as_str(), key.as_str()))?;
        let record = record.filter(|it| it.parent == parent).ok_or_else(absent)?;
        records.push(record);
    }
    Ok(records)
}

/// Notes the operation in the case, and answers where it stands.
fn operation(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &Stamps,
    parents: &Parents<'_>,
) -> Result<String, Fault> {
    let Some((_, case)) = parents.iter().find(|(kind, _)| *kind == CASES) else {
        return Err(Fault::absent("the case"));
    };
    let stamp = stamps.next(cx.now, 0);
    let kind = format!("{CASES}/operations");
    let id = model::id::stable(&[&cx.tenant, &kind, &cx.request_id.to_string()]);
    let mut doc = Doc::new();
    for (member, value) in [
        ("@odata.type", json!("#microsoft.graph.security.ediscoveryHoldOperation")),
        ("id", json!(id)),
        ("action", json!("holdUpdate")),
        ("status", json!("succeeded")),
        ("percentProgress", json!(100)),
        ("createdBy", stamping::identity_set(cx)),
        ("createdDateTime", json!(stamp.to_string())),
        ("completedDateTime", json!(stamp.to_string())),
    ] {
        doc.insert(member.to_owned(), value);
    }
    let new = NewRecord {
        key: Key::new(&cx.tenant, kind, id.as_str()),
        parent: Some(case.clone()),
        doc,
        created: stamp.0,
        modified: stamp.0,
    };
    tx.insert(new, &cx.caller.app_id)?;
    let case = case.replace('\'', "''");
    Ok(format!("{CASES}('{case}')/operations('{id}')"))
}

//! Case: opened, closed and opened again.

use serde_json::{Value, json};
use store::Tx;

use super::CASES;
use crate::{
    areas::operate::Operate,
    behavior::{Behavior, Creation},
    doc::set,
    fault::Fault,
    reply::Reply,
    stamping,
};

pub(crate) struct Case;

impl Behavior for Case {
    fn kind(&self) -> &'static str {
        CASES
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        set(it.doc, "status", "active");
        Ok(())
    }
}

/// `close`, or `reopen`.
pub(crate) async fn turn(it: Operate<'_>, closed: bool) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, move |_, update, _| {
        let (status, at, by) = if closed {
            let by = stamping::identity_set(update.cx);
            ("closed", json!(update.stamp.to_string()), by)
        } else {
            ("active", Value::Null, Value::Null)
        };
        set(update.new, "status", status);
        set(update.new, "closedDateTime", at);
        set(update.new, "closedBy", by);
        Ok(())
    });
    run.await?;
    Ok(Reply::NoContent)
}

/// `resetToDefault`: settings that nobody has set are the defaults.
pub(crate) async fn reset_settings(it: Operate<'_>) -> Result<Reply, Fault> {
    let one = it.one()?;
    let (cx, model, stamps) = (it.cx.clone(), it.model, it.platform.stamps.clone());
    it.platform
        .store
        .write(move |tx| {
            let (key, record) = crate::tree::single(tx, &cx.tenant, model, one.def, &one.parents)?;
            if let Some(record) = record {
                let at = stamps.next(cx.now, record.modified);
                tx.delete(&key, at.0, &cx.caller.app_id, None)?;
            }
            Ok(Reply::NoContent)
        })
        .await
}

//! Threat indicators: who made one owns it; clients of many kinds send them, so bodies are read
//! with patience; several at a time are written one by one.

mod bulk;
mod lenient;

pub(crate) use bulk::{remove, submit, update};

use model::{Model, edm::TypeId};
use serde_json::{Value, json};
use store::{Record, Tx};

use crate::{
    behavior::{Behavior, Creation, Update, merge},
    doc::{Doc, object, set, text, ticks},
    fault::Fault,
};

/// The kind of indicators.
pub(crate) const INDICATORS: &str = "security/tiIndicators";
/// The note of who made it.
const OWNER: &str = "owner";
pub(crate) struct TiIndicator;

impl Behavior for TiIndicator {
    fn kind(&self) -> &'static str {
        INDICATORS
    }

    fn soften(&self, model: &Model, ty: TypeId, sent: &mut Value) {
        lenient::read(model, ty, sent);
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        fits(it.doc)?;
        set(it.doc, "ingestedDateTime", it.stamp.to_string());
        if ticks(it.doc, "expirationDateTime") <= it.cx.now.0 {
            set(it.doc, "isActive", false);
        }
        let notes = json!({ OWNER: it.cx.caller.app_id });
        it.doc.insert(model::shape::PRIVATE.to_owned(), notes);
        Ok(())
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        owned(update.old, &update.cx.caller.app_id)?;
        merge(update.new, patch);
        fits(update.new)
    }

    fn removing(&self, _tx: &mut Tx<'_>, cx: &auth::OpCx, record: &Record) -> Result<(), Fault> {
        owned(&record.doc, &cx.caller.app_id)
    }
}

/// Whoever made it may change it.
fn owned(doc: &Doc, app: &str) -> Result<(), Fault> {
    let owner = object(doc, model::shape::PRIVATE).map_or("", |it| text(it, OWNER));
    if owner == app { Ok(()) } else { Err(Fault::Forbidden { needed: Vec::new() }) }
}

fn fits(doc: &Doc) -> Result<(), Fault> {
    let (kind, value) = (text(doc, "fileHashType"), text(doc, "fileHashValue"));
    if kind.is_empty() && !value.is_empty() {
        return Err(Fault::invalid("fileHashType", "is required with fileHashValue"));
    }
    Ok(())
}

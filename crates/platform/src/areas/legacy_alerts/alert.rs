//! Legacy alert: a PATCH in the older words, written through to the stored alert.

use model::{
    Model,
    query::{Filter, PropertyPath},
};
use serde_json::{Value, json};
use store::{Record, Tx};

use super::{paths, show};
use crate::{
    areas::{ALERTS, alerts::alert::Alert, incidents::profile::NOTES},
    behavior::{Behavior, Update},
    doc::{Doc, object, objects, set, text, texts},
    fault::Fault,
    stamps::Stamps,
};

pub(crate) struct LegacyAlert;

impl Behavior for LegacyAlert {
    fn kind(&self) -> &'static str {
        "security/alerts"
    }

    fn source(&self) -> Option<&'static str> {
        Some(ALERTS)
    }

    fn show(&self, stored: Doc) -> Doc {
        show::show(&stored)
    }

    fn filter(&self, model: &Model, filter: Filter) -> Result<Filter, Fault> {
        paths::filter(model, filter)
    }

    fn sort_path(&self, model: &Model, path: PropertyPath) -> Result<PropertyPath, Fault> {
        paths::path(model, &path, "$orderby")
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        vendor_is_named(&patch)?;
        let mut through = Doc::new();
        for (member, value) in &patch {
            match member.as_str() {
                "status" => set(&mut through, "status", stored_status(value)?),
                "feedback" => set(&mut through, "classification", stored_classification(value)),
                "assignedTo" => set(&mut through, "assignedTo", value.clone()),
                "tags" => tag(update.new, value),
                "comments" => comment(update, &patch),
                // Follows below, for resolving sets it too.
                "closedDateTime" | "vendorInformation" => {}
                other => return Err(Fault::invalid(other, "cannot be changed")),
            }
        }
        Alert.update(update, through)?;
        if let Some(closed) = patch.get("closedDateTime") {
            set(update.new, "resolvedDateTime", closed.clone());
        }
        Ok(())
    }

    fn updated(
        &self,
        tx: &mut Tx<'_>,
        cx: &auth::OpCx,
        stamps: &Stamps,
        record: &Record,
    ) -> Result<Option<String>, Fault> {
        Alert.updated(tx, cx, stamps, record)
    }

    fn stamped(&self) -> Option<&'static str> {
        Alert.stamped()
    }
}

fn vendor_is_named(patch: &Doc) -> Result<(), Fault> {
    let vendor = object(patch, "vendorInformation");
    for member in ["provider", "vendor"] {
        if vendor.is_none_or(|it| text(it, member).is_empty()) {
            return Err(Fault::invalid(
                format!("vendorInformation/{member}"),
                "is needed to change an alert",
            ));
        }
    }
    Ok(())
}

fn stored_status(value: &Value) -> Result<&'static str, Fault> {
    Ok(match value.as_str().unwrap_or_default() {
        "newAlert" => "new",
        "inProgress" => "inProgress",
        "resolved" | "dismissed" => "resolved",
        _ => return Err(Fault::invalid("status", "must be newAlert, inProgress or resolved")),
    })
}

fn stored_classification(value: &Value) -> &'static str {
    match value.as_str().unwrap_or_default() {
        "truePositive" => "truePositive",
        "falsePositive" => "falsePositive",
        "benignPositive" => "informationalExpectedActivity",
        _ => "unknown",
    }
}

/// The stored alert has no tags that people set, so they live among the platform's notes.
fn tag(doc: &mut Doc, tags: &Value) {
    let slot = doc.entry(NOTES).or_insert_with(|| json!({}));
    if let Some(notes) = slot.as_object_mut() {
        set(notes, "tags", tags.clone());
    }
}

/// The older form sends the whole list of texts; those not there yet are new comments.
fn comment(update: &mut Update<'_>, patch: &Doc) {
    let mut comments: Vec<Value> =
        objects(update.new, "comments").map(|it| Value::Object(it.clone())).collect();
    for sent in texts(patch, "comments") {
        if !comments.iter().any(|it| it.get("comment").and_then(Value::as_str) == Some(sent)) {
            comments.push(json!({
                "comment": sent,
                "createdByDisplayName": update.cx.caller.name,
                "createdDateTime": update.stamp.to_string(),
            }));
        }
    }
    set(update.new, "comments", comments);
}

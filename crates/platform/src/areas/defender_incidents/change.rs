//! A PATCH in the Defender API's words, written through to the stored incident.

use auth::OpCx;
use serde_json::{Value, json};
use store::{Key, Tx};

use super::ask::word_of;
use crate::{
    areas::incidents::incident::Incident,
    behavior::{Behavior, Update},
    doc::{Doc, list, set, text, ticks},
    fault::Fault,
    stamps::Stamps,
};

/// Words that may be set, per member.
const SETTABLE: &[(&str, &[&str])] = &[
    ("status", &["active", "inProgress", "resolved"]),
    (
        "classification",
        &["unknown", "falsePositive", "truePositive", "informationalExpectedActivity"],
    ),
];
/// Most tags and comments of an incident.
const MOST: usize = 1_000;

/// What is to change, checked.
pub(super) struct Change {
    members: Doc,
    comment: Option<String>,
}

/// Reads the body.
pub(super) fn read(body: Option<Value>) -> Result<Change, Fault> {
    let Some(Value::Object(sent)) = body else {
        return Err(Fault::Wrong("the request needs a JSON object as its body".to_owned()));
    };
    let mut change = Change { members: Doc::new(), comment: None };
    for (name, value) in &sent {
        match name.as_str() {
            "status" | "classification" | "determination" => {
                set(&mut change.members, name, word(name, value)?);
            }
            "assignedTo" if value.is_string() || value.is_null() => {
                set(&mut change.members, "assignedTo", value.clone());
            }
            "tags" => set(&mut change.members, "customTags", tags(value)?),
            "comment" => change.comment = value.as_str().map(str::to_owned),
            name if name.starts_with('@') => {}
            "assignedTo" => return Err(Fault::invalid(name, "must be text or null")),
            other => return Err(Fault::invalid(other, "cannot be changed")),
        }
    }
    if change.members.is_empty() && change.comment.is_none() {
        return Err(Fault::Wrong("the body changes nothing".to_owned()));
    }
    Ok(change)
}

fn word(member: &str, value: &Value) -> Result<String, Fault> {
    let said = value.as_str().ok_or_else(|| Fault::invalid(member, "must be text"))?;
    if member == "determination" {
        return determination(said);
    }
    let word = word_of(member, said);
    let known = SETTABLE.iter().find(|(it, _)| *it == member).map_or(&[][..], |(_, words)| words);
    let known = known.iter().find(|it| it.eq_ignore_ascii_case(&word));
    known
        .map(|it| (*it).to_owned())
        .ok_or_else(|| Fault::invalid(member, format!("'{said}' is not one of its values")))
}

/// The enumeration of the published type knows the words, older ones too.
fn determination(said: &str) -> Result<String, Fault> {
    let wrong = || Fault::invalid("determination", format!("'{said}' is not one of its values"));
    let model = model::graph(model::Version::V1);
    let words =
        model.enum_named("microsoft.graph.security.alertDetermination").ok_or_else(wrong)?;
    let member = words.member(&word_of("determination", said)).ok_or_else(wrong)?;
    Ok(member.name.clone())
}

fn tags(value: &Value) -> Result<Vec<Value>, Fault> {
    let wrong = || Fault::invalid("tags", "must be an array of texts");
    let tags = value.as_array().ok_or_else(wrong)?;
    if tags.len() > MOST || !tags.iter().all(Value::is_string) {
        return Err(wrong());
    }
    Ok(tags.clone())
}

/// Writes the change.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    cx: &OpCx,
    stamps: &Stamps,
    key: &Key,
    change: Change,
) -> Result<(), Fault> {
    let absent = || Fault::absent(format!("incident '{}'", key.id));
    let record = tx.get(key)?.ok_or_else(absent)?;
    let previous = ticks(&record.doc, "lastUpdateDateTime").max(record.modified);
    let stamp = stamps.next(cx.now, previous);
    let mut new = record.doc.clone();
    let mut update = Update { cx, old: &record.doc, new: &mut new, stamp };
    Incident.update(&mut update, change.members)?;
    if let Some(comment) = change.comment.filter(|it| !it.is_empty()) {
        let mut comments = list(&new, "comments").to_vec();
        if comments.len() >= MOST {
            return Err(Fault::invalid("comment", format!("there are {MOST} already")));
        }
        comments.push(json!({
            "comment": comment,
            "createdByDisplayName": cx.caller.name,
            "createdDateTime": stamp.to_string(),
        }));
        set(&mut new, "comments", comments);
    }
    if text(&new, "id").is_empty() {
        set(&mut new, "id", key.id.as_str());
    }
    set(&mut new, "lastUpdateDateTime", stamp.to_string());
    tx.update(key, new, stamp.0, &cx.caller.app_id, None)?;
    Ok(())
}

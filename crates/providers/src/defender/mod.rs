//! Microsoft 365 Defender: rows of the hunting tables `AlertInfo` and `AlertEvidence`.
//!
//! One row of the first tells of an alert, many of the second of its evidence, in any order and
//! over several batches. Rows of a batch are gathered by `AlertId`; what one batch says is a part,
//! which the caller folds into what it has stored. A part without its `AlertInfo` row stands for
//! the alert until that comes. What a row's entity becomes is in `entity.rs`.

mod entity;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::connector::{Connector, Gathered};
use crate::draft::{Draft, OUTSIDE, Severity};
use crate::fields::Fields;
use crate::normalised::{Normalised, Refused};
use crate::{attack, clock, text};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "defender",
    vendor: "Microsoft",
    product: "Microsoft 365 Defender",
    gather,
    normalise,
};

const INFO: &str = "AlertInfo";
const EVIDENCE: &str = "AlertEvidence";

/// Puts the rows of one alert together as `{"AlertInfo": [rows], "AlertEvidence": [rows]}`. A row
/// that no alert can be told for stays alone, to be refused by itself.
fn gather(items: Vec<(usize, Value)>) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (index, item) in items {
        let row = unwrap(item);
        let Some(id) = row.get("AlertId").and_then(text::of) else {
            gathered.push(Gathered { indexes: vec![index], value: row });
            continue;
        };
        let place = *places.entry(id).or_insert_with(|| {
            let value = json!({INFO: [], EVIDENCE: []});
            gathered.push(Gathered { indexes: Vec::new(), value });
            gathered.len() - 1
        });
        let Some(group) = gathered.get_mut(place) else { continue };
        group.indexes.push(index);
        let table = table_of(&row);
        if let Some(Value::Array(rows)) = group.value.get_mut(table) {
            rows.push(row);
        }
    }
    gathered
}

/// The streaming form wraps a row: `{"category": "AdvancedHunting-AlertInfo", "properties": {…}}`.
fn unwrap(mut item: Value) -> Value {
    let wrapped = item
        .get("category")
        .and_then(Value::as_str)
        .is_some_and(|category| category.starts_with("AdvancedHunting-"));
    match item.get_mut("properties") {
        Some(row @ Value::Object(_)) if wrapped => row.take(),
        _ => item,
    }
}

fn table_of(row: &Value) -> &'static str {
    let told = |name: &str| row.get(name).is_some_and(|value| text::of(value).is_some());
    if told("EntityType") || told("EvidenceRole") { EVIDENCE } else { INFO }
}

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    if !item.is_object() {
        return Err(Refused::new("item", "not an object"));
    }
    let rows =
        |table: &str| item.get(table).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (mut info, mut evidence) = (rows(INFO), rows(EVIDENCE));
    let bare = std::slice::from_ref(item);
    if info.is_empty() && evidence.is_empty() {
        match table_of(item) {
            INFO => info = bare,
            _ => evidence = bare,
        }
    }
    let info = info.iter().map(|row| Fields::of(row, INFO)).collect::<Result<Vec<_>, _>>()?;
    let evidence =
        evidence.iter().map(|row| Fields::of(row, EVIDENCE)).collect::<Result<Vec<_>, _>>()?;
    let moment = |row: &Fields| {
        let moment = row.get("Timestamp").or_else(|| row.get("TimeGenerated")).and_then(clock::of);
        moment.ok_or_else(|| row.refuse("Timestamp", "a moment"))
    };
    let mut moments = info.iter().chain(&evidence).map(moment).collect::<Result<Vec<_>, _>>()?;
    // A row is written anew when its alert changes; the last one holds.
    let newest = info.iter().max_by_key(|row| moment(row).ok());
    let Some(head) = newest.or(evidence.first()) else {
        return Err(Refused::new("item", "no row"));
    };
    let id = head.need_text("AlertId")?;
    let title =
        if newest.is_some() { head.need_text("Title")? } else { headline(&evidence, "Title") };

    let created = newest.or(evidence.first()).map(moment).transpose()?.unwrap_or_default();
    let mut draft = Draft::new(id, &title, created);
    moments.sort_unstable();
    if let (Some(first), Some(last)) = (moments.first(), moments.last()) {
        (draft.first, draft.last) = (first.clone(), last.clone());
    }
    draft.partial = newest.is_none();
    let said = |name: &str| head.text(name).unwrap_or_else(|| headline(&evidence, name));
    draft.severity = severity(&said("Severity"));
    draft.service_source = source("service", &said("ServiceSource"));
    draft.detection_source = source("detection", &said("DetectionSource"));
    draft.product_name = Some(said("ServiceSource")).filter(|name| !name.is_empty());
    for row in info.iter().chain(&evidence) {
        for column in ["Category", "Categories"] {
            for category in listed(row, column) {
                draft.category_as_written(&category);
            }
        }
        for written in listed(row, "AttackTechniques") {
            technique(&written, &mut draft);
        }
        if draft.threat_family.is_none() {
            draft.threat_family = row.text("ThreatFamily");
        }
    }
    let mut unread = Vec::new();
    for row in &evidence {
        let noted = moment(row)?;
        match entity::piece(row, &noted) {
            Some(piece) => draft.evidence.add(piece),
            None => unread.push(Value::Object(row.clone().into_rest())),
        }
    }
    leftovers(newest, &evidence, unread, &mut draft);
    Ok(Normalised::Part(draft.finish(&CONNECTOR)))
}

/// What the first evidence row that has it says.
fn headline(evidence: &[Fields], column: &str) -> String {
    evidence.iter().find_map(|row| row.text(column)).unwrap_or_default()
}

/// A list kept as JSON text in a column, a real list, or one bare value.
fn listed(row: &Fields, column: &str) -> Vec<String> {
    let Some(value) = row.get(column) else { return Vec::new() };
    if let Value::String(written) = value
        && written.trim_start().starts_with('[')
        && let Ok(list @ Value::Array(_)) = serde_json::from_str(written)
    {
        return text::all_of(&list);
    }
    text::all_of(value)
}

/// `OS Credential Dumping (T1003)`, or the id alone.
fn technique(written: &str, draft: &mut Draft) {
    let inner = written.rsplit_once('(').map_or(written, |(_, inner)| inner);
    draft.technique(inner.trim_end_matches(')'));
}

fn severity(written: &str) -> Severity {
    match written.to_ascii_lowercase().as_str() {
        "high" => Severity::High,
        "medium" => Severity::Medium,
        "low" => Severity::Low,
        "informational" => Severity::Informational,
        _ => Severity::Unknown,
    }
}

/// The enum's member for a spelling; a member's own name is one too.
fn source(which: &str, written: &str) -> &'static str {
    if written.is_empty() {
        return "unknown";
    }
    attack::rows(include_str!("sources.tsv"))
        .filter_map(|row| row.strip_prefix(which)?.strip_prefix('\t')?.split_once('\t'))
        .find(|(spelling, member)| {
            spelling.eq_ignore_ascii_case(written) || member.eq_ignore_ascii_case(written)
        })
        .map_or(OUTSIDE, |(_, member)| member)
}

/// Columns that the alert tells elsewhere.
const TOLD: &[&str] = &[
    "Timestamp",
    "TimeGenerated",
    "AlertId",
    "Title",
    "Category",
    "Severity",
    "ServiceSource",
    "AttackTechniques",
];

fn leftovers(newest: Option<&Fields>, evidence: &[Fields], unread: Vec<Value>, draft: &mut Draft) {
    if let Some(row) = newest {
        let mut row = row.clone();
        for column in TOLD {
            row.take(column);
        }
        draft.rest = row.into_rest();
        draft.rest.retain(|_, value| !value.is_null() && value != "");
    }
    let additional: Vec<Value> = evidence
        .iter()
        .filter_map(|row| {
            let fields = entity::additional(row)?;
            Some(json!({"EntityType": row.text("EntityType"), "AdditionalFields": fields}))
        })
        .collect();
    if !additional.is_empty() {
        draft.rest.insert("AlertEvidence".to_owned(), Value::Array(additional));
    }
    if !unread.is_empty() {
        draft.rest.insert("unreadEvidence".to_owned(), Value::Array(unread));
    }
}

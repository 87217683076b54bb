//! What an incident's own members say is derived from its alerts, one alert at a time.
//!
//! The incident document keeps counters and short capped lists under `yagura`, never a list of its
//! alerts, so it stays small however many alerts it has. Names, tags and states that people set are
//! theirs: the derived name stops changing once someone has set another.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::doc::{Doc, set, text, texts};

/// The member that holds what the platform notes for itself; it is not declared in the schema and
/// so never shown.
pub(crate) const NOTES: &str = model::shape::PRIVATE;

/// The note that lists the derived members people have set.
const BY_HAND: &str = "byHand";
/// The members that are derived until then.
pub(crate) const DERIVED: &[&str] = &["displayName", "description", "severity"];

/// Capped lists end here.
const MOST_ASSETS: usize = 8;
const MOST_PRODUCTS: usize = 8;
const MOST_TAGS: usize = 32;

/// The tactics in the order an intrusion passes through them: wire name and words.
const TACTICS: &[(&str, &str)] = &[
    ("Reconnaissance", "Reconnaissance"),
    ("ResourceDevelopment", "Resource development"),
    ("InitialAccess", "Initial access"),
    ("Execution", "Execution"),
    ("Persistence", "Persistence"),
    ("PrivilegeEscalation", "Privilege escalation"),
    ("DefenseEvasion", "Defense evasion"),
    ("CredentialAccess", "Credential access"),
    ("Discovery", "Discovery"),
    ("LateralMovement", "Lateral movement"),
    ("Collection", "Collection"),
    ("CommandAndControl", "Command and control"),
    ("Exfiltration", "Exfiltration"),
    ("Impact", "Impact"),
];

/// Severities, mildest first.
const SEVERITIES: &[&str] = &["unknown", "informational", "low", "medium", "high"];

/// A new incident without alerts.
pub(crate) fn blank(id: &str, tenant: &str) -> Doc {
    let Value::Object(doc) = json!({
        "id": id,
        "tenantId": tenant,
        "status": "active",
        "severity": "unknown",
        "classification": "unknown",
        "determination": "unknown",
        "customTags": [],
        "systemTags": [],
        "comments": [],
        NOTES: { "alerts": 0, "assets": [], "products": [], "tactics": [], "first": "", "last": "", "title": "",
            "severity": "unknown",
        },
    }) else {
        return Doc::new();
    };
    doc
}

/// How many alerts an incident has.
pub(crate) fn alert_count(incident: &Doc) -> u64 {
    note(incident, "alerts").and_then(Value::as_u64).unwrap_or_default()
}

/// Takes an alert into account: once for a new member, and again with `count` false when it
/// changed.
pub(crate) fn absorb(incident: &mut Doc, alert: &Doc, assets: &[String], count: bool) {
    gather(incident, "systemTags", texts(alert, "systemTags"), MOST_TAGS);
    let mut notes = take_notes(incident);
    let severity = stronger(text(&notes, "severity"), text(alert, "severity")).to_owned();
    set(&mut notes, "severity", severity);
    if count {
        let alerts = notes.get("alerts").and_then(Value::as_u64).unwrap_or_default() + 1;
        set(&mut notes, "alerts", alerts);
    }
    if text(&notes, "title").is_empty() {
        set(&mut notes, "title", text(alert, "title"));
    }
    gather(&mut notes, "assets", assets.iter().map(String::as_str), MOST_ASSETS);
    gather(&mut notes, "products", std::iter::once(text(alert, "productName")), MOST_PRODUCTS);
    let tactics = texts(alert, "categories").chain(std::iter::once(text(alert, "category")));
    let known = tactics.filter(|it| TACTICS.iter().any(|(name, _)| name == it));
    gather(&mut notes, "tactics", known, TACTICS.len());
    widen(&mut notes, text(alert, "firstActivityDateTime"), text(alert, "lastActivityDateTime"));
    incident.insert(NOTES.to_owned(), Value::Object(notes));
    derive(incident);
}

/// Takes everything of a younger incident that turned out to be the same story.
pub(crate) fn fold(elder: &mut Doc, younger: &Doc) {
    gather(elder, "systemTags", texts(younger, "systemTags"), MOST_TAGS);
    gather(elder, "customTags", texts(younger, "customTags"), MOST_TAGS);
    let Some(from) = younger.get(NOTES).and_then(Value::as_object) else { return };
    let mut notes = take_notes(elder);
    let severity = stronger(text(&notes, "severity"), text(from, "severity")).to_owned();
    set(&mut notes, "severity", severity);
    let alerts = notes.get("alerts").and_then(Value::as_u64).unwrap_or_default();
    set(&mut notes, "alerts", alerts + alert_count(younger));
    gather(&mut notes, "assets", texts(from, "assets"), MOST_ASSETS);
    gather(&mut notes, "products", texts(from, "products"), MOST_PRODUCTS);
    gather(&mut notes, "tactics", texts(from, "tactics"), TACTICS.len());
    widen(&mut notes, text(from, "first"), text(from, "last"));
    elder.insert(NOTES.to_owned(), Value::Object(notes));
    derive(elder);
}

/// Notes that someone set a member that is otherwise derived; from then on it is theirs. Setting
/// it to null gives it back.
pub(crate) fn set_by_hand(incident: &mut Doc, member: &str, kept: bool) {
    let mut notes = take_notes(incident);
    let mut held: Vec<String> =
        texts(&notes, BY_HAND).filter(|it| *it != member).map(str::to_owned).collect();
    if kept {
        held.push(member.to_owned());
    }
    set(&mut notes, BY_HAND, held);
    incident.insert(NOTES.to_owned(), Value::Object(notes));
}

fn derive(incident: &mut Doc) {
    let notes = take_notes(incident);
    let tactics = in_order(&notes);
    let theirs = |member: &str| texts(&notes, BY_HAND).any(|it| it == member);
    if !theirs("displayName") {
        set(incident, "displayName", display_name(&notes, &tactics));
    }
    if !theirs("description") {
        set(incident, "description", description(&notes, &tactics));
    }
    if !theirs("severity") {
        set(incident, "severity", text(&notes, "severity"));
    }
    set(incident, "priorityScore", priority(text(incident, "severity"), &notes, tactics.len()));
    incident.insert(NOTES.to_owned(), Value::Object(notes));
}

fn display_name(notes: &Doc, tactics: &[&str]) -> String {
    let alerts = notes.get("alerts").and_then(Value::as_u64).unwrap_or_default();
    let assets: Vec<&str> = texts(notes, "assets").collect();
    let place = match assets.as_slice() {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [one, other] => format!(" on {one} and {other}"),
        [one, rest @ ..] => format!(" on {one} and {} more", at_least(rest.len(), MOST_ASSETS - 1)),
    };
    match (tactics, alerts) {
        ([first, .., last], _) => {
            let between = if tactics.len() > 2 { " … " } else { " → " };
            format!("{} stages: {first}{between}{last}{place}", tactics.len())
        }
        (_, 0 | 1) => format!("{}{place}", text(notes, "title")),
        (_, 2) => format!("{} and 1 related alert{place}", text(notes, "title")),
        (_, more) => format!("{} and {} related alerts{place}", text(notes, "title"), more - 1),
    }
}

fn description(notes: &Doc, tactics: &[&str]) -> String {
    let alerts = notes.get("alerts").and_then(Value::as_u64).unwrap_or_default();
    let products: Vec<&str> = texts(notes, "products").collect();
    let mut told = format!("{alerts} {}", if alerts == 1 { "alert" } else { "alerts" });
    if !products.is_empty() {
        let _ = write!(told, " from {}", products.join(", "));
    }
    let (first, last) = (text(notes, "first"), text(notes, "last"));
    if !first.is_empty() {
        let _ = write!(told, ", {first} to {last}");
    }
    told.push('.');
    if !tactics.is_empty() {
        let _ = write!(told, " Tactics: {}.", tactics.join(", "));
    }
    told
}

/// 0 to 100: the severity sets the range, breadth moves it up within and somewhat beyond.
fn priority(severity: &str, notes: &Doc, tactics: usize) -> u64 {
    let base = match severity {
        "high" => 65,
        "medium" => 40,
        "low" => 18,
        _ => 5,
    };
    let alerts = notes.get("alerts").and_then(Value::as_u64).unwrap_or_default();
    let stages = 5 * tactics.saturating_sub(1).min(4) as u64;
    let volume = 2 * u64::from(alerts.max(1).ilog2()).min(4);
    let products = 3 * texts(notes, "products").count().saturating_sub(1).min(3) as u64;
    (base + stages + volume + products).min(100)
}

fn in_order(notes: &Doc) -> Vec<&'static str> {
    let held: Vec<&str> = texts(notes, "tactics").collect();
    TACTICS.iter().filter(|(name, _)| held.contains(name)).map(|(_, words)| *words).collect()
}

fn at_least(count: usize, cap: usize) -> String {
    if count >= cap { format!("at least {count}") } else { count.to_string() }
}

fn stronger<'a>(one: &'a str, other: &'a str) -> &'a str {
    let rank = |it: &str| SEVERITIES.iter().position(|name| *name == it).unwrap_or_default();
    if rank(other) > rank(one) { other } else { one }
}

fn note<'a>(incident: &'a Doc, member: &str) -> Option<&'a Value> {
    incident.get(NOTES)?.get(member)
}

fn take_notes(incident: &mut Doc) -> Doc {
    match incident.remove(NOTES) {
        Some(Value::Object(notes)) => notes,
        _ => Doc::new(),
    }
}

fn gather<'a>(doc: &mut Doc, member: &str, more: impl Iterator<Item = &'a str>, most: usize) {
    let slot = doc.entry(member.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    let Value::Array(held) = slot else { return };
    for it in more {
        if !it.is_empty() && held.len() < most && !held.iter().any(|old| old == it) {
            held.push(Value::from(it));
        }
    }
}

/// Stamps have one form, so text order is time order.
fn widen(notes: &mut Doc, first: &str, last: &str) {
    let last = if last.is_empty() { first } else { last };
    let first = if first.is_empty() { last } else { first };
    if first.is_empty() {
        return;
    }
    if text(notes, "first").is_empty() || first < text(notes, "first") {
        set(notes, "first", first);
    }
    if last > text(notes, "last") {
        set(notes, "last", last);
    }
}

//! What an incident's own members say is derived from its alerts, one alert at a time.
//!
//! The incident document keeps counters and short capped lists under `yagura`, never a list of its
//! alerts, so it stays small however many alerts it has. Names, tags and states that people set are
//! theirs: the derived name stops changing once someone has set another.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    correlation::telling::TACTICS,
    doc::{Doc, set, text, texts},
};

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

/// Severities, mildest first.
const SEVERITIES: &[&str] = &["unknown", "informational", "low", "medium", "high"];

/// What an alert says about the organisation's own things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assets {
    /// Their names, the best the alert has.
    pub(crate) names: Vec<String>,
    /// Addresses, and the machines that have them.
    pub(crate) known: Vec<(String, String)>,
}

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
        NOTES: {
            "alerts": 0, "assets": {}, "known": {}, "products": [], "tactics": {}, "first": "",
            "last": "", "title": "", "severity": "unknown",
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
pub(crate) fn absorb(incident: &mut Doc, alert: &Doc, assets: &Assets, count: bool) {
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
    let at = match text(alert, "firstActivityDateTime") {
        "" => text(alert, "lastActivityDateTime"),
        first => first,
    };
    for (address, name) in &assets.known {
        keep(&mut notes, "known", address, name, MOST_ASSETS);
    }
    for name in &assets.names {
        keep_first(&mut notes, "assets", name, at, MOST_ASSETS);
    }
    gather(&mut notes, "products", std::iter::once(text(alert, "productName")), MOST_PRODUCTS);
    let tactics = texts(alert, "categories").chain(std::iter::once(text(alert, "category")));
    for tactic in tactics.filter(|it| TACTICS.iter().any(|(name, _)| name == it)) {
        keep_first(&mut notes, "tactics", tactic, at, TACTICS.len());
    }
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
    gather(&mut notes, "products", texts(from, "products"), MOST_PRODUCTS);
    for (address, name) in pairs(from, "known") {
        keep(&mut notes, "known", address, name, MOST_ASSETS);
    }
    for (name, at) in pairs(from, "assets") {
        keep_first(&mut notes, "assets", name, at, MOST_ASSETS);
    }
    for (name, at) in pairs(from, "tactics") {
        keep_first(&mut notes, "tactics", name, at, TACTICS.len());
    }
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
    let mut notes = take_notes(incident);
    name_addresses(&mut notes);
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
    let assets = by_time(notes, "assets");
    let place = match assets.as_slice() {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [one, other] => format!(" on {one} and {other}"),
        [one, other, third] => format!(" on {one}, {other} and {third}"),
        [one, other, rest @ ..] => {
            format!(" on {one}, {other} and {} more", at_least(rest.len(), MOST_ASSETS - 2))
        }
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

/// The tactics in words, in the order in which they were first seen; of one moment, in the order of
/// an intrusion.
fn in_order(notes: &Doc) -> Vec<&'static str> {
    let place = |name: &str| TACTICS.iter().position(|(wire, _)| *wire == name);
    let mut held: Vec<(&str, usize)> =
        pairs(notes, "tactics").filter_map(|(name, at)| Some((at, place(name)?))).collect();
    held.sort_unstable();
    held.iter().filter_map(|(_, place)| TACTICS.get(*place)).map(|(_, words)| *words).collect()
}

/// The names in a list with stamps, earliest first.
fn by_time<'a>(notes: &'a Doc, member: &str) -> Vec<&'a str> {
    let mut held: Vec<(&str, &str)> = pairs(notes, member).map(|(name, at)| (at, name)).collect();
    held.sort_unstable();
    held.into_iter().map(|(_, name)| name).collect()
}

/// Replaces addresses in the list of assets by the names of their machines, once they are known.
fn name_addresses(notes: &mut Doc) {
    let known: Vec<(String, String)> = pairs(notes, "known")
        .map(|(address, name)| (address.to_owned(), name.to_owned()))
        .collect();
    for (address, name) in known {
        let held = notes.get_mut("assets").and_then(Value::as_object_mut);
        if let Some(Value::String(at)) = held.and_then(|it| it.remove(&address)) {
            keep_first(notes, "assets", &name, &at, MOST_ASSETS);
        }
    }
}

fn pairs<'a>(doc: &'a Doc, member: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let held = doc.get(member).and_then(Value::as_object).into_iter().flatten();
    held.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// Notes a value under a name while there is room.
fn keep(notes: &mut Doc, member: &str, name: &str, value: &str, most: usize) {
    let slot = notes.entry(member.to_owned()).or_insert_with(|| Value::Object(Doc::new()));
    if !slot.is_object() {
        *slot = Value::Object(Doc::new());
    }
    let Value::Object(held) = slot else { return };
    if !name.is_empty() && (held.len() < most || held.contains_key(name)) {
        set(held, name, value);
    }
}

/// Notes when a name was first seen.
fn keep_first(notes: &mut Doc, member: &str, name: &str, at: &str, most: usize) {
    let before = notes.get(member).and_then(Value::as_object).map(|it| text(it, name));
    if before.is_none_or(|before| before.is_empty() || at < before) {
        keep(notes, member, name, at, most);
    }
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

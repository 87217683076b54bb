//! Folding a later part of an alert into the stored document.
//!
//! Only adds: evidence not there yet, techniques, a wider span of activity, and a headline where
//! there was none. What an analyst decided (status, assignee, comments) is never in a part and is
//! not touched. Folding the same part twice changes nothing, which is how the caller tells a
//! duplicate.

use serde_json::{Map, Value};

/// Members whose values are gathered rather than replaced.
const UNIONS: &[&str] = &["categories", "mitreTechniques", "systemTags"];
/// Members that only an alert's headline knows; a part without one leaves them null.
const HEADLINE: &[&str] = &[
    "title",
    "description",
    "category",
    "severity",
    "serviceSource",
    "detectionSource",
    "productName",
    "threatFamilyName",
];
/// Values that say no more than absence does.
const VAGUE: &[&str] = &["unknown", "unknownFutureValue"];

/// Folds `part` into `stored`; true when that changed anything.
pub fn merge(stored: &mut Map<String, Value>, part: &Map<String, Value>) -> bool {
    let mut changed = false;
    for member in UNIONS {
        changed |= union(stored, part, member, |old, new| old == new);
    }
    changed |= union(stored, part, "evidence", same_evidence);
    changed |= bound(stored, part, "firstActivityDateTime", |new, old| new < old);
    changed |= bound(stored, part, "lastActivityDateTime", |new, old| new > old);
    changed |= additional(stored, part);
    for member in HEADLINE {
        if is_vague(stored.get(*member))
            && let Some(value) = part.get(*member).filter(|value| !is_vague(Some(value)))
        {
            stored.insert((*member).to_owned(), value.clone());
            changed = true;
        }
    }
    changed
}

fn union(
    stored: &mut Map<String, Value>,
    part: &Map<String, Value>,
    member: &str,
    same: fn(&Value, &Value) -> bool,
) -> bool {
    let Some(Value::Array(more)) = part.get(member) else { return false };
    let slot = stored.entry(member.to_owned()).or_insert(Value::Null);
    if slot.is_null() {
        *slot = Value::Array(Vec::new());
    }
    let Value::Array(known) = slot else { return false };
    let before = known.len();
    let room = crate::evidence::MOST.saturating_sub(before);
    for item in more.iter().take(1_000) {
        if known.len() - before < room && !known.iter().any(|old| same(old, item)) {
            known.push(item.clone());
        }
    }
    known.len() > before
}

/// Leftovers are added while they fit; lists under the same name are gathered.
fn additional(stored: &mut Map<String, Value>, part: &Map<String, Value>) -> bool {
    const MEMBER: &str = "additionalData";
    let Some(Value::Object(more)) = part.get(MEMBER) else { return false };
    let mut grown = match stored.get(MEMBER) {
        Some(Value::Object(known)) => known.clone(),
        _ => Map::new(),
    };
    let mut changed = false;
    for (key, value) in more {
        changed |= match grown.get(key) {
            None => grown.insert(key.clone(), value.clone()).is_none(),
            Some(Value::Array(_)) => union(&mut grown, more, key, |old, new| old == new),
            Some(_) => false,
        };
    }
    // What would have to be trimmed again is left as it is, so that folding twice stays a no-op.
    let fits = serde_json::to_string(&grown).is_ok_and(|text| text.len() <= crate::extra::MOST);
    if changed && fits {
        stored.insert(MEMBER.to_owned(), Value::Object(grown));
    }
    changed && fits
}

/// Two pieces of evidence tell of the same thing when all that is said about the thing agrees;
/// when it was noted does not matter, nor do members that one of them leaves empty.
fn same_evidence(left: &Value, right: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else { return left == right };
    let said = |map: &Map<String, Value>, key: &str| {
        map.get(key).filter(|value| !is_empty(value)).cloned()
    };
    left.keys()
        .chain(right.keys())
        .filter(|key| key.as_str() != "createdDateTime")
        .all(|key| said(left, key) == said(right, key))
}

/// Timestamps all have one form, so text order is time order.
fn bound(
    stored: &mut Map<String, Value>,
    part: &Map<String, Value>,
    member: &str,
    wider: fn(&str, &str) -> bool,
) -> bool {
    let Some(new) = part.get(member).and_then(Value::as_str) else { return false };
    let take = stored.get(member).and_then(Value::as_str).is_none_or(|old| wider(new, old));
    if take {
        stored.insert(member.to_owned(), Value::from(new));
    }
    take
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn is_vague(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty() || VAGUE.contains(&text.as_str()),
        Some(_) => false,
    }
}

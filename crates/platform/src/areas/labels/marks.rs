//! The marks that a sensitivity label leaves in the metadata of content: pairs of a name
//! `MSIP_Label_{id}_{fact}` and a text, several for each label.

use model::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::doc::{Doc, objects, text};

const PREFIX: &str = "MSIP_Label_";

/// What the marks of one label say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The label's id, in lower case.
    pub(super) label: String,
    /// Whether the label is on the content.
    pub(super) enabled: bool,
    /// How it came there: `standard`, `privileged` or `auto`.
    pub(super) method: &'static str,
    /// When it came there.
    pub(super) set: Option<Timestamp>,
    /// The names of its pairs, as they stand there.
    pub(super) names: Vec<String>,
}

/// The marks in the description of a content, label by label. What is no mark is passed over.
pub(super) fn read(content: &Doc) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for pair in objects(content, "metadata") {
        let (name, value) = (text(pair, "name"), text(pair, "value").trim());
        let Some((id, fact)) = parts(name) else { continue };
        let at = marks.iter().position(|it| it.label == id).unwrap_or_else(|| {
            let (enabled, method, set) = (false, "standard", None);
            marks.push(Mark { label: id, enabled, method, set, names: Vec::new() });
            marks.len() - 1
        });
        let mark = &mut marks[at];
        mark.names.push(name.to_owned());
        match fact.to_ascii_lowercase().as_str() {
            "enabled" => mark.enabled = value.eq_ignore_ascii_case("true"),
            "setdate" => mark.set = Timestamp::parse(value).ok(),
            "method" => mark.method = method(value),
            _ => {}
        }
    }
    marks
}

/// The mark of the label that is on the content: of several, the last that was set.
pub(super) fn current(marks: &[Mark]) -> Option<&Mark> {
    marks.iter().filter(|it| it.enabled).max_by_key(|it| it.set)
}

/// The pairs that put a label on content.
pub(super) fn of_label(
    label: &str,
    name: &str,
    method: &str,
    tenant: &str,
    action: Uuid,
    now: Timestamp,
) -> Vec<Value> {
    let method = match method {
        "privileged" => "Privileged",
        "auto" => "Auto",
        _ => "Standard",
    };
    // To the second, as the programs that read it write it.
    let moment: String = now.to_string().chars().take(19).chain(['Z']).collect();
    let facts = [
        ("Enabled", "True".to_owned()),
        ("SetDate", moment),
        ("Method", method.to_owned()),
        ("Name", name.to_owned()),
        ("SiteId", tenant.to_owned()),
        ("ActionId", action.to_string()),
        // Neither marked nor protected.
        ("ContentBits", "0".to_owned()),
    ];
    let pair = |(fact, value)| json!({"name": format!("{PREFIX}{label}_{fact}"), "value": value});
    facts.into_iter().map(pair).collect()
}

/// The label's id and the fact in a name.
fn parts(name: &str) -> Option<(String, &str)> {
    let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
    let (id, fact) = rest.split_once('_')?;
    let id = Uuid::try_parse(id).ok().filter(|_| prefix.eq_ignore_ascii_case(PREFIX))?;
    Some((id.to_string(), fact))
}

/// Older programs say `Manual` and `Automatic`.
fn method(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "privileged" => "privileged",
        "auto" | "automatic" => "auto",
        _ => "standard",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const OLD: &str = "722a5300-ac39-4c9a-88e3-f54c46676417";
    const NEW: &str = "d9f23ae3-1324-1234-1234-f515f824c57b";

    fn content(pairs: &[(&str, &str)]) -> Doc {
        let pairs: Vec<Value> =
            pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({ "metadata": pairs }).as_object().unwrap().clone()
    }

    #[test]
    fn the_label_on_content_is_the_last_that_was_set() {
        let pairs = [
            (format!("MSIP_Label_{OLD}_Enabled"), "True"),
            (format!("MSIP_Label_{OLD}_SetDate"), "2025-01-01T00:00:00Z"),
            (format!("msip_label_{}_Enabled", NEW.to_uppercase()), "true"),
            (format!("MSIP_Label_{NEW}_SetDate"), "2026-01-01T00:00:00Z"),
            (format!("MSIP_Label_{NEW}_Method"), "Automatic"),
            ("MSIP_Label_not-an-id_Enabled".to_owned(), "True"),
            ("Author".to_owned(), "True"),
            ("é".to_owned(), "short and not plain"),
        ];
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        let marks = read(&content(&pairs));
        assert_eq!(marks.len(), 2);
        let on = current(&marks).unwrap();
        assert_eq!((on.label.as_str(), on.method, on.names.len()), (NEW, "auto", 3));
        assert_eq!(current(&read(&content(&pairs[1..2]))), None);
        assert_eq!(read(&Doc::new()), []);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let now = Timestamp::parse("2026-03-01T12:00:00.1234567Z").unwrap();
        let pairs = of_label(OLD, "Secret", "privileged", "contoso", Uuid::nil(), now);
        let content = json!({ "metadata": pairs }).as_object().unwrap().clone();
        let marks = read(&content);
        let on = current(&marks).unwrap();
        assert_eq!((on.label.as_str(), on.method, on.names.len()), (OLD, "privileged", 7));
        assert_eq!(on.set, Some(Timestamp::parse("2026-03-01T12:00:00Z").unwrap()));
    }
}

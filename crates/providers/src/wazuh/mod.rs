//! Wazuh: the lines of `alerts.json`.
//!
//! A rule's level is its severity, its `mitre` block the techniques; groups fill in where a rule
//! names none. The device is the machine that the event tells of, which for logs forwarded by
//! syslog is not the agent that read them. What Windows itself wrote is in `windows.rs`, file
//! integrity in `integrity.rs`.

mod host;
mod integrity;
mod windows;

use serde_json::Value;

use crate::connector::{Connector, each_alone};
use crate::draft::{Draft, Severity, fingerprint};
use crate::fields::Fields;
use crate::normalised::{Normalised, Refused};
use crate::{attack, clock, text};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "wazuh",
    vendor: "Wazuh, Inc.",
    product: "Wazuh",
    gather: each_alone,
    normalise,
};

/// Groups whose source address is someone trying to get in.
const HOSTILE: &[&str] = &[
    "authentication_failed",
    "authentication_failures",
    "invalid_login",
    "attack",
    "web_attack",
    "sql_injection",
    "shellshock",
    "exploit_attempt",
    "web_scan",
    "recon",
    "ids",
];
/// Groups whose alerts come from a virus scanner.
const SCANNERS: &[&str] = &["virus", "clamd", "windows_defender", "virustotal"];

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    let mut fields = Fields::of(item, "item")?;
    if fields.get("rule").is_none() && fields.get("type").is_some() {
        // An archive or statistics line that landed in the same stream.
        return Ok(Normalised::NotAnAlert { what: fields.need_text("type")? });
    }
    if fields.object("rule").is_none() {
        return Err(fields.refuse("rule", "an object"));
    }
    let level = fields.need_int("rule.level")?;
    let rule = fields.need_text("rule.id")?;
    let title = fields.need_text("rule.description")?;
    let at = fields
        .get("timestamp")
        .and_then(clock::of)
        .ok_or_else(|| fields.refuse("timestamp", "a moment"))?;

    let groups = fields.texts("rule.groups");
    let of_group = |known: &[&str]| groups.iter().any(|it| known.contains(&it.as_str()));
    // "Integrity checksum changed" is no story before one knows of what.
    let title = match fields.text("syscheck.path") {
        Some(path) => format!("{}: {path}", title.trim_end_matches('.')),
        None => title,
    };
    let mut draft = Draft::new(alert_id(&fields), &title, at.clone());
    draft.detector_id = Some(rule.clone());
    draft.severity = severity(level);
    if of_group(SCANNERS) {
        draft.detection_source = "antivirus";
    }
    for tactic in fields.texts("rule.mitre.tactic") {
        draft.tactic(&tactic);
    }
    for technique in fields.texts("rule.mitre.id") {
        draft.technique(&technique);
    }
    if draft.settled_tactics().is_empty() {
        by_group(&groups, &mut draft);
    }
    if let Some(happened) = fields.get("data.win.system.systemTime").and_then(clock::of)
        && happened < at
    {
        draft.first = happened;
    }

    let host = host::of(&fields);
    draft.description = Some(describe(&fields, &rule, level, host.as_ref()));
    let scene = host::Scene { hostile: of_group(HOSTILE), created: of_group(&["adduser"]) };
    host::add_evidence(&fields, host.as_ref(), &scene, &mut draft.evidence, &at);
    windows::add_evidence(&fields, &scene, &mut draft.evidence, &at);
    integrity::add_evidence(&fields, &mut draft.evidence, &at);

    for told in ["timestamp", "rule.description"] {
        fields.take(told);
    }
    draft.rest = fields.into_rest();
    Ok(Normalised::Alert(draft.finish(&CONNECTOR)))
}

/// Ids are unique for one manager only; without its name, two managers' alerts could be taken for
/// one and the second be lost.
fn alert_id(fields: &Fields) -> String {
    let manager = fields.text("cluster.node").filter(|node| node != "node01");
    let manager = manager.or_else(|| fields.text("manager.name"));
    match (fields.text("id"), manager) {
        (Some(id), Some(manager)) => format!("{manager}/{id}"),
        (Some(id), None) => id,
        (None, _) => {
            let paths =
                ["timestamp", "rule.id", "agent.id", "manager.name", "location", "full_log"];
            fingerprint("wazuh", &paths.map(|path| fields.text(path)))
        }
    }
}

/// The bands that Wazuh's own dashboard uses, its two highest as one.
fn severity(level: i64) -> Severity {
    match level {
        ..=3 => Severity::Informational,
        4..=6 => Severity::Low,
        7..=11 => Severity::Medium,
        12.. => Severity::High,
    }
}

fn by_group(groups: &[String], draft: &mut Draft) {
    for row in attack::rows(include_str!("groups.tsv")) {
        let mut cells = row.split('\t');
        let Some(name) = cells.next() else { continue };
        if groups.iter().any(|group| group == name) {
            draft.tactic(cells.next().unwrap_or_default());
            draft.technique(cells.next().unwrap_or_default());
            return;
        }
    }
}

fn describe(
    fields: &Fields,
    rule: &str,
    level: i64,
    host: Option<&crate::identity::Host>,
) -> String {
    let mut told = vec![format!("Rule {rule} (level {level}) fired")];
    if let Some(host) = host {
        let name = host.dns.as_ref().map_or(&host.name, |(whole, _)| whole);
        told.push(format!(" on {name}"));
    }
    if let Some(location) = fields.text("location") {
        told.push(format!(", read from {location}"));
    }
    if let Some(times) = fields.int("rule.frequency") {
        told.push(format!(", after {times} matching events"));
    }
    match fields.text("full_log") {
        Some(log) => told.push(format!(": {}", text::cut(&log, 2_000))),
        None => told.push(".".to_owned()),
    }
    told.concat()
}

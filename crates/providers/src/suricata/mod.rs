//! Suricata: the EVE log, one JSON event a line.
//!
//! Only events of type `alert` are alerts. The rule's own metadata (`mitre_*`, `attack_target`,
//! `signature_severity`) says more than its class, so it goes first; `classes.tsv` fills in. Source
//! and destination are those of the flow, not of the packet that happened to match, because a
//! person asks who called whom. An event has no id: the moment, the flow and the rule make one.

mod roles;
mod things;

use serde_json::Value;

use crate::connector::{Connector, each_alone};
use crate::draft::{Draft, Severity, fingerprint};
use crate::fields::Fields;
use crate::normalised::{Normalised, Refused};
use crate::{clock, identity};

use roles::{Ends, Play};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "suricata",
    vendor: "Open Information Security Foundation",
    product: "Suricata",
    gather: each_alone,
    normalise,
};

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    let mut fields = Fields::of(item, "item")?;
    let event_type = fields.need_text("event_type")?;
    if event_type != "alert" {
        return Ok(Normalised::NotAnAlert { what: event_type });
    }
    if fields.object("alert").is_none() {
        return Err(fields.refuse("alert", "an object"));
    }
    let at = fields
        .get("timestamp")
        .and_then(clock::of)
        .ok_or_else(|| fields.refuse("timestamp", "a moment"))?;
    let sid = fields.need_int("alert.signature_id")?;
    let title = fields.need_text("alert.signature")?;
    for path in ["src_ip", "dest_ip"] {
        if fields.get(path).is_some()
            && fields.text(path).and_then(|it| identity::ip(&it)).is_none()
        {
            return Err(fields.refuse(path, "an address"));
        }
    }

    let mut draft = Draft::new(event_id(&fields), &title, at.clone());
    draft.detector_id = Some(format!("{}:{sid}", fields.int("alert.gid").unwrap_or(1)));
    draft.severity = severity(&fields);
    if let Some(start) = fields.get("flow.start").and_then(clock::of)
        && start < at
    {
        draft.first = start;
    }
    for path in ["mitre_tactic_id", "mitre_tactic_name"] {
        for tactic in fields.texts(&format!("alert.metadata.{path}")) {
            draft.tactic(&tactic);
        }
    }
    for technique in fields.texts("alert.metadata.mitre_technique_id") {
        draft.technique(&technique);
    }
    let class = fields.text("alert.category").and_then(|category| roles::class(&category));
    if let Some(class) = class {
        draft.tactic(class.tactic);
        if !draft.has_technique() {
            draft.technique(class.technique);
        }
    }
    draft.threat_family = named(&fields, "alert.metadata.malware_family");
    let blocked = fields.text("alert.action").is_some_and(|action| action == "blocked");
    if blocked {
        draft.tags.push("blocked".to_owned());
    }

    let calls_home = draft.settled_tactics().contains(&"CommandAndControl");
    let play = match class.map(|class| class.play) {
        // A rule that names the tactic knows better than its class who plays which part.
        Some(Play::Attack | Play::Nothing) | None if calls_home => Play::Beacon,
        Some(play) => play,
        None => Play::Nothing,
    };
    let ends = Ends::of(&fields, play);
    draft.description = Some(describe(&fields, &ends, sid, blocked));
    ends.add_evidence(&fields, &mut draft.evidence, &at, blocked);
    things::add_evidence(&fields, &ends, &mut draft.evidence, &at);

    for told in ["timestamp", "event_type", "src_ip", "dest_ip", "alert.signature"] {
        fields.take(told);
    }
    draft.rest = fields.into_rest();
    Ok(Normalised::Alert(draft.finish(&CONNECTOR)))
}

/// Another shipper may add members to the same event, so only its own facts make its id.
fn event_id(fields: &Fields) -> String {
    let paths = [
        "timestamp",
        "flow_id",
        "alert.gid",
        "alert.signature_id",
        "alert.rev",
        "src_ip",
        "src_port",
        "dest_ip",
        "dest_port",
        "proto",
        "tx_id",
        "pcap_cnt",
        "pkt_src",
        "in_iface",
    ];
    fingerprint("suricata", &paths.map(|path| fields.text(path)))
}

/// The priority of the rule's class, held within what the rule says of itself: classes such as
/// `policy-violation` have the highest priority whatever the single rule is about.
fn severity(fields: &Fields) -> Severity {
    use Severity::*;
    let priority = match fields.int("alert.severity") {
        Some(..=1) => High,
        Some(2) => Medium,
        Some(3) => Low,
        Some(4..) => Informational,
        None => Unknown,
    };
    let own = named(fields, "alert.metadata.signature_severity").map(|it| it.to_lowercase());
    match own.as_deref() {
        Some("critical") => High,
        Some("major") => priority.max(Medium),
        Some("minor") if priority == Unknown => Low,
        Some("minor") => priority.min(Medium),
        Some("informational") if priority == Unknown => Informational,
        Some("informational") => priority.min(Low),
        _ => priority,
    }
}

/// The first of a metadata list; rule writers put blanks as underscores.
fn named(fields: &Fields, path: &str) -> Option<String> {
    let first = fields.texts(path).into_iter().next()?;
    Some(first.replace('_', " "))
}

fn describe(fields: &Fields, ends: &Ends, sid: i64, blocked: bool) -> String {
    let mut told = Vec::new();
    if let Some(category) = fields.text("alert.category") {
        told.push(format!("{category}. "));
    }
    told.push(format!("Rule {}:{sid}", fields.int("alert.gid").unwrap_or(1)));
    if let Some(rev) = fields.int("alert.rev") {
        told.push(format!(" revision {rev}"));
    }
    let app = fields.text("app_proto").filter(|app| app != "failed" && app != "unknown");
    match app.or_else(|| fields.text("proto")) {
        Some(proto) => told.push(format!(" matched {proto} traffic")),
        None => told.push(" matched".to_owned()),
    }
    if let (Some(client), Some(server)) = (&ends.client, &ends.server) {
        told.push(format!(" from {} to {}", client.spelled(), server.spelled()));
    }
    told.push(if blocked { "; it was blocked." } else { "." }.to_owned());
    told.concat()
}

//! CrowdSec: alerts as its local API gives them and its HTTP notifications send them.
//!
//! An alert is a scenario that overflowed for one source; its events carry facts as lists of key
//! and value. Block-list updates and decisions made by hand travel in the same form without an
//! event that caused them: those are no alerts.

use serde_json::{Map, Value};

use crate::connector::{Connector, each_alone};
use crate::draft::{Draft, Severity, fingerprint};
use crate::evidence::{Evidence, File, Piece};
use crate::fields::Fields;
use crate::normalised::{Normalised, Refused};
use crate::{attack, clock, identity, text};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "crowdsec",
    vendor: "CrowdSec",
    product: "CrowdSec Security Engine",
    gather: each_alone,
    normalise,
};

/// Where decisions come from that no detection caused.
const NOT_DETECTED: &[&str] = &["cscli", "cscli-import", "CAPI", "lists", "console"];

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    let mut fields = Fields::of(item, "item")?;
    let scenario = fields.need_text("scenario")?;
    if fields.object("source").is_none() {
        return Err(fields.refuse("source", "an object"));
    }
    if let Some(what) = undetected(&fields) {
        return Ok(Normalised::NotAnAlert { what });
    }
    let stop = moment(&fields, &["stop_at", "created_at", "start_at"])?;
    let start = moment(&fields, &["start_at", "stop_at", "created_at"])?;
    let created = moment(&fields, &["created_at", "stop_at", "start_at"])?;

    let title = title(&fields, &scenario);
    let mut draft = Draft::new(alert_id(&fields), &title, created);
    (draft.first, draft.last) = (start, stop);
    draft.detector_id = Some(scenario.clone());
    draft.description = fields.take_text("message");
    labels(&fields, &scenario, &mut draft);
    let remedy = remedies(&fields, &mut draft);
    draft.severity = severity(&fields, &draft);

    let noted = draft.last.clone();
    draft.evidence.add_some(source(&fields, remedy, &noted));
    for event in fields.items("events").iter().take(200) {
        from_event(event, &mut draft.evidence, &noted);
    }
    // The facts of the events are told as evidence and kept as they are; the rest of the members
    // that are told elsewhere go.
    for told in ["start_at", "stop_at", "created_at", "uuid"] {
        fields.take(told);
    }
    draft.rest = fields.into_rest();
    Ok(Normalised::Alert(draft.finish(&CONNECTOR)))
}

/// What it is when nothing was detected.
fn undetected(fields: &Fields) -> Option<String> {
    if !fields.items("events").is_empty() {
        return None;
    }
    let scope = fields.text("source.scope").unwrap_or_default();
    if scope.starts_with("lists:") || scope.contains("community-blocklist") {
        return Some("block-list update".to_owned());
    }
    let origin = fields.items("decisions").first()?.get("origin").and_then(text::of)?;
    NOT_DETECTED.contains(&origin.as_str()).then(|| "decision without a detection".to_owned())
}

fn moment(fields: &Fields, paths: &[&str]) -> Result<String, Refused> {
    let found = paths.iter().find_map(|path| fields.get(path).and_then(clock::of));
    let present = || paths.iter().find(|path| fields.get(path).is_some());
    found.ok_or_else(|| fields.refuse(present().unwrap_or(&"start_at"), "a moment"))
}

/// Numbers count per local API only, so they need the machine's name beside them; a notification
/// is sent before the alert has any id.
fn alert_id(fields: &Fields) -> String {
    if let Some(uuid) = fields.text("uuid") {
        return uuid;
    }
    let id = fields.int("id").filter(|id| *id > 0);
    if let (Some(id), Some(machine)) = (id, fields.text("machine_id")) {
        format!("{machine}/{id}")
    } else {
        let paths = [
            "machine_id",
            "scenario",
            "source.scope",
            "source.value",
            "start_at",
            "stop_at",
            "events_count",
        ];
        fingerprint("crowdsec", &paths.map(|path| fields.text(path)))
    }
}

/// `crowdsecurity/ssh-bf` with the rule writer's label, when there is one, and whose doing it was.
fn title(fields: &Fields, scenario: &str) -> String {
    let label = labelled(fields, "label").into_iter().next();
    let name = label.unwrap_or_else(|| {
        let name = scenario.split_once('/').map_or(scenario, |(_, name)| name);
        format!("CrowdSec {name}")
    });
    match fields.text("source.value") {
        Some(value) => format!("{name} by {value}"),
        None => name,
    }
}

/// A label's values. The API has had `labels` as a list of `key:value` texts, and scenarios carry
/// them as an object; either may hold lists.
fn labelled(fields: &Fields, key: &str) -> Vec<String> {
    let mut values = fields.texts(&format!("labels.{key}"));
    for written in fields.texts("labels") {
        if let Some((name, value)) = written.split_once(':')
            && name.trim() == key
        {
            values.push(value.trim().to_owned());
        }
    }
    values
}

fn labels(fields: &Fields, scenario: &str, draft: &mut Draft) {
    let mut classes = labelled(fields, "classification");
    classes.extend(fields.texts("labels"));
    let context = fields.items("meta").iter().chain(fields.items("context"));
    classes.extend(context.filter_map(|pair| pair.get("value").and_then(text::of)));
    for class in &classes {
        // `attack.T1110`, or `attack.credential-access` as detection rules write tactics.
        if let Some(name) = class.trim().strip_prefix("attack.") {
            draft.technique(name);
            draft.tactic(name);
        }
    }
    if !draft.has_technique() {
        let row = attack::rows(include_str!("scenarios.tsv"))
            .find(|row| scenario.contains(row.split('\t').next().unwrap_or(row)));
        let mut cells = row.unwrap_or_default().split('\t').skip(1);
        draft.tactic(cells.next().unwrap_or_default());
        draft.technique(cells.next().unwrap_or_default());
    }
}

/// What was decided about the source, as tags, and what that makes of it.
fn remedies(fields: &Fields, draft: &mut Draft) -> &'static str {
    let simulated = |it: &Value| it.get("simulated").and_then(Value::as_bool) == Some(true);
    if fields.get("simulated").and_then(Value::as_bool) == Some(true) {
        draft.tags.push("simulated".to_owned());
        return "none";
    }
    let mut remedy = "none";
    for decision in fields.items("decisions").iter().filter(|it| !simulated(it)).take(32) {
        let Some(kind) = decision.get("type").and_then(text::of) else { continue };
        if kind == "ban" {
            remedy = "blocked";
        }
        let tag = text::line(&kind, 64);
        if !draft.tags.contains(&tag) {
            draft.tags.push(tag);
        }
    }
    remedy
}

/// CrowdSec grades nothing. What scans is low, what tries to get in is medium, and a scenario for
/// one known hole, or one whose author is sure it is no accident, is high; a trial run is neither.
fn severity(fields: &Fields, draft: &Draft) -> Severity {
    use Severity::*;
    if draft.tags.iter().any(|tag| tag == "simulated") {
        return Informational;
    }
    let sure = labelled(fields, "confidence").iter().any(|it| it == "3");
    let scenario = fields.text("scenario").unwrap_or_default().to_lowercase();
    let hole = ["cve-", "log4j", "backdoor", "vpatch"].iter().any(|it| scenario.contains(it));
    match draft.category() {
        Some("Reconnaissance" | "Discovery") => Low,
        Some("InitialAccess" | "Persistence" | "Execution") if hole && sure => High,
        Some(_) => Medium,
        None => Medium,
    }
}

fn source(fields: &Fields, remedy: &str, noted: &str) -> Option<Piece> {
    let written = fields.text("source.ip").or_else(|| fields.text("source.value"))?;
    let scope = fields.text("source.scope").unwrap_or_default().to_lowercase();
    if scope == "username" || scope == "user" {
        let account = identity::account(&fields.text("source.value")?)?;
        return Some(Piece::user(account, noted).role("source").role("attacker"));
    }
    let ip = identity::ip(&written)?;
    let mut place = Map::new();
    for (path, member) in [("source.latitude", "latitude"), ("source.longitude", "longitude")] {
        // Zero and zero is how an unknown place is written.
        if let Some(Value::Number(degrees)) = fields.get(path)
            && degrees.as_f64().is_some_and(|it| it != 0.0)
        {
            place.insert(member.to_owned(), Value::Number(degrees.clone()));
        }
    }
    let country = fields.text("source.cn").filter(|it| it.len() == 2);
    let mut piece = Piece::ip(&ip, noted)
        .roles(&["source", "attacker"])
        .set("verdict", "suspicious")
        .set("remediationStatus", remedy)
        .set_some("countryLetterCode", country.map(|it| it.to_uppercase()))
        .set_some("location", (!place.is_empty()).then_some(place));
    if let Some(number) = fields.text("source.as_number").filter(|it| it != "0") {
        piece = piece.tag(&format!("AS{}", number.trim_start_matches("AS")));
    }
    if let Some(name) = fields.text("source.as_name") {
        piece = piece.tag(&name);
    }
    Some(piece)
}

/// The pairs of one event.
fn pairs(event: &Value) -> Map<String, Value> {
    let pairs = event.get("meta").and_then(Value::as_array).into_iter().flatten();
    pairs
        .take(200)
        .filter_map(|pair| {
            let key = pair.get("key")?.as_str()?;
            Some((key.to_owned(), pair.get("value")?.clone()))
        })
        .collect()
}

fn from_event(event: &Value, evidence: &mut Evidence, noted: &str) {
    let facts = Fields::inside(Some(&Value::Object(pairs(event))), "events.meta");
    let when = event.get("timestamp").and_then(clock::of).unwrap_or_else(|| noted.to_owned());
    let mut machine = ["machine", "hostname", "target_host"].into_iter();
    if let Some(host) = machine.find_map(|key| identity::host(&facts.text(key)?)) {
        evidence.add(Piece::device(&host, &when).role("attacked"));
    }
    for key in ["target_user", "username", "user"] {
        if let Some(account) = facts.text(key).and_then(|it| identity::account(&it)) {
            evidence.add(Piece::user(account, &when).role("attacked"));
        }
    }
    for key in ["target_ip", "dst_ip", "destination_ip"] {
        if let Some(ip) = facts.text(key).and_then(|it| identity::ip(&it)) {
            evidence.add(Piece::ip(&ip, &when).roles(&["destination", "attacked"]));
        }
    }
    if let Some(path) = facts.text("http_path").or_else(|| facts.text("target_uri")) {
        let host = facts.text("target_fqdn").and_then(|it| identity::host(&it));
        let whole = host.map(|host| host.dns.map_or(host.name, |(whole, _)| whole));
        match whole {
            Some(host) if path.starts_with('/') => {
                evidence.add(Piece::url(&format!("http://{host}{path}"), &when).role("attacked"));
            }
            _ if path.contains("://") => evidence.add(Piece::url(&path, &when).role("attacked")),
            // A path alone is no address; it stays in the events kept below.
            _ => {}
        }
    }
    if let Some(path) = facts.text("file_path").or_else(|| facts.text("exe_path")) {
        evidence.add_some(Piece::file(&File::at(&path), &when).map(|it| it.role("contextual")));
    }
}

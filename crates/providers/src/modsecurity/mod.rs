//! ModSecurity: one audit record a transaction, as JSON, in the form of version 3 and that of 2.
//!
//! A transaction in which no rule spoke is no alert. Of the rules that did, the title is that of
//! the gravest one that names an attack: the rules that only add up scores speak last and say
//! least. `record.rs` brings both forms to one shape first.

mod record;

use serde_json::Value;

use crate::connector::{Connector, each_alone};
use crate::draft::{Draft, Severity, fingerprint};
use crate::evidence::Piece;
use crate::fields::Fields;
use crate::normalised::{Normalised, Refused};
use crate::{attack, identity};

use record::{Message, Record};

pub(crate) const CONNECTOR: Connector = Connector {
    name: "modsecurity",
    vendor: "OWASP",
    product: "ModSecurity",
    gather: each_alone,
    normalise,
};

fn normalise(item: &Value) -> Result<Normalised, Refused> {
    let fields = Fields::of(item, "item")?;
    let record = record::read(fields)?;
    if record.messages.is_empty() {
        return Ok(Normalised::NotAnAlert { what: "transaction without a rule match".to_owned() });
    }
    let Some(leading) = leading(&record.messages) else {
        return Err(Refused::new("messages", "none has a text"));
    };
    let id = record.id.clone().unwrap_or_else(|| {
        let facts = [
            Some(record.at.clone()),
            record.client.clone(),
            record.uri.clone(),
            leading.rule.clone(),
            record.client_port.map(|port| port.to_string()),
        ];
        fingerprint("modsecurity", &facts)
    });

    let mut draft = Draft::new(id, &leading.text, record.at.clone());
    draft.detector_id.clone_from(&leading.rule);
    draft.severity = record.messages.iter().map(severity).max().unwrap_or(Severity::Unknown);
    draft.description = Some(describe(&record, leading));
    classify(&record.messages, leading, &mut draft);
    if record.blocked {
        draft.tags.push("blocked".to_owned());
    }
    evidence(&record, &mut draft);
    draft.rest = record.rest;
    Ok(Normalised::Alert(draft.finish(&CONNECTOR)))
}

/// Rules that only report the sum of others (949, 959, 980 in the Core Rule Set).
fn only_sums_up(message: &Message) -> bool {
    let ids = ["949", "959", "980"];
    message
        .rule
        .as_deref()
        .is_some_and(|rule| rule.len() == 6 && ids.iter().any(|start| rule.starts_with(start)))
}

fn leading(messages: &[Message]) -> Option<&Message> {
    let rank = |message: &&Message| {
        let names_attack = message.tags.iter().any(|tag| tag.starts_with("attack-"));
        (!only_sums_up(message), severity(message), names_attack && !is_protocol(message))
    };
    // `max_by_key` would give the last of equals; the first match is the more telling one.
    messages.iter().filter(|message| !message.text.is_empty()).rev().max_by_key(rank)
}

/// Odd requests (a numeric host, a missing header) go with every attack and name none.
fn is_protocol(message: &Message) -> bool {
    message.tags.iter().any(|tag| tag == "attack-protocol")
}

/// Syslog's grades, by number or by name.
fn severity(message: &Message) -> Severity {
    match message.severity.as_deref().unwrap_or_default().to_ascii_uppercase().as_str() {
        "0" | "1" | "2" | "EMERGENCY" | "ALERT" | "CRITICAL" => Severity::High,
        "3" | "ERROR" => Severity::Medium,
        "4" | "WARNING" => Severity::Low,
        "5" | "6" | "7" | "NOTICE" | "INFO" | "DEBUG" => Severity::Informational,
        _ => Severity::Unknown,
    }
}

fn classify(messages: &[Message], leading: &Message, draft: &mut Draft) {
    let others = messages.iter().filter(|it| !std::ptr::eq(*it, leading) && !only_sums_up(it));
    for message in std::iter::once(leading).chain(others) {
        // What only a sloppy request trips adds no technique to an alert that has one.
        if draft.has_technique() && is_protocol(message) {
            continue;
        }
        let row = attack::rows(include_str!("tags.tsv")).find(|row| {
            let name = row.split('\t').next().unwrap_or(row);
            message.tags.iter().any(|tag| tag == name)
        });
        let mut cells = row.unwrap_or_default().split('\t').skip(1);
        draft.tactic(cells.next().unwrap_or_default());
        draft.technique(cells.next().unwrap_or_default());
    }
}

fn describe(record: &Record, leading: &Message) -> String {
    let mut told = Vec::new();
    if let (Some(method), Some(uri)) = (&record.method, &record.uri) {
        told.push(format!("{method} {uri}"));
        if let Some(client) = &record.client {
            told.push(format!(" from {client}"));
        }
        if let Some(code) = record.status {
            told.push(format!(", answered {code}"));
        }
        told.push(if record.blocked { ", blocked. " } else { ". " }.to_owned());
    }
    if let Some(data) = &leading.data {
        told.push(format!("{data}. "));
    }
    let rules: Vec<&str> = record.messages.iter().filter_map(|it| it.rule.as_deref()).collect();
    if !rules.is_empty() {
        told.push(format!("Rules: {}.", rules.join(", ")));
    }
    told.concat()
}

fn evidence(record: &Record, draft: &mut Draft) {
    let noted = record.at.as_str();
    let remedy = if record.blocked { "blocked" } else { "none" };
    let client = record.client.as_deref().map(|ip| {
        Piece::ip(ip, noted)
            .roles(&["source", "attacker"])
            .set("verdict", "suspicious")
            .set("remediationStatus", remedy)
    });
    let server =
        record.server.as_deref().map(|ip| Piece::ip(ip, noted).roles(&["destination", "attacked"]));
    for piece in [&client, &server].into_iter().flatten() {
        draft.evidence.add(piece.clone());
    }
    if let (Some(client), Some(server)) = (client, server) {
        draft.evidence.add(
            Piece::new("networkConnectionEvidence", noted)
                .role("contextual")
                .set("remediationStatus", remedy)
                .set("sourceAddress", client.into_value())
                .set_some("sourcePort", record.client_port)
                .set("destinationAddress", server.into_value())
                .set_some("destinationPort", record.server_port)
                .set("protocol", "tcp"),
        );
    }
    if let Some(url) = record.url() {
        draft.evidence.add(Piece::url(&url, noted).role("attacked"));
    }
    // The name a web server was called by is what the client wrote, so it makes no device; the
    // name that the shipper of the log adds does.
    if let Some(host) = record.shipped_from.as_deref().and_then(identity::host) {
        let own = record.server.clone().filter(|ip| ip != "127.0.0.1" && ip != "::1");
        draft.evidence.add(
            Piece::device(&host, noted)
                .role("attacked")
                .set_some("lastIpAddress", own.clone())
                .set_some("ipInterfaces", own.map(|ip| vec![ip])),
        );
    }
    if let Some(account) = record.user.as_deref().and_then(identity::account) {
        draft.evidence.add(Piece::user(account, noted).role("contextual"));
    }
}

//! A stored alert in the older shape: flat headline members, and one list per kind of state
//! instead of typed evidence.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::states::{HASHES, SOURCE_ROLES};
use crate::{
    areas::incidents::profile::NOTES,
    correlation::{commonplace::ip_kind, entity::EntityKind, extract::evidence_type},
    doc::{Doc, list, object, objects, text, texts},
};

/// The older shape of a stored alert.
pub(crate) fn show(stored: &Doc) -> Doc {
    let notes = object(stored, NOTES);
    let copied = |member: &str| stored.get(member).cloned().unwrap_or(Value::Null);
    let one = |member: &str| -> Vec<Value> {
        Some(text(stored, member))
            .filter(|it| !it.is_empty())
            .map(Value::from)
            .into_iter()
            .collect()
    };
    let tags: Vec<&str> = texts(stored, "systemTags")
        .chain(notes.into_iter().flat_map(|it| texts(it, "tags")))
        .collect();
    let vendor = notes.map(|it| text(it, "vendor")).filter(|it| !it.is_empty());
    let vendor = vendor.unwrap_or(text(stored, "productName"));
    let comments: Vec<&str> = objects(stored, "comments").map(|it| text(it, "comment")).collect();
    let Value::Object(mut shown) = json!({
        "id": copied("id"),
        "activityGroupName": copied("actorDisplayName"),
        "assignedTo": copied("assignedTo"),
        "azureTenantId": text(stored, "tenantId"),
        "category": copied("category"),
        "closedDateTime": copied("resolvedDateTime"),
        "comments": comments,
        "createdDateTime": copied("createdDateTime"),
        "description": copied("description"),
        "detectionIds": one("detectorId"),
        "eventDateTime": copied("firstActivityDateTime"),
        "feedback": feedback(text(stored, "classification")),
        "incidentIds": one("incidentId"),
        "lastEventDateTime": copied("lastActivityDateTime"),
        "lastModifiedDateTime": copied("lastUpdateDateTime"),
        "recommendedActions": one("recommendedActions"),
        "severity": severity(text(stored, "severity")),
        "sourceMaterials": one("alertWebUrl"),
        "status": status(text(stored, "status")),
        "tags": tags,
        "title": copied("title"),
        "vendorInformation": {
            "provider": copied("productName"),
            "providerVersion": null,
            "subProvider": copied("detectionSource"),
            "vendor": vendor,
        },
    }) else {
        return Doc::new();
    };
    for (member, states) in States::of(stored).into_members() {
        shown.insert(member.to_owned(), Value::Array(states));
    }
    shown
}

/// The stored status in the older words.
pub(super) fn status(stored: &str) -> &'static str {
    match stored {
        "new" => "newAlert",
        "inProgress" => "inProgress",
        "resolved" => "resolved",
        _ => "unknown",
    }
}

/// The stored classification in the older words.
pub(super) fn feedback(stored: &str) -> &'static str {
    match stored {
        "truePositive" => "truePositive",
        "falsePositive" => "falsePositive",
        "informationalExpectedActivity" => "benignPositive",
        _ => "unknown",
    }
}

fn severity(stored: &str) -> &str {
    if stored.is_empty() { "unknown" } else { stored }
}

#[derive(Default)]
struct States {
    hosts: Vec<Value>,
    users: Vec<Value>,
    files: Vec<Value>,
    processes: Vec<Value>,
    connections: Vec<Value>,
    registry: Vec<Value>,
    messages: Vec<Value>,
    clouds: Vec<Value>,
    malware: Vec<Value>,
}

impl States {
    fn of(stored: &Doc) -> Self {
        let mut it = Self::default();
        let (mut sources, mut destinations) = (Vec::new(), Vec::new());
        // Connections that the alert tells of need not be guessed from its addresses.
        let mut told = false;
        for item in objects(stored, "evidence") {
            match evidence_type(item) {
                "deviceEvidence" => it.hosts.push(host(item)),
                "userEvidence" => it.users.extend(object(item, "userAccount").map(user)),
                "mailboxEvidence" => it.users.push(json!({
                    "userPrincipalName": text(item, "upn"),
                    "accountName": text(item, "displayName"),
                    "emailRole": "recipient",
                })),
                "fileEvidence" => it.files.extend(object(item, "fileDetails").map(file)),
                "processEvidence" => it.processes.push(process(item)),
                "ipEvidence" => {
                    let address = text(item, "ipAddress").to_owned();
                    let source = texts(item, "roles").any(|it| SOURCE_ROLES.contains(&it));
                    if source { sources.push(address) } else { destinations.push(address) }
                }
                "networkConnectionEvidence" => {
                    it.connections.push(connection(item));
                    told = true;
                }
                "urlEvidence" => it.connections.push(json!({
                    "destinationUrl": text(item, "url"),
                    "destinationDomain": domain(text(item, "url")),
                })),
                "dnsEvidence" => {
                    it.connections.push(json!({ "destinationDomain": text(item, "domainName") }));
                }
                "registryKeyEvidence" => it.registry.push(json!({
                    "hive": "unknown", "key": text(item, "registryKey"), "operation": "unknown",
                    "valueType": "unknown",
                })),
                "registryValueEvidence" => it.registry.push(json!({
                    "hive": "unknown",
                    "key": text(item, "registryKey"),
                    "valueName": text(item, "registryValueName"),
                    "valueData": text(item, "registryValue"),
                    "operation": "unknown",
                    "valueType": "unknown",
                })),
                "analyzedMessageEvidence" => it.messages.push(json!({
                    "connectingIP": text(item, "senderIp"),
                    "deliveryAction": text(item, "deliveryAction"),
                    "deliveryLocation": text(item, "deliveryLocation"),
                    "directionality": text(item, "antiSpamDirection"),
                    "internetMessageId": text(item, "internetMessageId"),
                    "messageReceivedDateTime": item.get("receivedDateTime"),
                    "messageSubject": text(item, "subject"),
                    "networkMessageId": text(item, "networkMessageId"),
                })),
                "cloudApplicationEvidence" => it.clouds.push(json!({
                    "destinationServiceName": text(item, "displayName"),
                })),
                _ => {}
            }
        }
        if !told {
            it.connect(&sources, &destinations);
        }
        let (name, family) = (text(stored, "threatDisplayName"), text(stored, "threatFamilyName"));
        if !name.is_empty() || !family.is_empty() {
            it.malware.push(json!({
                "name": name, "family": family, "category": text(stored, "category"),
                "severity": text(stored, "severity"),
            }));
        }
        it
    }

    /// Pairs source and destination addresses in order; one alone is still a connection.
    fn connect(&mut self, sources: &[String], destinations: &[String]) {
        for index in 0..sources.len().max(destinations.len()) {
            let (from, to) = (sources.get(index), destinations.get(index));
            let direction = direction(from.map(String::as_str), to.map(String::as_str));
            self.connections.push(json!({
                "sourceAddress": from,
                "destinationAddress": to,
                "direction": direction,
                "protocol": "unknown",
                "status": "unknown",
            }));
        }
    }

    fn into_members(self) -> [(&'static str, Vec<Value>); 9] {
        [
            ("hostStates", self.hosts),
            ("userStates", self.users),
            ("fileStates", self.files),
            ("processes", self.processes),
            ("networkConnections", self.connections),
            ("registryKeyStates", self.registry),
            ("messageSecurityStates", self.messages),
            ("cloudAppStates", self.clouds),
            ("malwareStates", self.malware),
        ]
    }
}

fn direction(from: Option<&str>, to: Option<&str>) -> &'static str {
    match (from, to.and_then(|it| it.parse::<IpAddr>().ok()).and_then(ip_kind)) {
        (Some(_), Some(EntityKind::PublicIp)) => "outbound",
        (Some(_), Some(_)) => "inbound",
        _ => "unknown",
    }
}

fn connection(item: &Doc) -> Value {
    let address = |member: &str| {
        object(item, member).map(|it| text(it, "ipAddress")).filter(|it| !it.is_empty())
    };
    let port = |member: &str| item.get(member).and_then(Value::as_i64).map(|it| it.to_string());
    let protocol = match text(item, "protocol") {
        known @ ("tcp" | "udp") => known,
        _ => "unknown",
    };
    let (from, to) = (address("sourceAddress"), address("destinationAddress"));
    json!({
        "sourceAddress": from,
        "sourcePort": port("sourcePort"),
        "destinationAddress": to,
        "destinationPort": port("destinationPort"),
        "direction": direction(from, to),
        "protocol": protocol,
        "status": "unknown",
    })
}

fn host(item: &Doc) -> Value {
    let fqdn = text(item, "deviceDnsName");
    let name = match text(item, "hostName") {
        "" => fqdn.split('.').next().unwrap_or_default(),
        name => name,
    };
    let inside = match text(item, "lastIpAddress") {
        "" => list(item, "ipInterfaces").first().cloned().unwrap_or(Value::Null),
        ip => Value::from(ip),
    };
    json!({
        "fqdn": fqdn,
        "netBiosName": name,
        "os": text(item, "osPlatform"),
        "privateIpAddress": inside,
        "publicIpAddress": item.get("lastExternalIpAddress"),
        "riskScore": item.get("riskScore"),
    })
}

fn user(account: &Doc) -> Value {
    json!({
        "aadUserId": account.get("azureAdUserId"),
        "accountName": text(account, "accountName"),
        "domainName": account.get("domainName"),
        "emailRole": "unknown",
        "logonType": "unknown",
        "onPremisesSecurityIdentifier": account.get("userSid"),
        "userAccountType": "unknown",
        "userPrincipalName": account.get("userPrincipalName"),
    })
}

fn file(details: &Doc) -> Value {
    json!({
        "name": text(details, "fileName"),
        "path": text(details, "filePath"),
        "fileHash": hash(details),
    })
}

fn process(item: &Doc) -> Value {
    let image = object(item, "imageFile");
    let parent = object(item, "parentProcessImageFile");
    json!({
        "accountName": object(item, "userAccount").map_or("", |it| text(it, "accountName")),
        "commandLine": text(item, "processCommandLine"),
        "createdDateTime": item.get("processCreationDateTime"),
        "fileHash": image.map_or(Value::Null, hash),
        "integrityLevel": "unknown",
        "name": image.map_or("", |it| text(it, "fileName")),
        "parentProcessCreatedDateTime": item.get("parentProcessCreationDateTime"),
        "parentProcessId": item.get("parentProcessId"),
        "parentProcessName": parent.map_or("", |it| text(it, "fileName")),
        "path": image.map_or("", |it| text(it, "filePath")),
        "processId": item.get("processId"),
    })
}

fn hash(details: &Doc) -> Value {
    HASHES
        .iter()
        .find(|kind| !text(details, kind).is_empty())
        .map_or(Value::Null, |kind| json!({ "hashType": kind, "hashValue": text(details, kind) }))
}

fn domain(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

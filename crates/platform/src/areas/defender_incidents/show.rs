//! A stored incident and its alerts in the Defender API's shape.

use serde_json::{Map, Value, json};
use store::Record;

use super::{pascal, upper_first};
use crate::doc::{Doc, list, object, objects, text};

/// An incident with its alerts.
pub(super) fn incident(record: &Record, alerts: &[Record]) -> Value {
    let doc = &record.doc;
    let comments: Vec<Value> = objects(doc, "comments")
        .map(|it| {
            json!({
                "comment": it.get("comment"),
                "createdBy": it.get("createdByDisplayName"),
                "createdTime": it.get("createdDateTime"),
            })
        })
        .collect();
    json!({
        "incidentId": number(&record.key.id),
        "redirectIncidentId": number(text(doc, "redirectIncidentId")),
        "incidentName": doc.get("displayName"),
        "createdTime": doc.get("createdDateTime"),
        "lastUpdateTime": doc.get("lastUpdateDateTime"),
        "assignedTo": doc.get("assignedTo"),
        "classification": or(pascal(doc, "classification"), "Unknown"),
        "determination": determination(doc),
        "status": or(pascal(doc, "status"), "Active"),
        "severity": severity(doc),
        "tags": list(doc, "customTags"),
        "comments": comments,
        "alerts": alerts.iter().map(|it| alert(it, &record.key.id)).collect::<Vec<_>>(),
    })
}

fn alert(record: &Record, incident: &str) -> Value {
    let doc = &record.doc;
    let devices: Vec<Value> =
        objects(doc, "evidence").filter(|it| kind(it) == "deviceEvidence").map(device).collect();
    let entities: Vec<Value> =
        objects(doc, "evidence").filter(|it| kind(it) != "deviceEvidence").map(entity).collect();
    json!({
        "alertId": record.key.id,
        "providerAlertId": doc.get("providerAlertId"),
        "incidentId": number(incident),
        "serviceSource": pascal(doc, "serviceSource"),
        "creationTime": doc.get("createdDateTime"),
        "lastUpdatedTime": doc.get("lastUpdateDateTime"),
        "resolvedTime": doc.get("resolvedDateTime"),
        "firstActivity": doc.get("firstActivityDateTime"),
        "lastActivity": doc.get("lastActivityDateTime"),
        "title": doc.get("title"),
        "description": doc.get("description"),
        "category": doc.get("category"),
        "status": pascal(doc, "status"),
        "severity": severity(doc),
        "investigationId": null,
        "investigationState": or(pascal(doc, "investigationState"), "UnsupportedAlertType"),
        "classification": or(pascal(doc, "classification"), "Unknown"),
        "determination": determination(doc),
        "detectionSource": pascal(doc, "detectionSource"),
        "detectorId": doc.get("detectorId"),
        "assignedTo": doc.get("assignedTo"),
        "actorName": doc.get("actorDisplayName"),
        "threatFamilyName": doc.get("threatFamilyName"),
        "mitreTechniques": list(doc, "mitreTechniques"),
        "devices": devices,
        "entities": entities,
    })
}

fn device(it: &Doc) -> Value {
    json!({
        "mdatpDeviceId": it.get("mdeDeviceId"),
        "aadDeviceId": it.get("azureAdDeviceId"),
        "deviceDnsName": it.get("deviceDnsName"),
        "osPlatform": it.get("osPlatform"),
        "version": it.get("version"),
        "osProcessor": null,
        "osBuild": it.get("osBuild"),
        "healthStatus": pascal(it, "healthStatus"),
        "riskScore": pascal(it, "riskScore"),
        "rbacGroupId": it.get("rbacGroupId"),
        "rbacGroupName": it.get("rbacGroupName"),
        "firstSeen": it.get("firstSeenDateTime"),
        "tags": list(it, "tags"),
        "defenderAvStatus": pascal(it, "defenderAvStatus"),
        "onboardingStatus": pascal(it, "onboardingStatus"),
        "loggedOnUsers": list(it, "loggedOnUsers"),
    })
}

/// One piece of evidence that is no device: its kind, its state, and what its kind tells.
fn entity(it: &Doc) -> Value {
    let kind = kind(it);
    let name = match kind {
        "analyzedMessageEvidence" => "MailMessage".to_owned(),
        "registryKeyEvidence" | "registryValueEvidence" => "Registry".to_owned(),
        other => upper_first(other.strip_suffix("Evidence").unwrap_or(other)),
    };
    let mut out = Map::new();
    out.insert("entityType".to_owned(), Value::from(name));
    for (name, value) in [
        ("evidenceCreationTime", it.get("createdDateTime").cloned().unwrap_or_default()),
        ("verdict", pascal(it, "verdict")),
        ("remediationStatus", pascal(it, "remediationStatus")),
    ] {
        out.insert(name.to_owned(), value);
    }
    let file = object(it, "fileDetails").or_else(|| object(it, "imageFile"));
    copy(
        &mut out,
        file,
        &[
            ("sha1", "sha1"),
            ("sha256", "sha256"),
            ("fileName", "fileName"),
            ("filePath", "filePath"),
        ],
    );
    let parent = object(it, "parentProcessImageFile");
    copy(
        &mut out,
        parent,
        &[("parentProcessFileName", "fileName"), ("parentProcessFilePath", "filePath")],
    );
    copy(
        &mut out,
        object(it, "userAccount"),
        &[
            ("accountName", "accountName"),
            ("domainName", "domainName"),
            ("userSid", "userSid"),
            ("aadUserId", "azureAdUserId"),
            ("userPrincipalName", "userPrincipalName"),
        ],
    );
    copy(
        &mut out,
        object(it, "p2Sender").or_else(|| object(it, "p1Sender")),
        &[("sender", "emailAddress")],
    );
    copy(
        &mut out,
        Some(it),
        &[
            ("processId", "processId"),
            ("processCommandLine", "processCommandLine"),
            ("processCreationTime", "processCreationDateTime"),
            ("parentProcessId", "parentProcessId"),
            ("parentProcessCreationTime", "parentProcessCreationDateTime"),
            ("ipAddress", "ipAddress"),
            ("url", "url"),
            ("registryKey", "registryKey"),
            ("registryHive", "registryHive"),
            ("registryValueName", "registryValueName"),
            ("registryValueType", "registryValueType"),
            ("registryValue", "registryValue"),
            ("deviceId", "mdeDeviceId"),
            ("mailboxAddress", "primaryAddress"),
            ("recipient", "recipientEmailAddress"),
            ("subject", "subject"),
            ("deliveryAction", "deliveryAction"),
            ("clusterBy", "clusterBy"),
            ("securityGroupId", "securityGroupId"),
        ],
    );
    let display = match kind {
        "mailboxEvidence" => Some("mailboxDisplayName"),
        "securityGroupEvidence" => Some("securityGroupName"),
        _ => None,
    };
    if let Some(display) = display {
        copy(&mut out, Some(it), &[(display, "displayName")]);
    }
    Value::Object(out)
}

/// Copies members that say something.
fn copy(out: &mut Doc, from: Option<&Doc>, members: &[(&str, &str)]) {
    for (name, member) in members {
        let value = from.and_then(|it| it.get(*member)).filter(|it| !it.is_null());
        if let Some(value) = value {
            out.insert((*name).to_owned(), value.clone());
        }
    }
}

fn kind(evidence: &Doc) -> &str {
    text(evidence, "@odata.type").rsplit('.').next().unwrap_or_default()
}

fn determination(doc: &Doc) -> Value {
    match text(doc, "determination") {
        "" | "unknown" => Value::from("NotAvailable"),
        _ => pascal(doc, "determination"),
    }
}

fn severity(doc: &Doc) -> Value {
    match text(doc, "severity") {
        "" | "unknown" => Value::from("UnSpecified"),
        _ => pascal(doc, "severity"),
    }
}

fn or(value: Value, other: &str) -> Value {
    if value.is_null() { Value::from(other) } else { value }
}

/// Ids are numbers there.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or(Value::Null, Value::from)
}

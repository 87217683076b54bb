//! One row of `AlertEvidence` as a piece of evidence, by its `EntityType`.

use serde_json::{Map, Value, json};

use crate::evidence::{File, Piece};
use crate::fields::Fields;
use crate::{clock, identity, text};

/// The column `AdditionalFields`: an object, mostly kept as JSON text.
pub(super) fn additional(row: &Fields) -> Option<Value> {
    match row.get("AdditionalFields")? {
        Value::String(written) => serde_json::from_str(written)
            .ok()
            .filter(|value: &Value| value.as_object().is_some_and(|members| !members.is_empty())),
        Value::Object(members) if !members.is_empty() => Some(Value::Object(members.clone())),
        _ => None,
    }
}

/// `None` for an entity of a kind we do not know, or one whose columns are empty.
pub(super) fn piece(row: &Fields, noted: &str) -> Option<Piece> {
    let more = Fields::inside(additional(row).as_ref(), "AdditionalFields");
    let kind = row.text("EntityType")?.to_ascii_lowercase();
    let piece = match kind.as_str() {
        "machine" | "device" => device(row, &more, noted)?,
        "user" | "account" => Piece::user(account(row)?, noted),
        "ip" => {
            let ip = row.text("RemoteIP").or_else(|| row.text("LocalIP"));
            Piece::ip(&identity::ip(&ip?)?, noted)
                .set_some("countryLetterCode", more.text("Location.CountryCode"))
        }
        "url" => Piece::url(&row.text("RemoteUrl")?, noted),
        "file" => Piece::file(&file(row), noted)?
            .set_some("mdeDeviceId", row.text("DeviceId"))
            .set_some("detectionStatus", detection(&more)),
        "process" => process(row, &more, noted)?,
        "registrykey" | "registryvalue" => registry(row, noted)?,
        "mailmessage" => message(row, noted)?,
        "mailbox" => mailbox(row, noted)?,
        "mailcluster" => Piece::new("mailClusterEvidence", noted)
            .set_some("query", more.text("Query"))
            .set_some("emailCount", more.int("MailCount"))
            .set_some("clusterBy", more.text("ClusterBy")),
        "cloudapplication" => Piece::new("cloudApplicationEvidence", noted)
            .set("displayName", row.text("Application")?)
            .set_some("appId", row.int("ApplicationId")),
        "oauthapplication" => Piece::new("oauthApplicationEvidence", noted)
            .set_some("displayName", row.text("Application"))
            .set("appId", row.text("OAuthApplicationId")?),
        "cloudresource" => resource(row, noted)?,
        "securitygroup" => Piece::new("securityGroupEvidence", noted)
            .set("displayName", row.text("AccountName").or_else(|| more.text("DisplayName"))?)
            .set_some("sid", row.text("AccountSid")),
        "cloudlogonrequest" => {
            Piece::new("cloudLogonRequestEvidence", noted).set("requestId", more.text("RequestId")?)
        }
        "cloudlogonsession" => Piece::new("cloudLogonSessionEvidence", noted)
            .set("sessionId", more.text("SessionId")?)
            .set_some("userAgent", more.text("UserAgent")),
        _ => return None,
    };
    Some(played(piece, row, &more))
}

/// Roles, verdict and what was done about it.
fn played(mut piece: Piece, row: &Fields, more: &Fields) -> Piece {
    match row.text("EvidenceRole").as_deref() {
        Some("Impacted") => piece = piece.role("attacked").detailed("Impacted"),
        Some("Related") => piece = piece.role("contextual"),
        Some(other) => piece = piece.detailed(other),
        None => {}
    }
    match row.text("EvidenceDirection").as_deref() {
        Some("Source") => piece = piece.role("source"),
        Some("Destination") => piece = piece.role("destination"),
        _ => {}
    }
    let verdict = more.text("LastVerdict").or_else(|| more.text("SuspicionLevel"));
    let verdict = match verdict.unwrap_or_default().to_ascii_lowercase().as_str() {
        "malicious" => Some("malicious"),
        "suspicious" => Some("suspicious"),
        "clean" | "nothreatsfound" => Some("noThreatsFound"),
        _ => None,
    };
    let state = more.text("LastRemediationState").or_else(|| more.text("RemediationStatus"));
    let state = match state.unwrap_or_default().to_ascii_lowercase().as_str() {
        "remediated" => Some("remediated"),
        "prevented" => Some("prevented"),
        "blocked" => Some("blocked"),
        "notfound" => Some("notFound"),
        "active" => Some("active"),
        "pendingapproval" => Some("pendingApproval"),
        _ => None,
    };
    piece.set_some("verdict", verdict).set_some("remediationStatus", state)
}

fn detection(more: &Fields) -> Option<&'static str> {
    match more.text("DetectionStatus")?.to_ascii_lowercase().as_str() {
        "detected" => Some("detected"),
        "blocked" => Some("blocked"),
        "prevented" => Some("prevented"),
        _ => None,
    }
}

fn device(row: &Fields, more: &Fields, noted: &str) -> Option<Piece> {
    let host = row.text("DeviceName").and_then(|name| identity::host(&name));
    let id = row.text("DeviceId");
    if host.is_none() && id.is_none() {
        return None;
    }
    let piece = match host {
        Some(host) => Piece::device(&host, noted),
        None => Piece::new("deviceEvidence", noted),
    };
    let ip = row.text("LocalIP").and_then(|it| identity::ip(&it));
    Some(
        piece
            .set_some("mdeDeviceId", id)
            .set_some("lastIpAddress", ip.clone())
            .set_some("ipInterfaces", ip.map(|ip| vec![ip]))
            .set_some("osPlatform", more.text("OSFamily").or_else(|| more.text("OsPlatform"))),
    )
}

fn account(row: &Fields) -> Option<Map<String, Value>> {
    let mut account = Map::new();
    for column in ["AccountUpn", "AccountName"] {
        let read = row.text(column).and_then(|it| identity::account(&it));
        account.extend(read.into_iter().flatten());
    }
    let columns = [
        ("AccountDomain", "domainName"),
        ("AccountSid", "userSid"),
        ("AccountObjectId", "azureAdUserId"),
    ];
    for (column, member) in columns {
        if let Some(value) = row.text(column) {
            account.insert(member.to_owned(), Value::from(value));
        }
    }
    (!account.is_empty()).then_some(account)
}

fn file(row: &Fields) -> File {
    let name = row.text("FileName");
    // Some tables write the whole path where others write the folder.
    let folder = row.text("FolderPath").map(|folder| match &name {
        Some(name) if folder.to_lowercase().ends_with(&name.to_lowercase()) => {
            identity::path(&folder).1.unwrap_or(folder)
        }
        _ => folder,
    });
    File {
        name,
        folder,
        size: row.int("FileSize"),
        md5: row.text("MD5").and_then(|it| identity::md5(&it)),
        sha1: row.text("SHA1").and_then(|it| identity::sha1(&it)),
        sha256: row.text("SHA256").and_then(|it| identity::sha256(&it)),
    }
}

fn process(row: &Fields, more: &Fields, noted: &str) -> Option<Piece> {
    let line = row.text("ProcessCommandLine").or_else(|| more.text("CommandLine"));
    let mut image = file(row);
    image.name = image.name.or_else(|| more.text("ImageFile.Name"));
    image.folder = image.folder.or_else(|| more.text("ImageFile.Directory"));
    let details = image.details();
    if line.is_none() && details.is_none() {
        return None;
    }
    let parent = File {
        name: more.text("ParentProcess.ImageFile.Name"),
        folder: more.text("ParentProcess.ImageFile.Directory"),
        ..File::default()
    };
    let moment = |path: &str| more.get(path).and_then(clock::of);
    Some(
        Piece::new("processEvidence", noted)
            .set_some("processId", more.int("ProcessId"))
            .set_some("processCommandLine", line)
            .set_some("processCreationDateTime", moment("CreationTimeUtc"))
            .set_some("imageFile", details)
            .set_some("parentProcessId", more.int("ParentProcess.ProcessId"))
            .set_some("parentProcessCreationDateTime", moment("ParentProcess.CreationTimeUtc"))
            .set_some("parentProcessImageFile", parent.details())
            .set_some("userAccount", account(row))
            .set_some("detectionStatus", detection(more))
            .set_some("mdeDeviceId", row.text("DeviceId")),
    )
}

fn registry(row: &Fields, noted: &str) -> Option<Piece> {
    let path = row.text("RegistryKey")?;
    let (hive, key) = path.split_once('\\').unwrap_or(("", path.as_str()));
    let name = row.text("RegistryValueName");
    let kind = if name.is_some() { "registryValueEvidence" } else { "registryKeyEvidence" };
    Some(
        Piece::new(kind, noted)
            .set("registryHive", hive)
            .set("registryKey", key)
            .set_some("registryValueName", name.clone())
            .set_some("registryValue", name.and(row.text("RegistryValueData"))),
    )
}

fn message(row: &Fields, noted: &str) -> Option<Piece> {
    let (id, subject) = (row.text("NetworkMessageId"), row.text("EmailSubject"));
    if id.is_none() && subject.is_none() {
        return None;
    }
    Some(
        Piece::new("analyzedMessageEvidence", noted)
            .set_some("networkMessageId", id)
            .set_some("subject", subject)
            .set_some("recipientEmailAddress", row.text("AccountUpn").map(|it| it.to_lowercase()))
            .set_some("senderIp", row.text("RemoteIP").and_then(|it| identity::ip(&it))),
    )
}

fn mailbox(row: &Fields, noted: &str) -> Option<Piece> {
    let address = row.text("AccountUpn")?.to_lowercase();
    Some(
        Piece::new("mailboxEvidence", noted)
            .set("primaryAddress", address.as_str())
            .set("upn", address.as_str())
            .set_some("userAccount", account(row)),
    )
}

fn resource(row: &Fields, noted: &str) -> Option<Piece> {
    let (id, name) = (row.text("ResourceID"), row.text("CloudResource"));
    if id.is_none() && name.is_none() {
        return None;
    }
    let platform = row.text("CloudPlatform").unwrap_or_default().to_lowercase();
    let piece = if platform.contains("amazon") || platform.contains("aws") {
        Piece::new("amazonResourceEvidence", noted).set_some("amazonResourceId", id)
    } else if platform.contains("google") || platform.contains("gcp") {
        Piece::new("googleCloudResourceEvidence", noted).set_some("fullResourceName", id)
    } else {
        Piece::new("azureResourceEvidence", noted).set_some("resourceId", id)
    };
    let piece = piece
        .set_some("resourceName", name.map(|it| json!(text::line(&it, text::LINE))))
        .set_some("resourceType", row.text("ResourceType"));
    Some(piece)
}

//! `AlertEvidence`: one row per piece of evidence of a stored alert.

use serde_json::{Value, json};

use super::{
    alert_info::{self, json_list},
    words,
};
use crate::{
    correlation::extract::evidence_type,
    doc::{Doc, object, objects, set, text, texts},
};

/// The rows of an alert, in the order of its evidence.
pub(super) fn rows(alert: &Doc) -> Vec<Value> {
    let product = text(alert, "productName");
    let Value::Object(headline) = json!({
        "AlertId": text(alert, "id"),
        "Title": text(alert, "title"),
        "Categories": json_list(alert, "categories"),
        "AttackTechniques": json_list(alert, "mitreTechniques"),
        "ServiceSource": words::source(text(alert, "serviceSource"), product),
        "DetectionSource": words::source(text(alert, "detectionSource"), product),
        "Severity": words::capital(text(alert, "severity")),
        "ThreatFamily": text(alert, "threatFamilyName"),
    }) else {
        return Vec::new();
    };
    objects(alert, "evidence")
        .map(|item| {
            let mut row = headline.clone();
            let at = timestamp(alert, item);
            set(&mut row, "Timestamp", at);
            set(&mut row, "TimeGenerated", at);
            role(item, &mut row);
            let ty = entity(item, &mut row);
            set(&mut row, "EntityType", ty);
            Value::Object(row)
        })
        .collect()
}

/// When the evidence was noted, else when the alert was.
pub(super) fn timestamp<'a>(alert: &'a Doc, item: &'a Doc) -> &'a str {
    match text(item, "createdDateTime") {
        "" => alert_info::timestamp(alert),
        at => at,
    }
}

/// Writes the columns of a piece of evidence and answers its entity type.
fn entity(item: &Doc, row: &mut Doc) -> String {
    let ty = evidence_type(item);
    let mut put = |column: &str, member: &str| set(row, column, text(item, member));
    match ty {
        "deviceEvidence" => {
            put("DeviceId", "mdeDeviceId");
            put("LocalIP", "lastIpAddress");
            let name = match text(item, "deviceDnsName") {
                "" => text(item, "hostName"),
                name => name,
            };
            set(row, "DeviceName", name);
            "Machine"
        }
        "userEvidence" => {
            account(object(item, "userAccount"), row);
            "User"
        }
        "mailboxEvidence" => {
            put("AccountUpn", "upn");
            account(object(item, "userAccount"), row);
            "Mailbox"
        }
        "ipEvidence" => {
            put("RemoteIP", "ipAddress");
            "Ip"
        }
        "urlEvidence" => {
            put("RemoteUrl", "url");
            "Url"
        }
        "dnsEvidence" => {
            put("RemoteUrl", "domainName");
            "DnsResolution"
        }
        "fileEvidence" => {
            put("DeviceId", "mdeDeviceId");
            file(object(item, "fileDetails"), row);
            "File"
        }
        "processEvidence" => {
            put("DeviceId", "mdeDeviceId");
            put("ProcessCommandLine", "processCommandLine");
            file(object(item, "imageFile"), row);
            account(object(item, "userAccount"), row);
            "Process"
        }
        "registryKeyEvidence" => {
            put("RegistryKey", "registryKey");
            "RegistryKey"
        }
        "registryValueEvidence" => {
            put("RegistryKey", "registryKey");
            put("RegistryValueName", "registryValueName");
            put("RegistryValueData", "registryValue");
            "RegistryValue"
        }
        "analyzedMessageEvidence" => {
            put("NetworkMessageId", "networkMessageId");
            put("EmailSubject", "subject");
            put("AccountUpn", "recipientEmailAddress");
            put("RemoteIP", "senderIp");
            "MailMessage"
        }
        "cloudApplicationEvidence" => {
            put("Application", "displayName");
            if let Some(id) = item.get("appId") {
                set(row, "ApplicationId", id.clone());
            }
            "CloudApplication"
        }
        "oauthApplicationEvidence" => {
            put("Application", "displayName");
            put("OAuthApplicationId", "appId");
            "OAuthApplication"
        }
        "securityGroupEvidence" => {
            put("AccountSid", "sid");
            put("AccountName", "displayName");
            "SecurityGroup"
        }
        "azureResourceEvidence" => {
            put("ResourceID", "resourceId");
            put("ResourceType", "resourceType");
            put("CloudResource", "resourceName");
            set(row, "CloudPlatform", "Azure");
            "CloudResource"
        }
        "amazonResourceEvidence" => {
            put("ResourceID", "amazonResourceId");
            put("ResourceType", "resourceType");
            put("CloudResource", "resourceName");
            set(row, "CloudPlatform", "Amazon Web Services");
            "CloudResource"
        }
        "googleCloudResourceEvidence" => {
            put("ResourceID", "fullResourceName");
            put("ResourceType", "resourceType");
            put("CloudResource", "resourceName");
            set(row, "CloudPlatform", "Google Cloud Platform");
            "CloudResource"
        }
        // What has no columns of its own is kept whole, under its own name.
        other => {
            set(row, "AdditionalFields", Value::Object(item.clone()).to_string());
            return words::capital(other.strip_suffix("Evidence").unwrap_or(other));
        }
    }
    .to_owned()
}

fn account(account: Option<&Doc>, row: &mut Doc) {
    let Some(account) = account else { return };
    for (column, member) in [
        ("AccountName", "accountName"),
        ("AccountDomain", "domainName"),
        ("AccountSid", "userSid"),
        ("AccountObjectId", "azureAdUserId"),
        ("AccountUpn", "userPrincipalName"),
    ] {
        if !text(account, member).is_empty() {
            set(row, column, text(account, member));
        }
    }
}

fn file(file: Option<&Doc>, row: &mut Doc) {
    let Some(file) = file else { return };
    for (column, member) in [
        ("FileName", "fileName"),
        ("FolderPath", "filePath"),
        ("SHA1", "sha1"),
        ("SHA256", "sha256"),
    ] {
        set(row, column, text(file, member));
    }
    if let Some(size) = file.get("fileSize") {
        set(row, "FileSize", size.clone());
    }
}

/// What was hit is impacted, the rest is related; addresses say their direction.
fn role(item: &Doc, row: &mut Doc) {
    let held: Vec<&str> = texts(item, "roles").collect();
    let impacted = held.iter().any(|it| matches!(*it, "attacked" | "compromised" | "destination"));
    set(row, "EvidenceRole", if impacted { "Impacted" } else { "Related" });
    let direction = held.iter().find_map(|it| match *it {
        "source" | "attacker" => Some("Source"),
        "destination" | "attacked" => Some("Destination"),
        _ => None,
    });
    set(row, "EvidenceDirection", direction.unwrap_or_default());
}

//! The entities that one piece of evidence names, whatever its type.
//!
//! Values that every network has are left out here (`commonplace.rs`), and names are brought to
//! the form in which two products meet.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::{
    commonplace::{ip_kind, is_common_account, is_common_hash, is_common_host, is_common_sid},
    entity::{Entity, EntityKind},
};

/// The bare name in an `@odata.type`: `#microsoft.graph.security.ipEvidence` → `ipEvidence`.
pub fn evidence_type(item: &Map<String, Value>) -> &str {
    let full = text(item, "@odata.type");
    full.rsplit('.').next().unwrap_or(full)
}

/// Adds what a piece of evidence names.
pub fn evidence(item: &Map<String, Value>, found: &mut Vec<Entity>) {
    match evidence_type(item) {
        "deviceEvidence" => {
            for member in ["deviceDnsName", "hostName"] {
                host(text(item, member), found);
            }
            for member in ["mdeDeviceId", "azureAdDeviceId"] {
                device_id(text(item, member), found);
            }
            address(text(item, "lastIpAddress"), found);
            for ip in item.get("ipInterfaces").and_then(Value::as_array).into_iter().flatten() {
                address(ip.as_str().unwrap_or_default(), found);
            }
        }
        "userEvidence" => account(item.get("userAccount"), found),
        "ipEvidence" => address(text(item, "ipAddress"), found),
        "fileEvidence" => {
            file(item.get("fileDetails"), found);
            device_id(text(item, "mdeDeviceId"), found);
        }
        "processEvidence" => {
            file(item.get("imageFile"), found);
            account(item.get("userAccount"), found);
            device_id(text(item, "mdeDeviceId"), found);
            process(item, found);
        }
        "urlEvidence" => url(text(item, "url"), found),
        "dnsEvidence" => domain(text(item, "domainName"), found),
        "hostLogonSessionEvidence" => account(item.get("account"), found),
        "mailboxEvidence" => {
            mailbox(text(item, "primaryAddress"), found);
            account(item.get("userAccount"), found);
        }
        "analyzedMessageEvidence" => {
            push(EntityKind::Message, text(item, "networkMessageId"), found);
            mailbox(text(item, "recipientEmailAddress"), found);
            address(text(item, "senderIp"), found);
            for it in item.get("urls").and_then(Value::as_array).into_iter().flatten() {
                url(it.as_str().unwrap_or_default(), found);
            }
        }
        "containerEvidence" => push(EntityKind::Resource, text(item, "containerId"), found),
        "kubernetesPodEvidence" | "kubernetesClusterEvidence" => {
            push(EntityKind::Resource, text(item, "name"), found);
        }
        "azureResourceEvidence" => push(EntityKind::Resource, text(item, "resourceId"), found),
        "amazonResourceEvidence" => {
            push(EntityKind::Resource, text(item, "amazonResourceId"), found);
        }
        "googleCloudResourceEvidence" => {
            push(EntityKind::Resource, text(item, "fullResourceName"), found);
        }
        "oauthApplicationEvidence" => push(EntityKind::Resource, text(item, "appId"), found),
        "securityGroupEvidence" => push(EntityKind::Resource, text(item, "sid"), found),
        _ => {}
    }
}

fn text<'a>(item: &'a Map<String, Value>, member: &str) -> &'a str {
    item.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn push(kind: EntityKind, raw: &str, found: &mut Vec<Entity>) {
    found.extend(Entity::new(kind, raw));
}

/// A host counts by its first label, so that `ws1` and `ws1.corp.example` meet. A bare address in
/// place of a name is an address.
fn host(name: &str, found: &mut Vec<Entity>) {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    if name.parse::<IpAddr>().is_ok() {
        return address(&name, found);
    }
    let label = name.split('.').next().unwrap_or_default();
    if !is_common_host(&name) && !is_common_host(label) {
        push(EntityKind::Device, label, found);
    }
}

fn device_id(id: &str, found: &mut Vec<Entity>) {
    if !id.trim().is_empty() && id.bytes().any(|byte| byte != b'0' && byte != b'-') {
        push(EntityKind::Device, &format!("id/{}", id.trim()), found);
    }
}

fn address(raw: &str, found: &mut Vec<Entity>) {
    if let Ok(ip) = raw.trim().parse::<IpAddr>()
        && let Some(kind) = ip_kind(ip)
    {
        let ip = match ip {
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(ip, IpAddr::V4),
            IpAddr::V4(_) => ip,
        };
        push(kind, &ip.to_string(), found);
    }
}

/// An account counts by its plain name and by its ids: products rarely agree on more than one.
fn account(value: Option<&Value>, found: &mut Vec<Entity>) {
    let Some(Value::Object(account)) = value else { return };
    let upn = text(account, "userPrincipalName").trim().to_lowercase();
    let from_upn = upn.split('@').next().unwrap_or_default();
    for name in [text(account, "accountName").trim().to_lowercase(), from_upn.to_owned()] {
        let plain = name.rsplit('\\').next().unwrap_or_default();
        // `WS1$` is the machine's own account.
        if !is_common_account(plain) && !plain.ends_with('$') {
            push(EntityKind::User, plain, found);
        }
    }
    let sid = text(account, "userSid").trim();
    if !sid.is_empty() && !is_common_sid(sid) {
        push(EntityKind::User, &format!("sid/{sid}"), found);
    }
    let object = text(account, "azureAdUserId").trim();
    if !object.is_empty() {
        push(EntityKind::User, &format!("oid/{object}"), found);
    }
}

/// A file counts by its strongest digest and by SHA-1, the one most products share.
fn file(value: Option<&Value>, found: &mut Vec<Entity>) {
    let Some(Value::Object(file)) = value else { return };
    for member in ["sha256", "sha1", "md5"] {
        let digest = text(file, member).trim().to_lowercase();
        if !is_common_hash(&digest) {
            push(EntityKind::File, &digest, found);
        }
    }
}

/// A process is one only on its machine and with its start, for numbers are used again.
fn process(item: &Map<String, Value>, found: &mut Vec<Entity>) {
    let (device, start) = (text(item, "mdeDeviceId"), text(item, "processCreationDateTime"));
    let number = item.get("processId").and_then(Value::as_i64).unwrap_or_default();
    if !device.is_empty() && !start.is_empty() && number > 0 {
        push(EntityKind::Process, &format!("{device}/{number}/{start}"), found);
    }
}

fn url(raw: &str, found: &mut Vec<Entity>) {
    let raw = raw.trim();
    let rest = raw.split_once("://").map_or(raw, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named = authority.rsplit('@').next().unwrap_or_default();
    let named = match named.strip_prefix('[').and_then(|six| six.split_once(']')) {
        Some((six, _)) => six,
        None => named.split(':').next().unwrap_or_default(),
    };
    // The address of the organisation's own web server says nothing beyond the host, and an
    // attack's path differs with every try; the whole text counts only when it leaves the house.
    match named.parse::<IpAddr>() {
        Ok(ip) => {
            address(named, found);
            if ip_kind(ip) == Some(EntityKind::PublicIp) {
                push(EntityKind::Url, raw, found);
            }
        }
        Err(_) if named.contains('.') => {
            domain(named, found);
            if rest.len() > authority.len() + 1 {
                push(EntityKind::Url, raw, found);
            }
        }
        Err(_) => {}
    }
}

fn domain(raw: &str, found: &mut Vec<Entity>) {
    let name = raw.trim().trim_end_matches('.').to_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    if name.contains('.') && !matches!(last, "arpa" | "local") {
        push(EntityKind::Domain, &name, found);
    }
}

fn mailbox(raw: &str, found: &mut Vec<Entity>) {
    if raw.contains('@') {
        push(EntityKind::Mailbox, raw, found);
    }
}

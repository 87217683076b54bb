//! Alerts made by hand: what they name becomes evidence, so they are correlated like any other.

use auth::OpCx;
use serde_json::{Value, json};

use crate::{
    areas::{ALERTS, operate::Operate},
    doc::{Doc, objects, set, text},
    fault::Fault,
    intake::push,
    read::View,
    reply::Reply,
};

/// Most things an alert may name.
const MOST: usize = 100;
/// The product of an alert whose maker names none.
const OWN: &str = "Yagura";
/// The longest description.
const LONGEST: usize = 5_000;

/// Fills in what every alert says, where the maker of this one did not.
pub(crate) fn complete(doc: &mut Doc, cx: &OpCx) {
    if text(doc, "serviceSource").is_empty() {
        set(doc, "serviceSource", "unknown");
    }
    // Of what product it is, must be said to change it in its older form.
    if text(doc, "productName").is_empty() {
        set(doc, "productName", OWN);
    }
    let Some(evidence) = doc.get_mut("evidence").and_then(Value::as_array_mut) else { return };
    for item in evidence.iter_mut().filter_map(Value::as_object_mut) {
        if text(item, "createdDateTime").is_empty() {
            set(item, "createdDateTime", cx.now.to_string());
        }
    }
}

/// Brings a checked body into the form of a stored alert.
pub(crate) fn alert(mut doc: Doc, request: &str) -> Result<Doc, Fault> {
    let named: Vec<Doc> = objects(&doc, "entityDefinitions").cloned().collect();
    doc.shift_remove("entityDefinitions");
    if named.is_empty() || named.len() > MOST {
        let reason = format!("must name between 1 and {MOST} entities");
        return Err(Fault::invalid("entityDefinitions", reason));
    }
    for member in ["title", "description", "category", "severity"] {
        if text(&doc, member).is_empty() {
            return Err(Fault::invalid(member, "is required"));
        }
    }
    if text(&doc, "description").chars().count() > LONGEST {
        let reason = format!("has at most {LONGEST} characters");
        return Err(Fault::invalid("description", reason));
    }
    let evidence: Vec<Value> = named.iter().filter_map(evidence).collect();
    set(&mut doc, "evidence", evidence);
    set(&mut doc, "detectionSource", "manual");
    set(&mut doc, "status", "new");
    set(&mut doc, "providerAlertId", format!("manual_{request}"));
    Ok(doc)
}

/// `createAlert`.
pub(crate) async fn create(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let mut arguments = it.arguments(body)?;
    let Some(Value::Object(input)) = arguments.remove("createAlertInput") else {
        return Err(Fault::invalid("createAlertInput", "is required"));
    };
    let mut input = input;
    input.shift_remove("@odata.type");
    let mut doc = alert(input, &it.cx.request_id.to_string())?;
    complete(&mut doc, it.cx);
    let record = push::by_hand(it.platform, it.cx, doc).await?;
    let def = it.model.set(ALERTS).ok_or_else(|| Fault::absent(ALERTS))?;
    let view = View::of(it.model, def, it.prefer.include_unknown_enum_members);
    let context = it.context();
    let value = Value::Object(view.shown(record));
    Ok(Reply::Value { context, value })
}

/// A named thing as evidence; what has no type of its own among the evidence is left out.
fn evidence(named: &Doc) -> Option<Value> {
    let value = text(named, "identifierValue");
    let is = |part: &str| text(named, "entityIdentifier").to_ascii_lowercase().contains(part);
    let hash = match value.len() {
        32 => "md5",
        40 => "sha1",
        _ => "sha256",
    };
    let (kind, members) = match text(named, "entityType") {
        "user" if is("sid") => ("user", json!({"userAccount": {"userSid": value}})),
        "user" if is("aad") || is("objectid") => {
            ("user", json!({"userAccount": {"azureAdUserId": value}}))
        }
        "user" if value.contains('@') => {
            ("user", json!({"userAccount": {"userPrincipalName": value}}))
        }
        "user" => ("user", json!({"userAccount": {"accountName": value}})),
        "device" if is("id") => ("device", json!({ "mdeDeviceId": value })),
        "device" => ("device", json!({ "deviceDnsName": value })),
        "file" if is("name") => ("file", json!({"fileDetails": {"fileName": value}})),
        "file" => ("file", json!({"fileDetails": {hash: value}})),
        "ip" => ("ip", json!({ "ipAddress": value })),
        "url" => ("url", json!({ "url": value })),
        "mailbox" => ("mailbox", json!({ "primaryAddress": value })),
        "securityGroup" => ("securityGroup", json!({ "securityGroupId": value })),
        "azureResource" => ("azureResource", json!({ "resourceId": value })),
        "registryKey" => ("registryKey", json!({ "registryKey": value })),
        "emailMessage" => ("analyzedMessage", json!({ "networkMessageId": value })),
        _ => return None,
    };
    let mut out = json!({
        "@odata.type": format!("#microsoft.graph.security.{kind}Evidence"),
        "verdict": "unknown",
        "remediationStatus": "none",
        "roles": [],
    });
    if let (Some(out), Value::Object(members)) = (out.as_object_mut(), members) {
        out.extend(members);
    }
    Some(out)
}

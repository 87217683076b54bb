//! Both JSON forms of a ModSecurity audit record, brought to one shape.
//!
//! Version 3 writes messages as objects. Version 2 writes them as lines of text with the facts in
//! brackets, `[id "942100"] [msg "…"]`, the way its error log has them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::normalised::Refused;
use crate::{clock, identity, text};

/// One rule that spoke.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) text: String,
    pub(super) rule: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) data: Option<String>,
    pub(super) tags: Vec<String>,
}

/// One transaction.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: Option<String>,
    pub(super) at: String,
    pub(super) client: Option<String>,
    pub(super) client_port: Option<i64>,
    pub(super) server: Option<String>,
    pub(super) server_port: Option<i64>,
    pub(super) method: Option<String>,
    pub(super) uri: Option<String>,
    /// The `Host` header.
    pub(super) called: Option<String>,
    pub(super) user: Option<String>,
    pub(super) status: Option<i64>,
    pub(super) blocked: bool,
    pub(super) messages: Vec<Message>,
    /// The machine that the log was read on, when a shipper says.
    pub(super) shipped_from: Option<String>,
    pub(super) rest: Map<String, Value>,
}

impl Record {
    /// The address asked for. The scheme is not recorded; the port tells the two usual ones apart.
    pub(super) fn url(&self) -> Option<String> {
        let uri = self.uri.as_deref()?;
        if uri.starts_with("http://") || uri.starts_with("https://") {
            return Some(uri.to_owned());
        }
        let host = self.called.clone().or_else(|| self.server.clone())?.to_lowercase();
        let secure = self.server_port == Some(443) || host.ends_with(":443");
        let scheme = if secure { "https" } else { "http" };
        let usual = matches!(self.server_port, None | Some(80 | 443)) || host.contains(':');
        let port = self.server_port.filter(|_| !usual);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let slash = if uri.starts_with('/') { "" } else { "/" };
        Some(format!("{scheme}://{host}{port}{slash}{uri}"))
    }
}

pub(super) fn read(mut fields: Fields) -> Result<Record, Refused> {
    if fields.object("transaction").is_none() {
        return Err(fields.refuse("transaction", "an object"));
    }
    let shipped_from = shipped_from(&fields);
    if fields.object("audit_data").is_some() || fields.object("request").is_some() {
        version_2(fields, shipped_from)
    } else {
        let inner = fields.take("transaction");
        let mut record = version_3(&Fields::inside(inner.as_ref(), "transaction"), shipped_from)?;
        // The transaction's own members go without a wrapper, beside those of the shipper.
        let mut rest = fields.into_rest();
        if let Some(Value::Object(inner)) = inner {
            rest.extend(inner);
        }
        for told in ["time_stamp", "unique_id"] {
            rest.shift_remove(told);
        }
        record.rest = rest;
        Ok(record)
    }
}

fn shipped_from(fields: &Fields) -> Option<String> {
    ["host.hostname", "host.name", "agent.hostname", "hostname", "host"]
        .into_iter()
        .find_map(|path| fields.text(path))
}

/// The facts of a header, whatever the case of its name.
fn header(headers: Option<&Map<String, Value>>, name: &str) -> Option<String> {
    let (_, value) = headers?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    text::all_of(value).into_iter().next()
}

/// The name of a `Basic` authorization: the password is never read further than here.
fn basic_user(authorization: Option<String>) -> Option<String> {
    let authorization = authorization?;
    let encoded = authorization.strip_prefix("Basic ")?.trim();
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split_once(':').map(|(name, _)| name.to_owned())
}

fn address(fields: &Fields, path: &str) -> Option<String> {
    identity::ip(&fields.text(path)?)
}

fn port(fields: &Fields, path: &str) -> Option<i64> {
    fields.int(path).filter(|port| (1..=65_535).contains(port))
}

fn version_3(fields: &Fields, shipped_from: Option<String>) -> Result<Record, Refused> {
    let at = fields
        .get("time_stamp")
        .and_then(clock::of)
        .ok_or_else(|| fields.refuse("time_stamp", "a moment"))?;
    let headers = fields.object("request.headers");
    let messages: Vec<Message> = fields.items("messages").iter().map(message_3).collect();
    let status = fields.int("response.http_code").or_else(|| fields.int("response.status"));
    let interrupted = fields.get("is_interrupted").and_then(Value::as_bool);
    // Older versions do not say that they stepped in; a refusal beside matches means it.
    let blocked = interrupted.unwrap_or(status == Some(403) && !messages.is_empty());
    Ok(Record {
        id: fields.text("unique_id").or_else(|| fields.text("id")),
        at,
        client: address(fields, "client_ip"),
        client_port: port(fields, "client_port"),
        server: address(fields, "host_ip"),
        server_port: port(fields, "host_port"),
        method: fields.text("request.method"),
        uri: fields.text("request.uri"),
        called: header(headers, "host"),
        user: basic_user(header(headers, "authorization")),
        status,
        blocked,
        messages,
        shipped_from,
        rest: Map::new(),
    })
}

fn message_3(value: &Value) -> Message {
    let fields = Fields::inside(Some(value), "messages");
    Message {
        text: fields.text("message").or_else(|| fields.text("details.match")).unwrap_or_default(),
        rule: fields.text("details.ruleId"),
        severity: fields.text("details.severity"),
        data: fields.text("details.data"),
        tags: fields.texts("details.tags"),
    }
}

fn version_2(mut fields: Fields, shipped_from: Option<String>) -> Result<Record, Refused> {
    let at = ["transaction.time", "transaction.time_stamp"]
        .into_iter()
        .find_map(|path| fields.get(path).and_then(clock::of))
        .ok_or_else(|| fields.refuse("transaction.time", "a moment"))?;
    let headers = fields.object("request.headers");
    let (called, authorization) = (header(headers, "host"), header(headers, "authorization"));
    let line = fields.text("request.request_line").unwrap_or_default();
    let mut words = line.split_whitespace();
    let messages = fields.items("audit_data.messages").iter().filter_map(text::of);
    let messages: Vec<Message> = messages.take(200).map(|line| message_2(&line)).collect();
    let intercepted = fields.get("audit_data.action.intercepted").and_then(Value::as_bool);
    let mut record = Record {
        id: fields.text("transaction.transaction_id"),
        at,
        client: address(&fields, "transaction.remote_address"),
        client_port: port(&fields, "transaction.remote_port"),
        server: address(&fields, "transaction.local_address"),
        server_port: port(&fields, "transaction.local_port"),
        method: words.next().map(str::to_owned),
        uri: words.next().map(str::to_owned),
        called,
        user: basic_user(authorization),
        status: fields.int("response.status"),
        blocked: intercepted.unwrap_or(false),
        messages,
        shipped_from,
        rest: Map::new(),
    };
    for told in ["transaction.time", "transaction.transaction_id"] {
        fields.take(told);
    }
    record.rest = fields.into_rest();
    Ok(record)
}

fn message_2(line: &str) -> Message {
    let fact = |name: &str| {
        let (_, rest) = line.split_once(&format!("[{name} \""))?;
        rest.split_once("\"]").map(|(value, _)| value.replace("\\\"", "\""))
    };
    let tags = line.split("[tag \"").skip(1).filter_map(|rest| rest.split_once("\"]"));
    Message {
        text: fact("msg").unwrap_or_else(|| line.split(" [").next().unwrap_or(line).to_owned()),
        rule: fact("id"),
        severity: fact("severity"),
        data: fact("data"),
        tags: tags.map(|(tag, _)| tag.to_owned()).take(64).collect(),
    }
}

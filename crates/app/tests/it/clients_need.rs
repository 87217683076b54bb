//! What deployed clients need of the server, item by item of the list that was read off them. A
//! test is named after the items it holds.

mod answers;
mod errors;
mod hunting;
mod limits;
mod options;
mod reach;
mod shape;
mod writing;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::harness::{Yagura, suricata};

/// Pushes so many alerts of as many sources.
fn fill(it: &Yagura, token: &str, count: u64) {
    let source = |number: u64| format!("198.51.{}.{}", number / 200, number % 200);
    let batch: Value = (0..count).map(|number| suricata(number, &source(number))).collect();
    let report = it.push(token, "suricata", &batch).expect(200).body;
    assert_eq!(report["accepted"], count, "{report}");
}

/// An alert as another hub has it, with evidence of several kinds.
fn document(name: &str) -> Value {
    let kind = |name: &str| format!("#microsoft.graph.security.{name}Evidence");
    json!({
        "providerAlertId": name,
        "title": format!("Alert {name}"),
        "description": "Something happened.",
        "severity": "medium",
        "category": "Execution",
        "serviceSource": "microsoftSentinel",
        "detectionSource": "microsoftSentinel",
        "productName": "Sensor",
        "firstActivityDateTime": "2026-03-01T00:00:00Z",
        "lastActivityDateTime": "2026-03-01T00:00:01.5Z",
        "mitreTechniques": ["T1059"],
        "evidence": [
            {"@odata.type": kind("device"), "deviceDnsName": format!("{name}.contoso.example")},
            {"@odata.type": kind("user"), "userAccount": {"accountName": name}},
            {"@odata.type": kind("file"), "fileDetails": {"fileName": "a.exe", "sha256": "ab"}},
            {"@odata.type": kind("process"), "processCommandLine": "a.exe -x", "processId": 7},
        ],
    })
}

/// Sends bytes as they are and reads what comes until the server closes.
pub(crate) fn raw(it: &Yagura, bytes: &[u8]) -> String {
    let address = it.base.split_once("://").unwrap().1;
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// A request by hand, for what an HTTP library would tidy up; the connection closes behind it.
fn ask(it: &Yagura, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text.push_str("Host: yagura.example\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    raw(it, format!("{text}\r\n{body}").as_bytes())
}

/// The JSON behind the head of a raw answer.
fn json_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

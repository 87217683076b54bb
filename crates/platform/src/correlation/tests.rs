//! Small stories in, incidents with their reasons out. A line is one alert: its time in hours, a
//! severity, a tactic or a rule where they matter, and what it is about, each with its role. The world here is a plain map, so only the decision is under test.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Map, Value, json};

use super::{address, decide::*, entity::Entity, extract, mention::Mention, trace::Trace};

/// Moment, alert and trace.
type Seen = (i64, String, String);

#[derive(Default)]
struct World {
    seen: BTreeMap<Entity, Vec<Seen>>,
    incidents: BTreeMap<u64, Standing>,
    members: BTreeMap<String, u64>,
}

fn document(hours: f64, words: &[&str]) -> Map<String, Value> {
    let at = model::time::Timestamp(639_000_000_000_000_000 + (hours * 36e9) as i64);
    let mut doc = Map::new();
    doc.insert("lastActivityDateTime".into(), json!(at.to_string()));
    doc.insert("severity".into(), json!("high"));
    doc.insert("category".into(), json!("Execution"));
    doc.insert("title".into(), json!(format!("Alert at {hours}")));
    let mut evidence: Vec<Value> = Vec::new();
    for word in words {
        let Some((kind, value)) = word.split_once(':') else {
            match *word {
                "low" | "medium" | "informational" => doc.insert("severity".into(), json!(word)),
                "-" => doc.insert("category".into(), json!("SuspiciousActivity")),
                tactic => doc.insert("category".into(), json!(tactic)),
            };
            continue;
        };
        if kind == "rule" {
            doc.insert("title".into(), json!(value));
            continue;
        }
        // A web address has slashes of its own.
        let role = value.split_once('/').filter(|_| kind != "url");
        let (value, role) = role.unwrap_or((value, "contextual"));
        let mut roles = vec![role];
        let mut item = Map::new();
        if let Some(rest) = role.strip_prefix("from") {
            roles = vec!["source", "attacker"];
            let stopped = if rest == "Stopped" { "blocked" } else { "none" };
            item.insert("remediationStatus".into(), json!(stopped));
        }
        let (kind, value) = match kind {
            "device" => ("device", vec![("deviceDnsName", json!(value))]),
            "at" => {
                let (name, ip) = value.split_once('=').unwrap();
                ("device", vec![("hostName", json!(name)), ("lastIpAddress", json!(ip))])
            }
            "user" => ("user", vec![("userAccount", json!({"accountName": value}))]),
            "ip" => ("ip", vec![("ipAddress", json!(value))]),
            "file" => ("file", vec![("fileDetails", json!({"sha256": value.repeat(64)}))]),
            "url" => ("url", vec![("url", json!(value))]),
            "domain" => ("dns", vec![("domainName", json!(value))]),
            _ => panic!("{kind}"),
        };
        let ty = format!("#microsoft.graph.security.{kind}Evidence");
        item.insert("@odata.type".into(), json!(ty));
        item.insert("roles".into(), json!(roles));
        item.extend(value.into_iter().map(|(member, value)| (member.to_owned(), value)));
        evidence.push(Value::Object(item));
    }
    doc.insert("evidence".into(), Value::Array(evidence));
    doc
}

impl World {
    fn take(&mut self, doc: &Map<String, Value>) -> String {
        let name = format!("a{}", self.members.len() + 1);
        let mut subject = extract::subject(doc, 0);
        let recall = |mention: &Mention| {
            let mut seen: Vec<&Seen> =
                self.seen.get(&mention.entity).into_iter().flatten().collect();
            seen.sort_by(|a, b| b.cmp(a));
            seen.truncate(store::REMEMBERED);
            let recent = seen.into_iter().map(|(at, alert, trace)| Occurrence {
                alert,
                incident: self.members[alert],
                at: *at,
                trace: Trace::read(trace),
            });
            Shared { mention: mention.clone(), recent: recent.collect() }
        };
        let mut shared: Vec<Shared> = subject.speaking().map(recall).collect();
        for mention in address::other_names(&subject, &shared) {
            shared.push(recall(&mention));
            subject.mentions.push(mention);
        }
        let mut told = String::new();
        let bonds = bonds(&subject, &shared);
        let bonds: Vec<_> = bonds.into_iter().map(|it| (it.occurrence.incident, it)).collect();
        let incident = match decide(weigh(&subject, &bonds), &self.incidents) {
            Verdict::Open => {
                let id = self.incidents.len() as u64 + 1;
                self.incidents.insert(id, Standing { open: true, alerts: 0 });
                write!(told, "{name} opens {id}").unwrap();
                id
            }
            Verdict::Join { into, folded } => {
                write!(told, "{name} joins {} at {}:", into.incident, into.score).unwrap();
                for it in &into.reasons {
                    write!(
                        told,
                        " {}={} {} of {} with {} {:+}s",
                        it.rule, it.entity.value, it.score, it.weight, it.related, it.seconds_apart
                    )
                    .unwrap();
                }
                for it in folded {
                    write!(told, "; folds {} at {}", it.incident, it.score).unwrap();
                    self.incidents.get_mut(&it.incident).unwrap().open = false;
                    for member in self.members.values_mut().filter(|id| **id == it.incident) {
                        *member = into.incident;
                    }
                }
                into.incident
            }
        };
        self.incidents.get_mut(&incident).unwrap().alerts += 1;
        self.members.insert(name.clone(), incident);
        for mention in subject.speaking() {
            let it = (subject.at, name.clone(), subject.trace(mention).to_string());
            self.seen.entry(mention.entity.clone()).or_default().push(it);
        }
        told
    }
}

fn story(text: &str) -> String {
    let mut world = World::default();
    let mut told = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(id) = line.strip_prefix("resolve ") {
            world.incidents.get_mut(&id.parse().unwrap()).unwrap().open = false;
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        told.push(world.take(&document(words[0].parse().unwrap(), &words[1..])));
    }
    told.join("\n")
}

fn check(text: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    assert_eq!(story(text), expected.join("\n"));
}

#[test]
fn one_machine_within_hours_is_one_story() {
    check(
        "0 device:ws1.corp.example user:alice
         1 device:WS1
         30 device:ws1
         2 device:ws2",
        "a1 opens 1
         a2 joins 1 at 686: sameDevice=ws1 686 of 700 with a1 +3600s
         a3 opens 2
         a4 opens 3",
    );
}

#[test]
fn different_kinds_add_up_over_a_longer_time() {
    check(
        "0 device:ws1 user:alice ip:203.0.113.9
         30 device:ws1 user:alice",
        "a1 opens 1
         a2 joins 1 at 505: sameDevice=ws1 307 of 700 with a1 +108000s sameUser=alice 285 of 650 with a1 +108000s",
    );
}

#[test]
fn an_alert_on_two_machines_makes_their_incidents_one() {
    check(
        "0 device:ws1
         0.1 device:ws2
         0.2 device:ws1 device:ws2
         0.3 device:ws2",
        "a1 opens 1
         a2 opens 2
         a3 joins 1 at 698: sameDevice=ws1 698 of 700 with a1 +720s; folds 2 at 699
         a4 joins 1 at 699: sameDevice=ws2 699 of 700 with a3 +360s",
    );
}

#[test]
fn a_resolved_incident_is_left_alone() {
    check(
        "0 device:ws1
         resolve 1
         1 device:ws1",
        "a1 opens 1
         a2 opens 2",
    );
}

#[test]
fn what_everyone_has_joins_nothing() {
    check(
        "0 device:ws1 user:SYSTEM ip:127.0.0.1 ip:255.255.255.255
         0 device:ws2 user:SYSTEM ip:127.0.0.1 ip:255.255.255.255
         0 device:localhost ip:10.0.0.1 user:root
         0 device:localhost ip:10.0.0.1 user:root",
        "a1 opens 1
         a2 opens 2
         a3 opens 3
         a4 opens 4",
    );
}

#[test]
fn a_hub_stops_joining() {
    let lines: Vec<String> =
        (0..20).map(|it| format!("0.{it:02} device:host{it} ip:198.51.100.7")).collect();
    let told = story(&lines.join("\n"));
    // The first machines meet through the address; once it has met too many, each stands alone.
    let opened: Vec<&str> = told.lines().filter(|line| line.contains("opens")).collect();
    assert_eq!(opened.first(), Some(&"a1 opens 1"));
    assert_eq!(opened.get(1), Some(&"a9 opens 2"));
    assert_eq!(opened.len(), 13);
}

#[test]
fn routine_alerts_on_one_machine_stay_apart() {
    check(
        "0 informational - device:srv1 user:ann
         0.1 informational - device:srv1 user:bob
         0.2 medium - device:srv1
         0.3 low - device:srv1
         0.4 device:srv1
         0.5 informational device:srv1 user:ann",
        "a1 opens 1
         a2 opens 2
         a3 opens 3
         a4 opens 4
         a5 opens 5
         a6 opens 6",
    );
}

#[test]
fn the_same_again_is_one_incident_but_no_bridge() {
    check(
        "0 rule:R informational - device:srv1 user:ann
         1 rule:R informational - device:srv1 user:ann
         1 rule:R informational - device:srv1 user:bob
         2 rule:S medium - device:srv1
         3 rule:S medium - device:srv1
         3.1 Persistence device:srv1
         4 rule:S medium - device:srv1",
        "a1 opens 1
         a2 joins 1 at 882: sameDetection=srv1, ann @ r 882 of 900 with a1 +3600s
         a3 opens 2
         a4 opens 3
         a5 joins 3 at 902: sameDetection=srv1 @ s 882 of 900 with a4 +3600s sameDevice+sameRule=srv1 166 of 700 with a4 +3600s
         a6 opens 4
         a7 joins 3 at 902: sameDetection=srv1 @ s 882 of 900 with a5 +3600s sameDevice+sameRule=srv1 166 of 700 with a5 +3600s",
    );
}

#[test]
fn who_knocks_at_a_public_server_joins_only_himself() {
    check(
        "0 InitialAccess ip:203.0.113.1/from ip:10.0.0.9/attacked
         0.1 InitialAccess ip:203.0.113.2/from ip:10.0.0.9/attacked
         0.2 low Reconnaissance ip:203.0.113.1/fromStopped ip:10.0.0.9/attacked
         0.3 InitialAccess ip:203.0.113.3/fromStopped ip:10.0.0.9/attacked
         0.5 medium Persistence at:web=10.0.0.9
         0.6 InitialAccess ip:203.0.113.4/from ip:10.0.0.9/attacked",
        "a1 opens 1
         a2 opens 2
         a3 joins 1 at 622: sameHostilePublicIp=203.0.113.1 622 of 780 with a1 +720s
         a4 opens 3
         a5 joins 2 at 551: sameDeviceAddress+nextStage=10.0.0.9 551 of 700 with a2 +1440s
         a6 opens 4",
    );
}

#[test]
fn an_address_and_a_name_are_one_machine() {
    check(
        "0 at:ws1=10.0.0.17 user:alice
         1 CommandAndControl ip:10.0.0.17 ip:198.51.100.7/commandAndControl
         2 Impact device:ws1
         3 Execution ip:10.0.0.18",
        "a1 opens 1
         a2 joins 1 at 892: sameDevice+nextStage=ws1 892 of 700 with a1 +3600s
         a3 joins 1 at 892: sameDevice+nextStage=ws1 892 of 700 with a2 +3600s
         a4 opens 2",
    );
}

#[test]
fn a_replay_says_the_same() {
    let text = "0 device:ws1 user:bob ip:203.0.113.9
        0.5 ip:10.0.0.7 ip:203.0.113.9
        0.6 device:ws2 url:http://evil.example/x file:a
        0.7 device:ws1 file:a
        9 ip:10.0.0.7 user:bob";
    assert_eq!(story(text), story(text));
}

#[test]
fn a_full_incident_takes_no_more_and_the_next_begins() {
    let mut world = World::default();
    let mut sizes = BTreeMap::new();
    for at in 0..2 * MOST_ALERTS + 10 {
        world.take(&document(at as f64 / 60.0, &["device:ws1", "user:alice"]));
    }
    for incident in world.members.values() {
        *sizes.entry(*incident).or_insert(0) += 1;
    }
    assert_eq!(sizes, BTreeMap::from([(1, MOST_ALERTS), (2, MOST_ALERTS), (3, 10)]));
}

//! Small stories in, incidents with their reasons out. A line is one alert: its time in hours and
//! what it is about. The world here is a plain map, so only the decision is under test.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Map, Value, json};

use super::{decide::*, entity::Entity, extract};

#[derive(Default)]
struct World {
    seen: BTreeMap<Entity, Vec<Occurrence>>,
    incidents: BTreeMap<u64, Standing>,
    members: BTreeMap<String, u64>,
}

fn document(hours: f64, words: &[&str]) -> Map<String, Value> {
    let at = model::time::Timestamp(639_000_000_000_000_000 + (hours * 36e9) as i64);
    let evidence: Vec<Value> = words
        .iter()
        .map(|word| {
            let (kind, value) = word.split_once(':').unwrap();
            let ty = format!("#microsoft.graph.security.{kind}Evidence");
            match kind {
                "device" => json!({"@odata.type": ty, "deviceDnsName": value}),
                "user" => json!({"@odata.type": ty, "userAccount": {"accountName": value}}),
                "ip" => json!({"@odata.type": ty, "ipAddress": value}),
                "file" => json!({"@odata.type": ty, "fileDetails": {"sha256": value.repeat(64)}}),
                "url" => json!({"@odata.type": ty, "url": value}),
                _ => panic!("{kind}"),
            }
        })
        .collect();
    let Value::Object(doc) = json!({"lastActivityDateTime": at.to_string(), "evidence": evidence})
    else {
        unreachable!()
    };
    doc
}

impl World {
    fn take(&mut self, doc: &Map<String, Value>) -> String {
        let name = format!("a{}", self.members.len() + 1);
        let subject = extract::subject(doc, 0);
        let shared: Vec<Shared> = subject
            .entities
            .iter()
            .map(|entity| {
                let mut recent = self.seen.get(entity).cloned().unwrap_or_default();
                recent.sort_by_key(|it| std::cmp::Reverse((it.at, it.alert.clone())));
                recent.truncate(LOOK_BACK as usize);
                for it in &mut recent {
                    it.incident = self.members[&it.alert];
                }
                Shared { entity: entity.clone(), recent }
            })
            .collect();
        let mut told = String::new();
        let incident = match decide(weigh(&subject, &shared), &self.incidents) {
            Verdict::Open => {
                let id = self.incidents.len() as u64 + 1;
                self.incidents.insert(id, Standing { open: true, alerts: 0 });
                write!(told, "{name} opens {id}").unwrap();
                id
            }
            Verdict::Join { into, folded } => {
                write!(told, "{name} joins {} at {}:", into.incident, into.score).unwrap();
                for it in &into.reasons {
                    let rule = it.entity.kind.rule();
                    write!(
                        told,
                        " {rule}={} {} of {} with {} {:+}s",
                        it.entity.value, it.score, it.weight, it.related, it.seconds_apart
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
        for entity in &subject.entities {
            let peer = subject.peer(entity).map(ToString::to_string).unwrap_or_default();
            let it = Occurrence { alert: name.clone(), incident, at: subject.at, peer };
            self.seen.entry(entity.clone()).or_default().push(it);
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
fn a_replay_says_the_same() {
    let text = "0 device:ws1 user:bob ip:203.0.113.9
        0.5 ip:10.0.0.7 ip:203.0.113.9
        0.6 device:ws2 url:http://evil.example/x file:a
        0.7 device:ws1 file:a
        9 ip:10.0.0.7 user:bob";
    assert_eq!(story(text), story(text));
}

//! The sample intrusion, fed in several orders, comes out as one incident without the noise
//! around it. Prints recall and precision of every order (`-- --nocapture`).

use std::{collections::BTreeMap, fs, path::Path};

use model::time::Timestamp;
use serde_json::Value;

use crate::harness::Yagura;

/// Product, file, and the members that tell when a line happened.
const FILES: [(&str, &str); 5] = [
    ("suricata", "eve.json"),
    ("wazuh", "wazuh-alerts.json"),
    ("crowdsec", "crowdsec-alerts.json"),
    ("modsecurity", "modsec_audit.json"),
    ("defender", "defender-alerts.ndjson"),
];
/// What only the intrusion mentions.
const MARKS: [&str; 5] = ["203.0.113.66", "198.51.100.23", "cache.php", "svc-cache", "j.doe"];
/// An incident of noise holds no more: the backup that signs in every four hours.
const MOST_NOISE: usize = 15;

fn lines(folder: &Path) -> Vec<Vec<Value>> {
    let read = |(_, name): &(&str, &str)| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    FILES.iter().map(read).collect()
}

/// When a line happened, seconds of the text are enough. ModSecurity writes `Sun Mar  1 06:00:00 2026`.
fn moment(line: &Value) -> String {
    let told = ["timestamp", "Timestamp", "stop_at"].iter().find_map(|it| line[*it].as_str());
    if let Some(told) = told {
        return told[..19].to_owned();
    }
    let told = line["transaction"]["time_stamp"].as_str().unwrap();
    let words: Vec<&str> = told.split_whitespace().collect();
    let [_, month, day, clock, year] = words[..] else { panic!("{told}") };
    let month = 1 + ["Jan", "Feb", "Mar"].iter().position(|it| *it == month).unwrap();
    format!("{year}-{month:02}-{day:0>2}T{clock}")
}

/// Batches of (product, lines) in an order of products.
fn by_product(files: &[Vec<Value>], order: [usize; 5]) -> Vec<(usize, Vec<Value>)> {
    order.iter().map(|it| (*it, files[*it].clone())).collect()
}

/// Everything as it happened, cut where the product changes.
fn by_time(files: &[Vec<Value>]) -> Vec<(usize, Vec<Value>)> {
    let mut all: Vec<(String, usize, &Value)> = Vec::new();
    for (product, lines) in files.iter().enumerate() {
        all.extend(lines.iter().map(|line| (moment(line), product, line)));
    }
    all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut batches: Vec<(usize, Vec<Value>)> = Vec::new();
    for (_, product, line) in all {
        match batches.last_mut() {
            Some((last, batch)) if *last == product => batch.push(line.clone()),
            _ => batches.push((product, vec![line.clone()])),
        }
    }
    batches
}

fn told(name: &str, batches: Vec<(usize, Vec<Value>)>) {
    let it = Yagura::start();
    let token = it.token();
    for (product, batch) in batches {
        it.push(&token, FILES[product].0, &Value::Array(batch)).expect(200);
    }
    let alerts = it.get(&token, "/v1.0/security/alerts_v2?$top=1000").expect(200);
    let mut groups = BTreeMap::<&str, (usize, usize)>::new();
    for alert in alerts.value() {
        let whole = alert.to_string();
        let ours = MARKS.iter().any(|mark| whole.contains(mark));
        let (story, noise) = groups.entry(alert["incidentId"].as_str().unwrap()).or_default();
        *if ours { story } else { noise } += 1;
    }
    let all: usize = groups.values().map(|(story, _)| story).sum();
    let (id, (story, noise)) = groups.iter().max_by_key(|(_, (story, _))| *story).unwrap();
    let others = groups.iter().filter(|(other, _)| *other != id);
    let largest = others.map(|(_, (story, noise))| story + noise).max().unwrap();
    let incident = it.get(&token, &format!("/v1.0/security/incidents/{id}?$expand=alerts"));
    let incident = incident.expect(200).body;
    println!(
        "{name}: recall {story}/{all}, precision {story}/{}, {} incidents, largest of noise \
         {largest}: {}\n    {}",
        story + noise,
        groups.len(),
        incident["displayName"],
        incident["description"],
    );
    assert!(100 * story >= 95 * all && all >= 18, "{name}: {story} of {all}");
    assert!(100 * story >= 90 * (story + noise), "{name}: {noise} of noise beside {story}");
    assert!(largest <= MOST_NOISE, "{name}: {largest}");
    let members = incident["alerts"].as_array().unwrap();
    assert_eq!(members.len(), story + noise);
    let mut products: Vec<&str> =
        members.iter().map(|alert| alert["productName"].as_str().unwrap()).collect();
    products.sort_unstable();
    products.dedup();
    assert_eq!(products.len(), FILES.len(), "{products:?}");
    let shown = incident["displayName"].as_str().unwrap();
    assert!(
        shown.ends_with("Reconnaissance … Exfiltration on web-01, ws-lon-07 and dc-01"),
        "{shown}"
    );
    assert_eq!(incident["severity"], "high");
    let path = format!("/v1.0/security/incidents/{id}/correlations?$top=1000");
    let reasons = it.get(&token, &path).expect(200);
    assert!(reasons.value().len() >= members.len() - 1);
    assert!(reasons.value().iter().all(|it| it["rule"].as_str().unwrap().contains("same")));
}

#[test]
fn the_intrusion_is_one_incident_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let args = ["scenario", "--out", out, "--end", "2026-03-01T12:00:00Z"];
    let made = std::process::Command::new(crate::harness::BINARY).args(args).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let files = lines(folder.path());
    assert!(Timestamp::parse(&moment(&files[3][0])).is_ok());
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 4, 3, 0, 2], [3, 2, 4, 0, 1]] {
        let name = order.map(|it| FILES[it].0).join(", ");
        told(&name, by_product(&files, order));
    }
    told("as it happened", by_time(&files));
}

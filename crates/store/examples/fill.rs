//! Fills a database with records like alerts and prints how fast it went and how lists answer.
//!
//! `cargo run --release -p store --example fill -- ADDRESS COUNT` — `sqlite:FILE`, where no file is
//! yet, or `postgres://…` with an empty schema. The
//! cost of a record is shown at some sizes, so growth can be read off. With a COUNT of 0 and the
//! name of a tenant, only the lists of a file that is there are timed.

use std::time::Instant;

use model::edm::{Primitive, Ty};
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath};
use model::time::Timestamp;
use serde_json::{Map, Value, json};
use store::{Address, Key, Link, ListAsk, NewRecord, Store, StoreError};

const TENANT: &str = "5f0c7c4e-8a55-4a6e-9c1f-0d5a1c2b3d4e";
const KIND: &str = "security/alerts_v2";
const BATCH: u64 = 500;
const INDEXES: &[&[&str]] = &[
    &["createdDateTime", "+severity", "+status"],
    &["lastUpdateDateTime", "+severity", "+status"],
    &["firstActivityDateTime"],
    &["incidentId", "createdDateTime"],
    &["severity", "createdDateTime", "+status"],
    &["status", "createdDateTime", "+severity"],
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(count)) = (args.next(), args.next()) else {
        return Err("usage: fill ADDRESS COUNT [TENANT TO ASK ABOUT]".into());
    };
    let count: u64 = count.parse()?;
    let store = Store::open_at(&Address::parse(&address)?)?;
    store.write_blocking(|tx| tx.ensure_indexes(KIND, INDEXES))?;
    let begun = Instant::now();
    let (mut last, mut used, mut before) = (Instant::now(), processor_seconds(), 0);
    for first in (0..count).step_by(BATCH as usize) {
        store.write_blocking(move |tx| {
            for number in first..(first + BATCH).min(count) {
                add(tx, number)?;
            }
            touch_incidents(tx, first)
        })?;
        let done = first + BATCH;
        let marks = [10_000, 20_000, 100_000, 110_000, 500_000, 510_000, 990_000, 1_000_000];
        if marks.contains(&done) || done >= count {
            let (records, now) = ((done - before) as f64, processor_seconds());
            println!(
                "{done:>9} records, {:>8.0}/s, {:>5.0} µs of processor each",
                records / last.elapsed().as_secs_f64(),
                (now - used) / records * 1e6
            );
            (last, used, before) = (Instant::now(), now, done);
        }
    }
    println!("{count} records in {:.1} s", begun.elapsed().as_secs_f64());
    questions(&store, &args.next().unwrap_or_else(|| TENANT.to_owned()))
}

fn questions(store: &Store, tenant: &str) -> Result<(), Box<dyn std::error::Error>> {
    let eq = |name: &str, value: &str| Filter::Compare {
        op: CompareOp::Eq,
        left: Operand::Path(path(name)),
        right: Operand::Literal(Literal::Text(value.into())),
    };
    let newest = ListAsk {
        tenant: tenant.into(),
        kind: KIND.into(),
        order: vec![(path("createdDateTime"), true)],
        top: 100,
        ..ListAsk::default()
    };
    let either = Filter::In {
        operand: Operand::Path(path("severity")),
        values: vec![Literal::Text("high".into()), Literal::Text("medium".into())],
    };
    let asks = [
        ("newest", newest.clone()),
        ("status eq new", ListAsk { filter: Some(eq("status", "new")), ..newest.clone() }),
        ("severity in", ListAsk { filter: Some(either), ..newest.clone() }),
        (
            "severity and status eq",
            ListAsk {
                filter: Some(Filter::And(vec![eq("severity", "high"), eq("status", "new")])),
                ..newest.clone()
            },
        ),
        ("incidentId eq", ListAsk { filter: Some(eq("incidentId", "77")), ..newest.clone() }),
        ("title eq (no index, none)", ListAsk { filter: Some(eq("title", "x")), ..newest.clone() }),
    ];
    for (name, ask) in asks {
        let begun = Instant::now();
        let page = store.read_blocking({
            let ask = ask.clone();
            move |tx| tx.list(&ask)
        })?;
        let listed = begun.elapsed();
        let next = ListAsk { after: page.next, ..ask.clone() };
        let begun = Instant::now();
        store.read_blocking(move |tx| tx.list(&next))?;
        let paged = begun.elapsed();
        let begun = Instant::now();
        let count = store.read_blocking(move |tx| tx.count(&ask))?;
        let counted = begun.elapsed();
        println!(
            "{name:<28} {:>4} rows {listed:>10.1?}, next page {paged:>10.1?}, count {count} {counted:.1?}",
            page.records.len()
        );
    }
    single(store, tenant, &newest)
}

/// Records one by one, as a client meets them: the middle of many tries.
fn single(store: &Store, tenant: &str, newest: &ListAsk) -> Result<(), Box<dyn std::error::Error>> {
    let ask = ListAsk { top: 1_000, ..newest.clone() };
    let page = store.read_blocking(move |tx| tx.list(&ask))?;
    let ids: Vec<String> = page.records.iter().map(|it| it.key.id.clone()).collect();
    let (mut gets, mut patches, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for id in &ids {
        let key = Key::new(tenant, KIND, id.clone());
        let begun = Instant::now();
        store.read_blocking({
            let key = key.clone();
            move |tx| tx.get(&key)
        })?;
        gets.push(begun.elapsed());
        let begun = Instant::now();
        store.write_blocking(move |tx| {
            let Some(it) = tx.get(&key)? else { return Ok(()) };
            tx.update(&key, it.doc, it.modified, "fill", Some(&it.etag)).map(|_| ())
        })?;
        patches.push(begun.elapsed());
    }
    for _ in 0..200 {
        let ask = newest.clone();
        let begun = Instant::now();
        store.read_blocking(move |tx| tx.list(&ask))?;
        lists.push(begun.elapsed());
    }
    for (name, mut times) in [("get", gets), ("read and replace", patches), ("newest 100", lists)] {
        times.sort_unstable();
        let of = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        println!("{name:<28} median {:.1?}, p99 {:.1?}", of(50), of(99));
    }
    Ok(())
}

fn path(name: &str) -> PropertyPath {
    PropertyPath::new(&[name], Ty::Primitive(Primitive::String))
}

fn add(tx: &mut store::Tx<'_>, number: u64) -> Result<(), StoreError> {
    let at = 638_000_000_000_000_000 + number as i64 * 1_234_567;
    let id = format!("{at:019x}{:08x}", number.wrapping_mul(2_654_435_761) as u32);
    let incident = (number / 20).to_string();
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let fingerprint = format!("{random:016x}{:016x}", random.rotate_left(17));
    if !tx.dedupe_put(TENANT, &fingerprint, &id)? {
        return Ok(());
    }
    for entity in 0..3 {
        let entity = format!("ip|10.{}.{}.{}", entity, random >> 56, (random >> 48) & 255);
        tx.link_recent(TENANT, &entity)?;
        let (alert_id, incident_id) = (id.clone(), incident.clone());
        let link = Link { alert_id, incident_id, at, peer: String::new() };
        tx.link_add(TENANT, &entity, link)?;
    }
    for reason in 0..2 {
        let key = Key::new(TENANT, "security/incidents/correlations", format!("{id}-{reason}"));
        let doc = json!({"alertId": id, "relatedAlertId": id, "entityKind": "privateIp",
            "entity": "10.0.0.1", "rule": "samePrivateIp", "weight": 550, "score": 500});
        let doc = doc.as_object().cloned().unwrap_or_default();
        let parent = Some((scattered(number) % (number / 20 + 1)).to_string());
        tx.insert(NewRecord { key, parent, doc, created: at, modified: at }, "fill")?;
    }
    let key = Key::new(TENANT, KIND, id.clone());
    let doc = alert(&id, number, at, &incident);
    tx.insert(NewRecord { key, parent: None, doc, created: at, modified: at }, "fill")?;
    Ok(())
}

/// The incidents of a batch, each written once, as intake does.
fn touch_incidents(tx: &mut store::Tx<'_>, first: u64) -> Result<(), StoreError> {
    for nth in 0..BATCH / 5 {
        let incident = scattered(first + nth) % (first / 20 + 1);
        let key = Key::new(TENANT, "security/incidents", incident.to_string());
        let at = 638_000_000_000_000_000 + first as i64 * 1_234_567;
        let doc = alert(&key.id, incident, at, "");
        if tx.get(&key)?.is_some() {
            tx.update(&key, doc, at, "fill", None)?;
        } else {
            tx.insert(NewRecord { key, parent: None, doc, created: at, modified: at }, "fill")?;
        }
    }
    Ok(())
}

fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// What this process has used so far, where the system tells.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn alert(id: &str, number: u64, at: i64, incident: &str) -> Map<String, Value> {
    let time = Timestamp(at).to_string();
    let word = |words: &[&str]| Value::from(words[(number * 7 / 3) as usize % words.len()]);
    let evidence: Vec<_> = (0..4)
        .map(|at| {
            json!({"@odata.type": "#microsoft.graph.security.ipEvidence", "createdDateTime": time,
                "verdict": "unknown", "remediationStatus": "none", "remediationStatusDetails": null,
                "roles": ["source"], "detailedRoles": [], "tags": [], "countryLetterCode": null,
                "ipAddress": format!("10.{at}.{}.{}", number % 251, number % 7)})
        })
        .collect();
    let doc = json!({"id": id, "providerAlertId": format!("p{number}"), "incidentId": incident,
        "status": word(&["new", "new", "inProgress", "resolved"]),
        "severity": word(&["low", "medium", "high", "informational"]),
        "classification": null, "determination": null, "assignedTo": null,
        "serviceSource": "microsoftDefenderForEndpoint", "detectionSource": "customDetection",
        "title": format!("Something was seen for the {number}th time"), "category": "Execution",
        "description": "A longer text about what was seen, where, and what one might do about it. ".repeat(4),
        "createdDateTime": time, "lastUpdateDateTime": time, "firstActivityDateTime": time,
        "lastActivityDateTime": time, "resolvedDateTime": null, "comments": [],
        "mitreTechniques": ["T1059", "T1059.001"], "evidence": evidence, "additionalData": {}});
    match doc {
        Value::Object(it) => it,
        _ => Map::new(),
    }
}

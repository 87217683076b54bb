//! What is called beside the model's rows: batches, the Defender API, and what providers push. Each
//! operation has its calls written out here: the valid one, then the bad ones.

use model::{Version, path::Target, time::Timestamp};
use serde_json::{Value, json};

use super::{
    calls::{Failure, Outcome, page},
    check,
    items::{NO_KEY, list_query},
    report::Line,
    rows::{self, Row},
    values::NO_SUCH,
    wire::{Answer, Body, Who, Wire},
};

/// So many rows go into one batch, beside the part that fails and the one that hangs on it.
const TOGETHER: usize = 16;
/// Most requests that a batch may have.
const MOST: usize = 20;

/// What is wrong with an answer, if anything is.
type Judge<'a> = Box<dyn Fn(&Answer) -> Option<String> + 'a>;

/// One call and what it must answer.
struct Trial<'a> {
    call: &'static str,
    method: &'static str,
    path: String,
    body: Body,
    who: Who,
    statuses: &'static [u16],
    judge: Option<Judge<'a>>,
}

/// One operation with its calls, the valid one first.
struct Apart<'a> {
    version: &'static str,
    method: &'static str,
    template: &'static str,
    area: &'static str,
    trials: Vec<Trial<'a>>,
}

/// Calls them all, as far as `wanted` (an area and a path) says so.
pub fn run(
    wire: &Wire<'_>,
    rows: &[Row],
    now: Timestamp,
    wanted: &dyn Fn(&str, &str) -> bool,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut tell = |apart: Apart<'_>| -> anyhow::Result<()> {
        if wanted(apart.area, apart.template) {
            lines.push(told(wire, apart)?);
        }
        Ok(())
    };
    tell(alerts(now))?;
    tell(events(now))?;
    tell(incidents())?;
    let first = wire.send_to("GET", "/api/incidents?$top=1", &Body::Nothing, Who::Entitled)?;
    let first = first.json().and_then(|it| it["value"][0]["incidentId"].as_u64());
    tell(incident(first))?;
    tell(incident_change(first))?;
    tell(hunt("/api/advancedhunting/run"))?;
    tell(hunt("/api/advancedqueries/run"))?;
    for version in Version::ALL {
        tell(batch(wire, version, rows)?)?;
    }
    Ok(lines)
}

fn told(wire: &Wire<'_>, apart: Apart<'_>) -> anyhow::Result<Line> {
    let mut failures = Vec::new();
    for trial in apart.trials {
        let Trial { call, method, path, body, who, statuses, judge } = trial;
        if who == Who::Weak && !wire.has_weak() {
            continue;
        }
        let answer = wire.send_to(method, &path, &body, who)?;
        let got = if !statuses.contains(&answer.status) {
            Some(answer.brief())
        } else if !answer.headers.contains_key("request-id") {
            Some("no request-id".to_owned())
        } else if answer.status == 405 && !answer.headers.contains_key("allow") {
            Some("405 without Allow".to_owned())
        } else if !answer.is_success() {
            check::refusal(answer.json().as_ref())
        } else {
            judge.and_then(|it| it(&answer))
        };
        failures.extend(got.map(|got| Failure {
            call,
            request: format!("{method} {path}"),
            expected: statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
            got,
        }));
    }
    let outcome = if failures.is_empty() { Outcome::Pass } else { Outcome::Failed(failures) };
    Ok(Line {
        version: apart.version.to_owned(),
        method: apart.method.to_owned(),
        listed: apart.template.to_owned(),
        area: apart.area.to_owned(),
        outcome,
    })
}

/// A valid call, and those in nobody's name and with another verb, which are alike everywhere.
fn usual<'a>(
    method: &'static str,
    path: &str,
    body: Body,
    other: &'static str,
    judge: Judge<'a>,
) -> Vec<Trial<'a>> {
    let of = |call, method, body: Body, who, statuses| {
        let path = path.to_owned();
        Trial { call, method, path, body, who, statuses, judge: None }
    };
    let mut trials = vec![
        of("valid", method, body.clone(), Who::Entitled, &[200]),
        of("rights", method, body.clone(), Who::Nobody, &[401]),
        of("rights", method, body, Who::Weak, &[403]),
        of("verb", other, Body::Nothing, Who::Entitled, &[405]),
    ];
    trials[0].judge = Some(judge);
    trials
}

fn bad<'a>(
    call: &'static str,
    method: &'static str,
    path: impl Into<String>,
    body: Body,
    status: &'static [u16],
) -> Trial<'a> {
    let path = path.into();
    Trial { call, method, path, body, who: Who::Entitled, statuses: status, judge: None }
}

fn alerts<'a>(now: Timestamp) -> Apart<'a> {
    let path = "/provider/v1/alerts?source=suricata";
    let event = json!({
        "timestamp": now.to_string(), "flow_id": now.0, "event_type": "alert",
        "src_ip": "192.0.2.7", "src_port": 40_000, "dest_ip": "10.1.2.3", "dest_port": 443,
        "proto": "TCP",
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": 2_024_897, "rev": 3, "severity": 1,
            "signature": "conformance", "category": "Misc activity",
        },
    });
    let taken = Box::new(|answer: &Answer| {
        let report = answer.json()?;
        let known = ["accepted", "duplicates"].iter().filter_map(|it| report[it].as_u64());
        (known.sum::<u64>() != 1 || report["refused"] != json!([])).then(|| report.to_string())
    });
    let refused = Box::new(|answer: &Answer| {
        let report = answer.json()?;
        (report["refused"].as_array().map(Vec::len) != Some(1)).then(|| report.to_string())
    });
    let mut trials = usual("POST", path, Body::Json(json!([event])), "GET", taken);
    let nothing = || Body::Json(json!([]));
    let unknown = format!("/provider/v1/alerts?source={NO_SUCH}");
    trials.push(bad("unknown", "POST", unknown, nothing(), &[400]));
    trials.push(bad("type", "POST", path, Body::Broken("[{"), &[400]));
    // An item that is no alert is refused by itself.
    let mut item = bad("type", "POST", path, Body::Json(json!([7])), &[200]);
    item.judge = Some(refused);
    trials.push(item);
    trials.push(bad("key", "POST", format!("/provider/v1/{NO_SUCH}"), nothing(), &[404]));
    let (method, template) = ("POST", "/provider/v1/alerts");
    Apart { version: "-", method, template, area: "providers", trials }
}

fn events<'a>(now: Timestamp) -> Apart<'a> {
    let path = "/provider/v1/events/DeviceEvents";
    let row = |at: Value| Body::Lines(json!({"Timestamp": at, "DeviceName": "x"}).to_string());
    let counts = |rows: u64, refused: u64| -> Judge<'a> {
        Box::new(move |answer: &Answer| {
            let told = answer.json()?;
            let fits = told["rows"] == rows && told["refusedCount"] == refused;
            (!fits).then(|| told.to_string())
        })
    };
    let right = row(json!(now.to_string()));
    let mut trials = usual("POST", path, right.clone(), "GET", counts(1, 0));
    let mut line = bad("type", "POST", path, row(json!("yesterday")), &[200]);
    line.judge = Some(counts(0, 1));
    trials.push(line);
    trials.push(bad("key", "POST", format!("/provider/v1/events/{NO_SUCH}"), right, &[404]));
    let (method, template) = ("POST", "/provider/v1/events/{table}");
    Apart { version: "-", method, template, area: "providers", trials }
}

/// What is wrong with an incident in the Defender API's shape.
fn fault_of(incident: &Value) -> Option<String> {
    let lacks = |what: &str| Some(format!("{what}: {}", incident[what]));
    if !incident["incidentId"].is_u64() {
        return lacks("incidentId");
    }
    for member in ["incidentName", "status", "severity", "classification", "determination"] {
        if !incident[member].is_string() {
            return lacks(member);
        }
    }
    for member in ["createdTime", "lastUpdateTime"] {
        if incident[member].as_str().is_none_or(|it| Timestamp::parse(it).is_err()) {
            return lacks(member);
        }
    }
    for member in ["tags", "comments", "alerts"] {
        if !incident[member].is_array() {
            return lacks(member);
        }
    }
    let alerts = incident["alerts"].as_array().into_iter().flatten();
    let broken = alerts.into_iter().find(|it| {
        !it["alertId"].is_string() || !it["devices"].is_array() || !it["entities"].is_array()
    });
    broken.map(|it| format!("alerts: {it}"))
}

fn incidents<'a>() -> Apart<'a> {
    let path = "/api/incidents";
    let list = Box::new(|answer: &Answer| {
        let told = answer.json()?;
        let Some(items) = told["value"].as_array() else { return Some("no value".to_owned()) };
        items.iter().find_map(fault_of)
    });
    let mut trials = usual("GET", path, Body::Nothing, "DELETE", list);
    let with = |option: &str| format!("{path}?{option}");
    let unknown = with(&format!("$filter={NO_SUCH}%20eq%207"));
    trials.push(bad("unknown", "GET", unknown, Body::Nothing, &[400]));
    trials.push(bad("type", "GET", with("$top=seven"), Body::Nothing, &[400]));
    trials.push(bad("key", "GET", format!("{path}/1/{NO_SUCH}"), Body::Nothing, &[404]));
    Apart { version: "-", method: "GET", template: "/api/incidents", area: "defender-api", trials }
}

/// Where an incident is, there or not.
fn place_of(id: Option<u64>) -> String {
    id.map_or(format!("/api/incidents/{NO_KEY}"), |id| format!("/api/incidents/{id}"))
}

fn one_incident<'a>() -> Judge<'a> {
    Box::new(|answer: &Answer| answer.json().and_then(|it| fault_of(&it)))
}

fn incident<'a>(id: Option<u64>) -> Apart<'a> {
    let path = place_of(id);
    let mut trials = usual("GET", &path, Body::Nothing, "DELETE", one_incident());
    trials.push(bad("key", "GET", place_of(None), Body::Nothing, &[404]));
    let (method, template) = ("GET", "/api/incidents/{id}");
    Apart { version: "-", method, template, area: "defender-api", trials }
}

fn incident_change<'a>(id: Option<u64>) -> Apart<'a> {
    let path = place_of(id);
    let change = || Body::Json(json!({"comment": "conformance"}));
    let mut trials = usual("PATCH", &path, change(), "PUT", one_incident());
    let unknown = Body::Json(json!({ NO_SUCH: 7 }));
    trials.push(bad("unknown", "PATCH", path.as_str(), unknown, &[400]));
    trials.push(bad("type", "PATCH", path, Body::Json(json!({"status": 7})), &[400]));
    trials.push(bad("key", "PATCH", place_of(None), change(), &[404]));
    let (method, template) = ("PATCH", "/api/incidents/{id}");
    Apart { version: "-", method, template, area: "defender-api", trials }
}

fn hunt<'a>(path: &'static str) -> Apart<'a> {
    let query = |text: Value| Body::Json(json!({ "Query": text }));
    let rows = Box::new(|answer: &Answer| {
        let told = answer.json()?;
        let fits = told["Results"] == json!([{"a": 1}]) && told["Schema"][0]["Name"] == "a";
        (!fits).then(|| told.to_string())
    });
    let mut trials = usual("POST", path, query(json!("print a = 1")), "GET", rows);
    trials.push(bad("unknown", "POST", path, query(json!(NO_SUCH)), &[400]));
    trials.push(bad("type", "POST", path, query(json!(7)), &[400]));
    let elsewhere = path.replace("/run", &format!("/{NO_SUCH}"));
    trials.push(bad("key", "POST", elsewhere, query(json!("print a = 1")), &[404]));
    Apart { version: "-", method: "POST", template: path, area: "defender-api", trials }
}

/// A batch of lists, each of which must be answered as it is alone, with one part that fails and
/// one that hangs on it.
fn batch<'a>(wire: &Wire<'_>, version: Version, rows: &[Row]) -> anyhow::Result<Apart<'a>> {
    let model = model::graph(version);
    let mut parts = Vec::new();
    let mut expected: Vec<(u16, Option<model::edm::TypeId>)> = Vec::new();
    for row in rows.iter().filter(|it| it.version == version && it.method == "GET") {
        let Some(Target::Collection(set)) = rows::target_of(model, &row.template) else { continue };
        if row.template.contains("{id}") || parts.len() == TOGETHER {
            continue;
        }
        let query = list_query(&row.template).map_or(String::new(), |it| format!("?{it}"));
        let path = format!("{}{query}", row.template);
        let alone = format!("/{}{path}", version.as_str());
        let alone = wire.send_to("GET", &alone, &Body::Nothing, Who::Entitled)?;
        let ty = Some(set.ty()).filter(|_| alone.status == 200);
        expected.push((alone.status, ty));
        parts.push(json!({"id": parts.len().to_string(), "method": "GET", "url": path}));
    }
    let (failing, hanging) = (parts.len().to_string(), (parts.len() + 1).to_string());
    parts.push(json!({"id": failing, "method": "GET", "url": format!("/{NO_SUCH}")}));
    let url = "/security/alerts_v2?$top=1";
    parts.push(json!({"id": hanging, "method": "GET", "url": url, "dependsOn": [failing]}));
    expected.extend([(404, None), (424, None)]);
    let all = Body::Json(json!({ "requests": parts }));
    let judge = Box::new(move |answer: &Answer| {
        let told = answer.json()?;
        expected.iter().enumerate().find_map(|(id, (status, ty))| {
            let part = told["responses"].as_array()?;
            let name = id.to_string();
            let Some(part) = part.iter().find(|it| it["id"] == name) else {
                return Some(format!("no answer to part {id}"));
            };
            if part["status"] != *status {
                return Some(format!("part {id}: {} instead of {status}", part["status"]));
            }
            match ty.zip(part["body"].as_object()) {
                Some((ty, doc)) => match page(model, ty, doc) {
                    Ok(faults) => (!faults.is_empty()).then(|| faults.join("; ")),
                    Err((wanted, got)) => Some(format!("part {id}: {wanted}: {got}")),
                },
                None if ty.is_some() => Some(format!("part {id} has no body")),
                None => check::refusal(Some(&part["body"])),
            }
        })
    });
    let path = format!("/{}/$batch", version.as_str());
    let mut trials = usual("POST", &path, all, "GET", judge);
    // Rights are decided part by part.
    let none = |answer: &Answer| {
        let told = answer.json()?;
        let answers = told["responses"].as_array()?;
        let done =
            answers.iter().find(|it| !matches!(it["status"].as_u64(), Some(403 | 404 | 424)));
        done.map(Value::to_string)
    };
    for trial in trials.iter_mut().filter(|it| it.who == Who::Weak) {
        trial.statuses = &[200];
        trial.judge = Some(Box::new(none));
    }
    let one = |id: &str| json!({"id": id, "method": "GET", "url": "/security/alerts_v2"});
    let many: Vec<Value> = (0..=MOST).map(|id| one(&id.to_string())).collect();
    for (call, requests) in [
        ("unknown", json!({ NO_SUCH: [] })),
        ("type", json!({ "requests": 7 })),
        ("type", json!({ "requests": many })),
        ("key", json!({ "requests": [one("1"), one("1")] })),
    ] {
        trials.push(bad(call, "POST", path.as_str(), Body::Json(requests), &[400]));
    }
    let (method, template) = ("POST", "/$batch");
    Ok(Apart { version: version.as_str(), method, template, area: "batch", trials })
}

//! Events in, hunts out: ingest over HTTP and the command line, queries over both.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::harness::{Yagura, send, suricata};

fn row(number: u64) -> Value {
    json!({
        "Timestamp": format!("2025-06-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "DeviceName": format!("host-{}", number % 3), "FileName": "cmd.exe",
        "ProcessCommandLine": format!("cmd.exe /c echo {number}"), "ProcessId": number,
        "AdditionalFields": json!({"n": number}).to_string(), "Unheard": "kept"
    })
}

fn lines(count: u64) -> String {
    (0..count).flat_map(|number| [row(number).to_string(), "\n".into()]).collect()
}

#[test]
fn events_over_http_are_queried_at_once() {
    let it = Yagura::start();
    let token = it.token();
    let url = it.url("/provider/v1/events/DeviceProcessEvents");
    let post = |body: Vec<u8>| send(it.http.post(&url).bearer_auth(&token).body(body));
    assert_eq!(post(lines(100).into_bytes()).expect(200).body["rows"], 100);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(lines(50).as_bytes()).unwrap();
    assert_eq!(post(packed.finish().unwrap()).expect(200).body["rows"], 50);

    let query = "DeviceProcessEvents | where ProcessCommandLine has 'echo' \
                 | summarize n = count(), newest = max(Timestamp) by DeviceName | sort by DeviceName asc";
    let answer = it.hunt(&token, query).expect(200).body;
    assert_eq!(
        answer["schema"],
        json!([
            {"name": "DeviceName", "type": "String"},
            {"name": "n", "type": "Int64"},
            {"name": "newest", "type": "DateTime"}
        ])
    );
    assert_eq!(answer["results"][0]["DeviceName"], "host-0");
    assert_eq!(answer["results"][0]["n"], 51);
    assert_eq!(answer["results"][0]["newest"], "2025-06-01T00:01:39.0000000Z");
    let both = "DeviceProcessEvents | where Timestamp != TimeGenerated | count";
    assert_eq!(it.hunt(&token, both).expect(200).body["results"], json!([{"Count": 0}]));
}

#[test]
fn bad_rows_are_named_by_line_and_lose_only_themselves() {
    let it = Yagura::start();
    let token = it.token();
    let body = format!(
        "{}\nnot json\n{}\n{}\n\u{fffd}\n[1]\n",
        row(1),
        json!({"Timestamp": "yesterday", "DeviceName": "a"}),
        json!({"Timestamp": "2025-06-01", "ProcessId": "many"}),
    );
    let url = it.url("/provider/v1/events/DeviceProcessEvents");
    let answer = send(it.http.post(&url).bearer_auth(&token).body(body)).expect(200).body;
    assert_eq!((&answer["rows"], &answer["refusedCount"]), (&json!(1), &json!(5)), "{answer}");
    let told = |line: u64| {
        let refused = answer["refused"].as_array().unwrap();
        refused.iter().find(|r| r["line"] == line).unwrap()["reason"].as_str().unwrap().to_owned()
    };
    assert!(told(3).contains("Timestamp"), "{}", told(3));
    assert!(told(4).contains("ProcessId"), "{}", told(4));
    let url = it.url("/provider/v1/events/NoSuchTable");
    send(it.http.post(url).bearer_auth(&token).body("{}")).expect(404);
}

#[test]
fn wrong_queries_say_where() {
    let it = Yagura::start();
    let token = it.token();
    for (query, word) in [
        ("DeviceProcessEvents | where Nonsense == 1", "Nonsense"),
        ("NoSuchTable | count", "NoSuchTable"),
        ("DeviceProcessEvents | frobnicate", "frobnicate"),
        ("DeviceProcessEvents | where frob(1)", "frob"),
        ("print 'unclosed", "line 1"),
        ("", "empty"),
    ] {
        let answer = it.hunt(&token, query).expect(400);
        assert_eq!(answer.error().0, "BadRequest");
        assert!(answer.error().1.contains(word), "{query}: {}", answer.text);
    }
}

#[test]
fn the_defender_names_answer_in_the_defender_shape() {
    let it = Yagura::start();
    let token = it.token();
    for path in ["/api/advancedqueries/run", "/api/advancedhunting/run"] {
        let answer = it.post(&token, path, &json!({"query": "print a = 1"})).expect(200).body;
        assert_eq!(answer["Schema"], json!([{"Name": "a", "Type": "Int64"}]));
        assert_eq!(answer["Results"], json!([{"a": 1}]));
        assert!(answer["Stats"]["ExecutionTime"].is_number(), "{answer}");
    }
}

#[test]
fn alerts_are_hunted_too_and_timespans_bound() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let query = "AlertInfo | join kind=inner AlertEvidence on AlertId \
                 | where RemoteIP == '203.0.113.9' | project Title, Severity, EntityType";
    let answer = it.hunt(&token, query).expect(200).body;
    assert_eq!(answer["results"][0]["Severity"], "High", "{answer}");
    let with = |timespan: &str| {
        let body = json!({"Query": "AlertInfo | count", "Timespan": timespan});
        let answer = it.post(&token, "/v1.0/security/runHuntingQuery", &body);
        answer.expect(200).body["results"][0]["Count"].clone()
    };
    assert_eq!(with("2026-03-01T00:00:00Z/2026-03-02T00:00:00Z"), 1);
    assert_eq!(with("2026-03-01T00:00:00Z/P1D"), 1);
    assert_eq!(with("P1D/2026-03-02T00:00:00Z"), 1);
    assert_eq!(with("2025-01-01T00:00:00Z/P1D"), 0);
    let body = json!({"Query": "AlertInfo", "Timespan": "soon"});
    let answer = it.post(&token, "/v1.0/security/runHuntingQuery", &body).expect(400);
    assert!(answer.error().1.contains("timespan"), "{}", answer.text);
}

#[test]
fn events_survive_a_kill() {
    let mut it = Yagura::start();
    let token = it.token();
    let url = it.url("/provider/v1/events/DeviceProcessEvents");
    send(it.http.post(&url).bearer_auth(&token).body(lines(10))).expect(200);
    it.kill();
    it.boot();
    let token = it.token();
    let answer = it.hunt(&token, "DeviceProcessEvents | count").expect(200).body;
    assert_eq!(answer["results"], json!([{"Count": 10}]));
}

//! Subscriptions on the wire: the handshake, notifications to a listener of the test's own, a
//! listener that is down, `kill -9`, and addresses that may not be called.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    harness::{Answer, BINARY, Yagura, send, suricata},
    listener::{Listener, State},
};

/// What a server with endpoints on the same machine is started with.
const LOCAL: [&str; 6] = [
    "--plain-http",
    "--hunting-lookback",
    "unlimited",
    "--notify-plain-http",
    "--notify-network",
    "127.0.0.0/8",
];

fn wish(it: &Yagura, token: &str, change: &Value) -> Answer {
    let mut body = json!({
        "changeType": "created,updated", "resource": "/security/alerts_v2",
        "clientState": "s3cret", "expirationDateTime": in_an_hour(),
    });
    for (member, value) in change.as_object().unwrap() {
        body[member] = value.clone();
    }
    it.post(token, "/v1.0/subscriptions", &body)
}

#[allow(clippy::disallowed_methods, reason = "the started server's clock is this one")]
fn in_an_hour() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    model::time::Timestamp::from_unix(now.as_secs().cast_signed() + 3_600, 0).to_string()
}

fn ids(state: &State, change: &str) -> BTreeSet<String> {
    let told = state.told.iter().filter(|it| it["changeType"] == change);
    told.map(|it| it["resourceData"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_subscriber_is_asked_told_and_let_go() {
    let it = Yagura::start_with(&LOCAL);
    let (token, listener) = (it.token(), Listener::start());
    let url = json!({"notificationUrl": listener.url});
    for failing in [Some(404), Some(202), Some(500), None] {
        listener.set(|state| (state.failing, state.confused) = (failing, failing.is_none()));
        let refused = wish(&it, &token, &url).expect(400);
        assert_eq!(refused.error().0, "ValidationError", "{}", refused.text);
    }
    listener.set(|state| state.confused = false);
    assert_eq!(it.get(&token, "/v1.0/subscriptions").expect(200).value().len(), 0);
    let made = wish(&it, &token, &url).expect(201);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let location = made.headers["location"].to_str().unwrap();
    assert!(location.contains(&id), "{location}");
    for (member, value) in [
        ("applicationId", &it.credentials["client_id"]),
        ("clientState", &json!("s3cret")),
        ("latestSupportedTlsVersion", &json!("v1_2")),
        ("resource", &json!("/security/alerts_v2")),
    ] {
        assert_eq!(made.body[member], *value, "{member}");
    }
    assert!(!made.text.contains("yagura"), "{}", made.text);

    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let note = listener.wait(|state| state.told.first().cloned());
    assert_eq!(note["subscriptionId"], id.as_str());
    assert_eq!(note["clientState"], "s3cret");
    assert_eq!(note["tenantId"], it.credentials["tenant_id"]);
    let path = format!("/v1.0/{}", note["resourceData"]["@odata.id"].as_str().unwrap());
    let alert = it.get(&token, &path).expect(200);
    assert_eq!(alert.body["id"], note["resourceData"]["id"]);
    it.patch(&token, &path, &json!({"status": "inProgress"})).expect(200);
    let etag = it.get(&token, &path).expect(200).body["@odata.etag"].clone();
    let of = |note: &&Value| note["resourceData"]["@odata.etag"] == etag;
    let note = listener.wait(|state| state.told.iter().find(of).cloned());
    assert_eq!(note["changeType"], "updated");

    // Another endpoint is asked before it is called.
    let (other, item) = (Listener::start(), format!("/v1.0/subscriptions/{id}"));
    other.set(|state| state.failing = Some(404));
    it.patch(&token, &item, &json!({"notificationUrl": other.url})).expect(400);
    other.set(|state| state.failing = None);
    it.patch(&token, &item, &json!({"notificationUrl": other.url})).expect(200);
    let before = listener.wait(|state| Some(state.told.len()));
    it.patch(&token, &path, &json!({"status": "resolved"})).expect(200);
    other.wait(|state| state.told.iter().find(|it| it["changeType"] == "updated").cloned());
    assert_eq!(listener.wait(|state| Some(state.told.len())), before);
    send(it.http.post(it.url(&format!("{item}/reauthorize"))).bearer_auth(&token)).expect(204);
    send(it.http.delete(it.url(&item)).bearer_auth(&token)).expect(204);
    it.get(&token, &item).expect(404);
}

#[test]
fn nothing_is_lost_while_the_endpoint_is_down_or_the_server_is_killed() {
    let mut it = Yagura::start_with(&LOCAL);
    let (token, listener) = (it.token(), Listener::start());
    let wanted = json!({"notificationUrl": listener.url, "changeType": "created"});
    wish(&it, &token, &wanted).expect(201);
    listener.set(|state| state.failing = Some(503));
    let batch = |from: u64| (from..from + 250).map(|n| suricata(n, "203.0.113.9")).collect();
    it.push(&token, "suricata", &batch(0)).expect(200);
    listener.wait(|state| (state.refused > 0).then_some(()));
    it.kill();
    it.boot();
    listener.wait(|state| (state.refused > 1).then_some(()));
    listener.set(|state| state.failing = None);
    listener.wait(|state| (!state.told.is_empty()).then_some(()));
    // In the middle of deliveries.
    it.kill();
    it.boot();
    let token = it.token();
    it.push(&token, "suricata", &batch(250)).expect(200);
    let told = listener.wait(|state| Some(ids(state, "created")).filter(|it| it.len() >= 500));
    let list = it.get(&token, "/v1.0/security/alerts_v2?$top=1000&$select=id").expect(200);
    let stored: BTreeSet<String> =
        list.value().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, stored);
}

#[test]
fn other_tenants_hear_nothing_of_it() {
    let it = Yagura::start_with(&LOCAL);
    let made = it.yagura(&["tenant", "create", "--name", "B", "--domain", "b.example", "--json"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let stranger = it.token_with(&["all"], made["tenant_id"].as_str());
    let (token, listener, other) = (it.token(), Listener::start(), Listener::start());
    let own = wish(&it, &token, &json!({"notificationUrl": listener.url})).expect(201);
    wish(&it, &stranger, &json!({"notificationUrl": other.url})).expect(201);
    let path = format!("/v1.0/subscriptions/{}", own.body["id"].as_str().unwrap());
    it.get(&stranger, &path).expect(404);
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    listener.wait(|state| state.told.first().map(|_| ()));
    it.push(&stranger, "suricata", &suricata(2, "203.0.113.9")).expect(200);
    other.wait(|state| state.told.first().map(|_| ()));
    let tenants = other.wait(|state| Some(state.told.clone()));
    assert!(tenants.iter().all(|it| it["tenantId"] == made["tenant_id"]), "{tenants:#?}");
}

#[test]
fn addresses_inside_are_not_called() {
    let it = Yagura::start();
    let (token, listener) = (it.token(), Listener::start());
    let port = listener.url.split(':').nth(2).unwrap().split('/').next().unwrap();
    for (url, code) in [
        (listener.url.clone(), "BadRequest"),
        (format!("https://127.0.0.1:{port}/"), "BadRequest"),
        (format!("https://[::ffff:7f00:1]:{port}/"), "BadRequest"),
        ("https://169.254.169.254/latest/meta-data/".to_owned(), "BadRequest"),
        ("https://10.0.0.1/".to_owned(), "BadRequest"),
        // A name is only known for what it is when it is resolved.
        (format!("https://localhost:{port}/"), "ValidationError"),
    ] {
        let refused = wish(&it, &token, &json!({"notificationUrl": url})).expect(400);
        assert_eq!(refused.error().0, code, "{url}: {}", refused.text);
        assert!(refused.error().1.contains("notificationUrl"), "{url}: {}", refused.text);
    }
    assert_eq!(listener.wait(|state| Some(state.tokens.len())), 0);
}

#[test]
fn two_nodes_on_one_store_deliver_once_and_stand_in_for_each_other() {
    let mut it = Yagura::start_with(&LOCAL);
    let (token, listener) = (it.token(), Listener::start());
    let folder = tempfile::tempdir().unwrap();
    let mut second = Command::new(BINARY)
        .args(["serve", "--listen", "127.0.0.1:0", "--store", &it.store_url(), "--data"])
        .arg(folder.path())
        .args(LOCAL)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(second.stdout.take().unwrap()).lines();
    let ready = lines.find(|line| line.as_ref().unwrap().contains("ready at")).unwrap().unwrap();
    let other = ready.rsplit(' ').next().unwrap().to_owned();
    let wanted = json!({"notificationUrl": listener.url, "changeType": "created"});
    wish(&it, &token, &wanted).expect(201);
    let batch = |from: u64| (from..from + 50).map(|n| suricata(n, "203.0.113.9")).collect();
    let push = |base: &str, from: u64| {
        let url = format!("{base}/provider/v1/alerts?source=suricata");
        let batch: Value = batch(from);
        send(it.http.post(url).bearer_auth(&token).json(&batch)).expect(200);
    };
    for from in 0..6 {
        push(if from % 2 == 0 { &it.base } else { &other }, from * 50);
    }
    let told = listener.wait(|state| (state.told.len() >= 300).then_some(state.told.len()));
    assert_eq!((told, listener.wait(|state| Some(ids(state, "created").len()))), (300, 300));
    // Whoever delivered, the one that is left goes on.
    it.kill();
    let url = format!("{other}/provider/v1/alerts?source=suricata");
    let batch: Value = batch(300);
    send(it.http.post(url).bearer_auth(&token).json(&batch)).expect(200);
    let told = listener.wait(|state| Some(ids(state, "created").len()).filter(|it| *it >= 350));
    assert_eq!(told, 350);
    second.kill().unwrap();
    second.wait().unwrap();
}

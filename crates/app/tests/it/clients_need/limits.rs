//! Limits: generous for pollers, and the operator's to set (53).

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::fill;
use crate::harness::{BINARY, Yagura, send, suricata};

const LIST: &str = "/v1.0/security/alerts_v2";

/// Follows next links with a page size of one and says how many alerts came.
fn poll(it: &Yagura, token: &str) -> usize {
    let mut url = format!("{LIST}?$top=1");
    let mut seen = 0;
    loop {
        let page = it.get(token, &url).expect(200);
        seen += page.value().len();
        let Some(next) = page.body.get("@odata.nextLink") else { return seen };
        next.as_str().unwrap().clone_into(&mut url);
    }
}

/// Opens a push and keeps its place in the room by holding its body back.
fn held_push(it: &Yagura, token: &str) -> TcpStream {
    let address = it.base.split_once("://").unwrap().1;
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /provider/v1/alerts?source=suricata HTTP/1.1\r\nHost: {address}\r\nAuthorization: \
         Bearer {token}\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body only when it has begun to work on the request.
    let mut told = [0; 12];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100");
    stream
}

#[test]
fn item_53_pollers_with_many_small_pages_are_not_throttled() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 40);
    thread::scope(|scope| {
        for _ in 0..8 {
            // Each signs in anew, as scripts do.
            scope.spawn(|| assert_eq!(poll(&it, &it.token()), 40));
        }
    });
}

#[test]
fn item_53_what_is_bounded_is_bounded_as_the_operator_says() {
    let flags = ["--plain-http", "--limit-pushes-at-once", "1", "--limit-pushes-waiting", "0"];
    let it = Yagura::start_with(&flags);
    let token = it.token();
    fill(&it, &token, 5);
    let mut held = held_push(&it, &token);
    let refused = it.push(&token, "suricata", &json!([])).expect(429);
    assert_eq!(refused.error().0, "TooManyRequests");
    assert!(refused.headers.contains_key("retry-after"));
    // Whoever reads does not notice.
    assert_eq!(poll(&it, &token), 5);
    held.write_all(b"[]").unwrap();
    let mut answer = String::new();
    held.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 200"), "{answer}");
    it.push(&token, "suricata", &json!([])).expect(200);
}

#[test]
fn item_53_sizes_are_the_operators_to_set() {
    let it = Yagura::start_with(&[
        "--plain-http",
        "--limit-push-alerts=2",
        "--limit-push-body=1",
        "--limit-body=2",
        "--limit-hunt-rows=3000",
        "--limit-hunt-size=1",
    ]);
    let token = it.token();
    let batch = |count| (0..count).map(|it| suricata(it, "198.51.100.7")).collect::<Value>();
    let answer = it.push(&token, "suricata", &batch(3)).expect(413);
    assert!(answer.error().1.contains("at most 2"), "{}", answer.text);
    it.push(&token, "suricata", &batch(2)).expect(200);
    let long = |bytes: usize| json!({"text": "x".repeat(bytes)});
    it.push(&token, "suricata", &long(1 << 20)).expect(413);
    it.post(&token, "/v1.0/security/runHuntingQuery", &long(2 << 20)).expect(413);
    it.post(&token, "/api/advancedhunting/run", &long(2 << 20)).expect(413);
    it.hunt(&token, "range x from 1 to 3000 step 1").expect(200);
    let many = it.hunt(&token, "range x from 1 to 3001 step 1").expect(400);
    assert!(many.error().1.contains("larger than 3000 rows"), "{}", many.text);
    let long = "range x from 1 to 2000 step 1 | extend t = strrep('x', 1000)";
    assert!(it.hunt(&token, long).expect(400).error().1.contains("larger than 1"));
}

#[test]
fn item_53_connections_beyond_the_limit_wait() {
    let it = Yagura::start_with(&["--plain-http", "--limit-connections", "1"]);
    let address = it.base.split_once("://").unwrap().1;
    let idle = TcpStream::connect(address).unwrap();
    let mut next = TcpStream::connect(address).unwrap();
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    next.write_all(request.as_bytes()).unwrap();
    next.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut first = [0; 1];
    assert!(next.read(&mut first).is_err(), "the only connection is taken");
    drop(idle);
    next.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = String::new();
    next.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn item_53_flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yagura.toml");
    std::fs::write(&file, "[limits]\npush_alerts = 1\nbody = 1\nhunt_rows = 1\n").unwrap();
    let it = Yagura::start_in(
        &[("YAGURA_LIMIT_PUSH_ALERTS", "2"), ("YAGURA_LIMIT_HUNT_ROWS", "2")],
        &["--plain-http", "--config", file.to_str().unwrap(), "--limit-push-alerts", "3"],
    );
    let token = it.token();
    let batch = |count| (0..count).map(|it| suricata(it, "198.51.100.7")).collect::<Value>();
    it.push(&token, "suricata", &batch(3)).expect(200);
    it.push(&token, "suricata", &batch(4)).expect(413);
    it.hunt(&token, "range x from 1 to 2 step 1").expect(200);
    it.hunt(&token, "range x from 1 to 3 step 1").expect(400);
    let body = json!({"Query": "print 1", "More": "x".repeat(1 << 20)});
    let post = it.http.post(it.url("/v1.0/security/runHuntingQuery")).bearer_auth(&token);
    send(post.json(&body)).expect(413);
}

#[test]
fn item_53_a_limit_that_cannot_be_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, value: &str| {
        let mut serve = Command::new(BINARY);
        serve.args(["serve", "--plain-http", "--listen", "127.0.0.1:0", "--data"]);
        let output = serve.arg(folder.path().join("data")).env(name, value).output().unwrap();
        assert!(!output.status.success(), "{name}={value}");
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused("YAGURA_LIMIT_WAIT", "0");
    let named = "--limit-wait (or wait under [limits]) is 0; it must be from 1 to 600";
    assert!(told.contains(named), "{told}");
    assert!(refused("YAGURA_LIMIT_BODY", "-4").contains("is -4; it must be from 1 to 4096"));
    assert!(refused("YAGURA_LIMIT_CONNECTIONS", "lots").contains("--limit-connections"));
    assert!(!folder.path().join("data").exists(), "nothing was begun");

    let help = Command::new(BINARY).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, limits) = help.split_once("\nLimits:\n").unwrap_or_else(|| panic!("{help}"));
    assert!(limits.contains("--limit-hunt-time <SECONDS>"), "{limits}");
    assert!(!limits.contains("--config"), "{limits}");
}

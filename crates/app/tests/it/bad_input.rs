//! Bad input anywhere gets a clear error that names the place; nothing is lost, nothing falls over.

use serde_json::json;

use crate::{
    clients_need::raw,
    harness::{Yagura, send, suricata},
};

#[test]
fn wrong_places_have_their_own_errors() {
    let it = Yagura::start();
    let token = it.token();
    let cases = [
        ("/v1.0/security/nothing", 404, "nothing"),
        ("/v1.0/security/alerts_v2/no-such-id", 404, "no-such-id"),
        ("/v1.0/security/alerts_v2?$filter=severity eq", 400, "filter"),
        ("/v1.0/security/alerts_v2?$filter=nonsense eq 1", 400, "nonsense"),
        ("/v1.0/security/alerts_v2?$filter=investigationState eq 'new'", 400, "investigationState"),
        ("/v1.0/security/alerts_v2?$filter=severity eq 'purple'", 400, "purple"),
        ("/v1.0/security/alerts_v2?$filter=frob(title)", 400, "frob"),
        ("/v1.0/security/alerts_v2?$filter=createdDateTime gt yesterday", 400, "yesterday"),
        ("/v1.0/security/alerts_v2?$top=-1", 400, "top"),
        ("/v1.0/security/alerts_v2?$top=many", 400, "top"),
        ("/v1.0/security/alerts_v2?$frobnicate=1", 400, "frobnicate"),
        ("/v1.0/security/alerts_v2?$skiptoken=forged", 400, "skiptoken"),
        ("/v1.0/security/incidents?$expand=nothing", 400, "nothing"),
        ("/nowhere", 404, "nowhere"),
    ];
    for (path, status, word) in cases {
        let answer = it.get(&token, path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let (code, message) = answer.error();
        assert!(!code.is_empty() && message.contains(word), "{path}: {}", answer.text);
    }
    let url = it.url("/v1.0/security/alerts_v2?$top=1&whatever=1");
    send(it.http.get(url).bearer_auth(&token)).expect(200);
    send(it.http.delete(it.url("/v1.0/security/alerts_v2")).bearer_auth(&token)).expect(405);
}

#[test]
fn bodies_that_are_no_json_or_too_much_of_it() {
    let it = Yagura::start();
    let token = it.token();
    let url = it.url("/v1.0/security/runHuntingQuery");
    let post = |kind: &str, body: Vec<u8>| {
        let request = it.http.post(&url).bearer_auth(&token).header("content-type", kind);
        send(request.body(body))
    };
    let malformed = post("application/json", b"{\"Query\": ".to_vec()).expect(400);
    assert!(malformed.error().1.contains("line 1 column"), "{}", malformed.text);
    post("application/json", b"{\"Query\": \"\xff\"}".to_vec()).expect(400);
    post("application/json", "[".repeat(100_000).into_bytes()).expect(400);
    post("application/json", vec![b' '; 5 << 20]).expect(413);
    post("text/csv", b"a,b".to_vec()).expect(415);
    post("application/json", Vec::new()).expect(400);
    it.get(&token, "/v1.0/security/alerts_v2").expect(200);
}

#[test]
fn a_huge_or_hostile_filter_is_an_error_not_an_end() {
    let it = Yagura::start();
    let token = it.token();
    let list = |filter: &str| {
        it.http
            .get(it.url("/v1.0/security/alerts_v2"))
            .bearer_auth(&token)
            .query(&[("$filter", filter)])
    };
    // Longer than a URL may be, by a little and by far: the answer comes all the same.
    for (length, status) in [(100_000, 414), (10 << 20, 431)] {
        let filter = "a".repeat(length);
        let line = format!("GET /v1.0/security/alerts_v2?$filter={filter} HTTP/1.1");
        let answer = raw(&it, format!("{line}\r\nHost: x\r\n\r\n").as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let deep = format!("{}title eq 'a'{}", "(".repeat(5000), ")".repeat(5000));
    let answer = send(list(&deep)).expect(400);
    assert!(answer.error().1.contains("nest"), "{}", answer.text);
    let wide = vec!["title eq 'a'"; 3000].join(" or ");
    assert!(matches!(send(list(&wide)).status, 200 | 400));
    it.get(&token, "/v1.0/security/alerts_v2").expect(200);
}

#[test]
fn one_bad_alert_is_refused_alone() {
    let it = Yagura::start();
    let token = it.token();
    let mut bad = suricata(2, "203.0.113.9");
    bad["alert"] = json!("none");
    let mixed = json!([suricata(1, "203.0.113.9"), bad, 7, suricata(3, "203.0.113.9")]);
    let report = it.push(&token, "suricata", &mixed).expect(200).body;
    assert_eq!(report["accepted"], 2, "{report}");
    let refused: Vec<_> = report["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["index"].as_u64().unwrap())
        .collect();
    assert_eq!(refused, [1, 2]);
    it.push(&token, "no-such-product", &mixed).expect(400);
    it.post(&token, "/provider/v1/alerts", &mixed).expect(400);
}

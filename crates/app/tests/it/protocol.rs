//! The protocol over a real connection: batches, versions, deltas, packed answers.

use serde_json::json;

use crate::harness::{Yagura, send, suricata};

#[test]
fn a_batch_goes_through_the_same_gates() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let batch = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/security/alerts_v2?$top=1&$filter=severity eq 'high'"},
        {"id": "2", "method": "GET", "url": "/security/incidents/$count", "dependsOn": ["1"]},
    ]});
    let answer = it.post(&token, "/v1.0/$batch", &batch).expect(200);
    let parts = answer.body["responses"].as_array().unwrap();
    assert_eq!(parts[0]["body"]["value"].as_array().unwrap().len(), 1, "{}", answer.text);
    assert_eq!(parts[1]["body"], "1");
    let nobody = it.token_with(&["Yagura.Events.Ingest"], None);
    let refused = it.post(&nobody, "/v1.0/$batch", &batch).expect(200);
    let statuses = refused.body["responses"].as_array().unwrap();
    assert_eq!((&statuses[0]["status"], &statuses[1]["status"]), (&json!(403), &json!(424)));
    assert_eq!(send(it.http.post(it.url("/v1.0/$batch")).json(&batch)).status, 401);
}

#[test]
fn a_delta_follows_what_is_pushed() {
    let it = Yagura::start();
    let token = it.token();
    let three: Vec<_> = (0..3).map(|it| suricata(it, "203.0.113.9")).collect();
    it.push(&token, "suricata", &json!(three)).expect(200);
    let mut url = "/v1.0/security/alerts_v2/delta?$top=2&$select=title".to_owned();
    let (mut seen, mut link) = (0, None);
    while link.is_none() {
        let page = it.get(&token, &url).expect(200);
        seen += page.value().len();
        link = page.body["@odata.deltaLink"].as_str().map(str::to_owned);
        url = page.body["@odata.nextLink"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, 3);
    it.push(&token, "suricata", &suricata(9, "203.0.113.9")).expect(200);
    let news = it.get(&token, &link.unwrap()).expect(200);
    assert_eq!(news.value().len(), 1, "{}", news.text);
}

#[test]
fn answers_are_packed_and_known_versions_are_not_sent_again() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, "203.0.113.9")).expect(200);
    let list = it.http.get(it.url("/v1.0/security/alerts_v2")).bearer_auth(&token);
    let packed = list.header("accept-encoding", "gzip").send().unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let id = it.get(&token, "/v1.0/security/alerts_v2").expect(200).value()[0]["id"].clone();
    let path = format!("/v1.0/security/alerts_v2/{}", id.as_str().unwrap());
    let tag = it.get(&token, &path).expect(200).headers["etag"].clone();
    let again = it.http.get(it.url(&path)).bearer_auth(&token).header("if-none-match", tag);
    let again = send(again).expect(304);
    assert!(again.text.is_empty());
    let head = it.http.head(it.url(&path)).bearer_auth(&token);
    assert!(send(head).expect(200).text.is_empty());
}

//! Query options (29–42).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ask, fill, json_of};
use crate::harness::{Yagura, suricata};

const LIST: &str = "/v1.0/security/alerts_v2";

/// How many alerts a raw query finds, sent as it is written.
fn found(it: &Yagura, token: &str, query: &str) -> usize {
    let bearer = format!("Bearer {token}");
    let line = format!("GET {LIST}?{query}");
    let answer = ask(it, &line, &[("Authorization", &bearer)], "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{query}: {answer}");
    json_of(&answer)["value"].as_array().unwrap().len()
}

#[test]
fn item_29_to_31_query_options_in_every_encoding() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 3);
    for query in [
        "$filter=severity%20eq%20'high'",
        "%24filter=severity+eq+%27high%27",
        "%24filter=severity%20eq%20%27high%27&%24top=5",
        "$filter=createdDateTime%20ge%202020-01-01T00:00:00Z",
        "$filter=createdDateTime%20ge%202020-01-01T00%3A00%3A00Z",
        // A raw plus in the offset arrives as a blank.
        "$filter=createdDateTime+ge+2020-01-01T00:00:00+00:00",
        "$filter=createdDateTime+ge+2020-01-01T00:00:00%2B00:00",
        "$filter=createdDateTime%20ge%202020-01-01",
        "$filter=createdDateTime%20ge%202020-01-01T00:00:00",
        "$filter=createdDateTime%20ge%202020-01-01T00:00:00.1Z",
        "$filter=createdDateTime%20ge%202020-01-01T00:00:00.123456789Z",
        "$filter=createdDateTime%20ge%202020-01-01T00:00:00.1234567-05:00",
        "$FILTER=Severity%20EQ%20'High'",
    ] {
        assert_eq!(found(&it, &token, query), 3, "{query}");
    }
    let alert = it.get(&token, LIST).expect(200).value()[0].clone();
    let stamp = alert["createdDateTime"].as_str().unwrap();
    assert_eq!(found(&it, &token, &format!("$filter=createdDateTime%20eq%20{stamp}")), 1);
    assert_eq!(found(&it, &token, &format!("$filter=createdDateTime%20gt%20{stamp}")), 0);
    let cut = &stamp[..23];
    assert_eq!(found(&it, &token, &format!("$filter=createdDateTime%20eq%20{cut}Z")), 0);
}

#[test]
fn item_32_to_34_filters() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 3);
    let list = |path: &str, filter: &str| {
        let request = it.http.get(it.url(path)).bearer_auth(&token);
        crate::harness::send(request.query(&[("$filter", filter)]))
    };
    for filter in [
        "severity eq 'high' and not (status eq 'resolved' or status eq 'inProgress')",
        "TITLE ne 'it''s' and Severity in ('low','high')",
        "contains(tolower(title),'et malware') and startswith(title,'ET')",
        "toupper(title) ne null and endswith(title,'server') and assignedTo eq null",
        "evidence/any(zz:zz/verdict eq 'suspicious')",
        "evidence/all(e:e/remediationStatus ne 'remediated')",
        "mitreTechniques/any(x:x eq 'T1071')",
        "lastUpdateDateTime le 2999-01-01 and createdDateTime lt 2999-01-01T00:00:00Z",
    ] {
        assert_eq!(list(LIST, filter).expect(200).value().len(), 3, "{filter}");
    }
    let older = "/v1.0/security/alerts";
    for filter in [
        "vendorInformation/provider eq 'Suricata' and severity eq 'high'",
        "status eq 'newAlert' and eventDateTime gt 2020-01-01",
        "networkConnections/any(n:n/destinationAddress eq '10.1.2.3')",
        "not fileStates/any(f:f/fileHash/hashValue eq 'x' and f/fileHash/hashType eq 'sha256')",
    ] {
        assert_eq!(list(older, filter).expect(200).value().len(), 3, "{filter}");
    }
    let other_way = "networkConnections/any(n:n/sourceAddress eq '10.1.2.3')";
    assert_eq!(list(older, other_way).expect(200).value().len(), 0);
    let file = super::document("hashed");
    it.push(&token, "graph", &json!([file])).expect(200);
    for (filter, count) in [
        ("fileStates/any(f:f/fileHash/hashValue eq 'ab')", 1),
        ("fileStates/any(f:f/fileHash/hashType eq 'sha256')", 1),
        ("fileStates/any(f:f/fileHash/hashType eq 'md5')", 0),
        ("hostStates/any(h:h/fqdn eq 'hashed.contoso.example')", 1),
    ] {
        assert_eq!(list(older, filter).expect(200).value().len(), count, "{filter}");
    }
    for (filter, word) in [
        ("severity eq", "filter"),
        ("nonsense eq 1", "nonsense"),
        ("frob(title) eq 1", "frob"),
        ("title eq 5", "5"),
        ("createdDateTime gt 'soon'", "soon"),
        ("severity eq 'purple'", "purple"),
        ("(severity eq 'high'", "position"),
        ("title eq 'open", "quote"),
        ("", "empty"),
    ] {
        let answer = list(LIST, filter).expect(400);
        assert!(answer.error().1.contains(word), "{filter}: {}", answer.text);
    }
}

#[test]
fn item_35_a_large_top_is_clamped() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 3);
    let pages = |path: &str| it.get(&token, path).expect(200).value().len();
    assert_eq!(pages("/v1.0/security/alerts_v2?$top=2000"), 3);
    assert_eq!(pages("/v1.0/security/alerts_v2?$top=99999999999999999999999"), 3);
    assert_eq!(pages("/v1.0/security/alerts?$top=2000"), 3);
    assert!(pages("/v1.0/security/incidents?$top=2000") <= 50);
    for top in ["-1", "abc", "1.5", "", "0x10", "1e3"] {
        it.get(&token, &format!("{LIST}?$top={top}")).expect(400);
        it.get(&token, &format!("{LIST}?$skip={top}")).expect(400);
    }
}

#[test]
fn item_35_incidents_come_fifty_at_most() {
    let it = Yagura::start();
    let token = it.token();
    let apart = |number: u64| {
        let mut document = super::document(&format!("host{number}"));
        let at = format!("2026-{:02}-{:02}T00:00:00Z", number / 28 + 1, number % 28 + 1);
        document["title"] = json!(format!("Title {number}"));
        document["firstActivityDateTime"] = json!(at);
        document["lastActivityDateTime"] = json!(at);
        document["evidence"] = json!([document["evidence"][0]]);
        document
    };
    let batch: Value = (0..60).map(apart).collect();
    it.push(&token, "graph", &batch).expect(200);
    let page = it.get(&token, "/v1.0/security/incidents?$top=1000&$count=true").expect(200);
    let all = page.body["@odata.count"].as_u64().unwrap();
    assert!(all > 50, "only {all} incidents");
    assert_eq!(page.value().len(), 50);
    assert!(page.body["@odata.nextLink"].is_string());
    // Item 39: whoever takes the first one's stamp as a cursor must get the newest.
    let stamps: Vec<_> = page.value().iter().map(|i| i["lastUpdateDateTime"].as_str()).collect();
    assert!(stamps.windows(2).all(|pair| pair[0] > pair[1]), "{stamps:?}");
    // Item 38: one stamp each, so a boundary loses nothing.
    let boundary = stamps[10].unwrap();
    let newer = format!("/v1.0/security/incidents?$filter=lastUpdateDateTime gt {boundary}");
    assert_eq!(it.get(&token, &newer).expect(200).value().len(), 10);
}

#[test]
fn item_36_next_links_carry_everything_along() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 9);
    let query = "$filter=createdDateTime+gt+2020-01-01T00:00:00+00:00&$orderby=title,severity desc\
                 &$select=id,title&$count=true&$top=4&vendor=x%26y";
    let mut url = format!("{LIST}?{query}");
    let mut seen = Vec::new();
    loop {
        let page = it.get(&token, &url).expect(200);
        assert_eq!(page.body["@odata.count"], 9);
        seen.extend(page.value().iter().map(|a| a["id"].as_str().unwrap().to_owned()));
        assert!(page.value().iter().all(|alert| alert.get("status").is_none()));
        let Some(next) = page.body.get("@odata.nextLink") else { break };
        url = next.as_str().unwrap().to_owned();
        assert!(url.starts_with(&it.base), "{url}");
        for option in ["$filter=", "$orderby=", "$select=", "$count=", "$top=4", "vendor=x%26y"] {
            assert!(url.contains(option), "{option}: {url}");
        }
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (9, 9));
}

#[test]
fn item_37_and_38_skip_and_stamps_lose_nothing() {
    let it = Yagura::start();
    let token = it.token();
    // One title, one severity: only the id can break the tie.
    let batch: Value = (0..12).map(|number| suricata(number, "198.51.100.1")).collect();
    it.push(&token, "suricata", &batch).expect(200);
    let ids = |query: &str| -> Vec<String> {
        let page = it.get(&token, &format!("{LIST}?{query}")).expect(200);
        page.value().iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
    };
    let whole = ids("$orderby=title");
    let pieces: Vec<String> =
        (0..4).flat_map(|page| ids(&format!("$orderby=title&$top=3&$skip={}", page * 3))).collect();
    assert_eq!(pieces, whole);
    assert_eq!(ids("$orderby=title desc&$skip=600"), Vec::<String>::new());

    let page = it.get(&token, &format!("{LIST}?$orderby=lastUpdateDateTime asc")).expect(200);
    let stamps: BTreeSet<_> =
        page.value().iter().map(|alert| alert["lastUpdateDateTime"].as_str().unwrap()).collect();
    assert_eq!(stamps.len(), 12, "stamps of distinct updates differ");
    let fifth = stamps.iter().nth(4).unwrap();
    assert_eq!(ids(&format!("$filter=lastUpdateDateTime gt {fifth}")).len(), 7);
}

#[test]
fn item_40_to_42_counts_expands_and_names_in_any_case() {
    let it = Yagura::start();
    let token = it.token();
    fill(&it, &token, 3);
    let counted = it.get(&token, &format!("{LIST}?$count=true&$top=1&$filter=severity eq 'low'"));
    assert_eq!(counted.expect(200).body["@odata.count"], 0);
    let unknown = it.get(&token, &format!("{LIST}?$frob=1")).expect(400);
    assert!(unknown.error().1.contains("$frob"), "{}", unknown.text);
    it.get(&token, &format!("{LIST}?frob=1&count=true&api-version=2")).expect(200);

    let id = it.get(&token, LIST).expect(200).value()[0]["id"].as_str().unwrap().to_owned();
    for path in [
        format!("/v1.0/security/alerts_v2/{id}"),
        format!("/v1.0/security/alerts_v2('{id}')"),
        format!("/v1.0/security/alerts_v2(id='{id}')"),
        format!("/V1.0/Security/Alerts_V2/{id}/"),
        format!("/v1.0/security/alerts_v2%28%27{id}%27%29"),
    ] {
        assert_eq!(it.get(&token, &path).expect(200).body["id"], id.as_str(), "{path}");
    }
    let list = it.get(&token, "/v1.0/security/incidents?$expand=alerts").expect(200);
    let incident = list.value()[0].clone();
    assert!(!incident["alerts"].as_array().unwrap().is_empty());
    let path = format!("/v1.0/security/incidents/{}", incident["id"].as_str().unwrap());
    let one = it.get(&token, &format!("{path}?$expand=Alerts($select=id;$top=1)")).expect(200).body;
    assert_eq!(one["alerts"][0].as_object().unwrap().len(), 1, "{one}");
    for name in ["runHuntingQuery", "RUNHUNTINGQUERY", "microsoft.graph.security.runHuntingQuery"] {
        let body = json!({"Query": "print a = 1"});
        it.post(&token, &format!("/v1.0/security/{name}"), &body).expect(200);
        it.post(&token, &format!("/beta/Security/{name}"), &body).expect(200);
    }
}

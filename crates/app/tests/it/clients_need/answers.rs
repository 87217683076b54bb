//! Documents of the service itself, and verbs that are not GET.

use serde_json::Value;

use crate::harness::{Yagura, send};

#[test]
fn the_service_and_metadata_documents_are_for_anyone() {
    let it = Yagura::start();
    let get = |path: &str| send(it.http.get(it.url(path))).expect(200);
    assert_eq!(get("/").body["services"][0], format!("{}/v1.0", it.base));
    for version in ["v1.0", "beta", "v1.0/"] {
        let answer = get(&format!("/{version}")).body;
        let context = answer["@odata.context"].as_str().unwrap();
        assert!(context.starts_with(&it.base) && context.ends_with("/$metadata"), "{context}");
        let names: Vec<_> =
            answer["value"].as_array().unwrap().iter().map(|e| &e["name"]).collect();
        assert!(names.contains(&&Value::from("security")), "{answer}");
    }
    for path in ["/v1.0/$metadata", "/beta/$metadata", "/v1.0/%24metadata"] {
        let answer = get(path);
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/xml"));
        for name in [
            "EntityType Name=\"alert\"",
            "EntityType Name=\"incident\"",
            "ComplexType Name=\"alertEvidence\"",
            "ComplexType Name=\"deviceEvidence\"",
            "ComplexType Name=\"alertComment\"",
            "ComplexType Name=\"huntingQueryResults\"",
            "EntityType Name=\"secureScore\"",
            "EnumType Name=\"alertSeverity\"",
            "Action Name=\"runHuntingQuery\"",
            "EntityContainer",
        ] {
            assert!(answer.text.contains(name), "{path}: {name}");
        }
        well_formed(&answer.text);
    }
    let names_of = |text: &str| text.matches("Evidence\" BaseType").count();
    assert!(names_of(&get("/v1.0/$metadata").text) > 20, "the SDK knows many kinds of evidence");
}

/// Every element that is opened is closed, in order, and there is one root.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    let mut rest = xml;
    while let Some((_, tail)) = rest.split_once('<') {
        let end = if tail.starts_with("!--") { "-->" } else { ">" };
        let (tag, tail) = tail.split_once(end).expect("a tag ends");
        rest = tail;
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.trim()));
        } else if !tag.starts_with(['?', '!']) {
            roots += usize::from(open.is_empty());
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty() && roots == 1, "{open:?} {roots}");
}

#[test]
fn head_and_options() {
    let it = Yagura::start();
    let token = it.token();
    for path in
        ["/v1.0/security/alerts_v2", "/v1.0/security/incidents", "/v1.0/$metadata", "/health"]
    {
        let got = it.get(&token, path).expect(200);
        let head = send(it.http.head(it.url(path)).bearer_auth(&token)).expect(200);
        assert!(head.text.is_empty());
        assert_eq!(head.headers["content-type"], got.headers["content-type"], "{path}");
        assert_eq!(head.headers["content-length"], got.headers["content-length"], "{path}");
    }
    let head = send(it.http.head(it.url("/v1.0/security/alerts_v2/x")).bearer_auth(&token));
    assert_eq!((head.status, head.text.as_str()), (404, ""));
    let options = |path: &str| {
        let request = it.http.request(reqwest::Method::OPTIONS, it.url(path));
        let answer = send(request.bearer_auth(&token)).expect(204);
        answer.headers["allow"].to_str().unwrap().to_owned()
    };
    assert_eq!(options("/v1.0/security/alerts_v2/x"), "GET, HEAD, PATCH, OPTIONS");
    assert_eq!(options("/v1.0/security/incidents"), "GET, HEAD, OPTIONS");
    assert_eq!(options("/v1.0/security/runHuntingQuery"), "POST, OPTIONS");
}

#[test]
fn item_74_secure_scores_are_lists() {
    let it = Yagura::start();
    let token = it.token();
    for set in ["secureScores", "secureScoreControlProfiles"] {
        for version in ["v1.0", "beta"] {
            let path = format!("/{version}/security/{set}");
            let page = it.get(&token, &format!("{path}?$top=1&$count=true")).expect(200);
            assert_eq!(page.body["@odata.count"], 0);
            assert!(page.value().is_empty() && page.body.get("@odata.nextLink").is_none());
            it.get(&token, &format!("{path}/x")).expect(404);
        }
    }
}

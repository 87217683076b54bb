//! Tenants and roles: every operation that the model knows, walked with another tenant's token and
//! with no role. What one may not see answers as if absent, and no byte of it leaks.

use serde_json::{Value, json};

use crate::harness::{Yagura, send, suricata};

/// A name that stands in the first tenant's data only.
const MARK: &str = "198.51.100.77";

/// Every so-manieth path is walked in another spelling, too.
const SAMPLE: usize = 4;

/// Every path of both versions, with the first tenant's ids in it.
fn paths(it: &Yagura, token: &str) -> Vec<String> {
    let first = |set: &str| {
        let list = it.get(token, &format!("/v1.0/security/{set}")).expect(200);
        list.value()[0]["id"].as_str().unwrap().to_owned()
    };
    let (alert, incident) = (first("alerts_v2"), first("incidents"));
    let mut paths = Vec::new();
    for version in [model::Version::V1, model::Version::Beta] {
        let model = model::graph(version);
        let walked = model.templates().filter(|it| is_walked(version, it));
        for (place, template) in walked.enumerate() {
            let id = if template.contains("/incidents/") { &incident } else { &alert };
            let path = template.replacen("{id}", id, 1).replace("{id}", &alert);
            let name = path.rsplit('/').next().unwrap();
            let function = model
                .operations()
                .iter()
                .find(|it| it.short == name && it.verb == model::model::Verb::Function);
            let needed = function.into_iter().flat_map(|it| &it.parameters);
            let needed = needed.filter(|it| !it.optional).map(|it| match it.name.as_str() {
                "query" => "query='AlertInfo'".to_owned(),
                name => format!("{name}=@{name}"),
            });
            let needed: Vec<String> = needed.collect();
            let call =
                if needed.is_empty() { String::new() } else { format!("({})", needed.join(",")) };
            paths.push(format!("/{}{path}{call}", version.as_str()));
            // Some of them, spelled in the other ways there are: keys in parentheses, operations
            // by their whole names, segments in capitals.
            let keyed = template.contains("{id}");
            if place % SAMPLE == 0 && keyed {
                let path = template.replacen("/{id}", &format!("('{id}')"), 1);
                let path = path.replace("/{id}", &format!("('{alert}')"));
                paths.push(format!("/{}{path}{call}", version.as_str()));
            }
            if place % SAMPLE == 1 {
                let path = path.to_uppercase().replace(&id.to_uppercase(), id);
                let path = path.replace(&alert.to_uppercase(), &alert);
                paths.push(format!("/{}{path}{call}", version.as_str()));
            }
            let named = model.operations().iter().find(|it| it.short == name);
            if let Some(op) = named.filter(|it| it.binding.is_some()) {
                let (before, _) = path.rsplit_once('/').unwrap();
                paths.push(format!("/{}{before}/{}{call}", version.as_str(), op.name));
            }
        }
    }
    paths
}

/// Everything that has a line of its own in the policy, and every property of alerts and incidents.
/// The schema itself is public, and a batch is decided part by part.
fn is_walked(version: model::Version, template: &str) -> bool {
    if matches!(template, "/" | "/$metadata" | "/$batch") {
        return false;
    }
    let core =
        ["/security/alerts", "/security/incidents"].iter().any(|it| template.starts_with(it));
    let policy = auth::policy::policy();
    let methods = policy.methods(version.as_str(), template);
    let own = methods.iter().any(|method| {
        let rule = policy.rule(version.as_str(), method, template);
        rule.is_some_and(|it| !it.template.ends_with("/*"))
    });
    core || own
}

#[test]
fn another_tenant_sees_nothing() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, MARK)).expect(200);
    let event = r#"{"Timestamp":"2026-03-01T00:00:00Z","DeviceName":"198.51.100.77"}"#;
    let ingest = it.http.post(it.url("/provider/v1/events/DeviceEvents")).bearer_auth(&token);
    send(ingest.body(event)).expect(200);

    let made = it.yagura(&["tenant", "create", "--name", "B", "--domain", "b.example", "--json"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let other = made["tenant_id"].as_str().unwrap();
    let stranger = it.token_with(&["all"], Some(other));
    let paths = paths(&it, &token);
    assert!(paths.len() > 30, "only {} operations", paths.len());
    for path in &paths {
        let answer = it.get(&stranger, path);
        assert!(!answer.text.contains(MARK), "GET {path} leaks: {}", answer.text);
        assert!(answer.status < 500 || answer.status == 501, "GET {path}: {}", answer.text);
        let lower = path.to_lowercase().replace("('", "/");
        let is_item = lower.contains("alerts_v2/") || lower.contains("incidents/");
        if is_item && answer.status == 200 {
            let nothing = answer.body["value"] == json!([]) || answer.text == "0";
            assert!(nothing, "GET {path}: {}", answer.text);
        }
        let change = json!({"status": "resolved"});
        let answer = it.patch(&stranger, path, &change);
        assert!(
            matches!(answer.status, 400 | 403 | 404 | 405 | 501),
            "PATCH {path}: {}",
            answer.text
        );
        let answer = it.post(&stranger, path, &json!({"comment": "x", "Query": "AlertInfo"}));
        assert!(!answer.text.contains(MARK), "POST {path} leaks: {}", answer.text);
        assert!(answer.status < 500 || answer.status == 501, "POST {path}: {}", answer.text);
    }
    for table in ["DeviceEvents", "AlertInfo", "AlertEvidence"] {
        let rows = it.hunt(&stranger, table).expect(200);
        assert_eq!(rows.body["results"], json!([]), "{table}");
        let own = it.hunt(&token, table).expect(200).body;
        assert_ne!(own["results"], json!([]), "{table}");
    }
    let alert = it.get(&token, "/v1.0/security/alerts_v2").expect(200).value()[0].clone();
    assert_eq!(alert["status"], "new", "the stranger changed it");
}

#[test]
fn without_a_role_nothing_answers() {
    let it = Yagura::start();
    let token = it.token();
    it.push(&token, "suricata", &suricata(1, MARK)).expect(200);
    // A role that opens nothing here but the events endpoint.
    let nobody = it.token_with(&["Yagura.Events.Ingest"], None);
    for path in paths(&it, &token) {
        for answer in [
            it.get(&nobody, &path),
            it.patch(&nobody, &path, &json!({"status": "resolved"})),
            it.post(&nobody, &path, &json!({"Query": "AlertInfo"})),
        ] {
            assert!(matches!(answer.status, 403..=405), "{path}: {}", answer.text);
            assert!(!answer.text.contains(MARK), "{path} leaks: {}", answer.text);
        }
        let anonymous = send(it.http.get(it.url(&path)));
        assert_eq!(anonymous.status, 401, "{path}: {}", anonymous.text);
    }
    it.push(&nobody, "suricata", &suricata(2, MARK)).expect(403);
    let reader = it.token_with(&["SecurityAlert.Read.All"], None);
    it.get(&reader, "/v1.0/security/alerts_v2").expect(200);
    it.get(&reader, "/v1.0/security/incidents").expect(403);
    let events = it.http.post(it.url("/provider/v1/events/DeviceEvents")).bearer_auth(&reader);
    send(events.body("{}")).expect(403);
}

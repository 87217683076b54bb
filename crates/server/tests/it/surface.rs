//! The whole surface over the wire: what the model says, without a line of code per entity.

use http::StatusCode;
use serde_json::{Value, json};
use server::state::Limits;

use crate::world::{Answered, World};

async fn world() -> World {
    World::new(&Limits::default()).await
}

impl World {
    async fn ask(&self, method: &str, url: impl AsRef<str>, body: Value) -> Answered {
        self.send_with(method, url.as_ref(), &[], body).await
    }

    async fn get(&self, url: &str) -> Answered {
        self.ask("GET", url, Value::Null).await
    }
}

impl Answered {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("{}", self.text)).to_owned()
    }

    fn items(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap_or_else(|| panic!("{}", self.text))
    }
}

const CASES: &str = "/v1.0/security/cases/ediscoveryCases";

async fn case(it: &World) -> String {
    let sent = json!({"displayName": "Case", "description": "d"});
    let made = it.ask("POST", CASES, sent).await.is(201);
    format!("{CASES}/{}", made.id())
}

#[tokio::test]
async fn entities_live_inside_entities() {
    let it = world().await;
    let case = case(&it).await;
    let shown = it.get(&case).await.is(200);
    assert_eq!(shown.body["status"], "active");
    assert!(shown.body["createdDateTime"].is_string(), "{}", shown.text);

    let custodian = it.ask("POST", format!("{case}/custodians"), json!({"email": "a@b.example"}));
    let custodian = format!("{case}/custodians/{}", custodian.await.is(201).id());
    let source = json!({"email": "a@b.example", "includedSources": "mailbox"});
    let source = it.ask("POST", &format!("{custodian}/userSources"), source).await.is(201).id();
    it.get(&format!("{custodian}/userSources")).await.is(200);
    let other = case_elsewhere(&it, &custodian).await;
    it.get(&other).await.is(404);
    it.ask("POST", &format!("{CASES}/none/custodians"), json!({"email": "x@b.example"}))
        .await
        .is(404);

    let search = json!({"displayName": "s", "contentQuery": "x"});
    let search = it.ask("POST", &format!("{case}/searches"), search).await.is(201).id();
    let search = format!("{case}/searches/{search}");
    let address = format!("https://graph.microsoft.com{custodian}/userSources/{source}");
    let sources = format!("{search}/custodianSources");
    let add = json!({ "@odata.id": address });
    it.ask("POST", &format!("{sources}/$ref"), add.clone()).await.is(204);
    assert_eq!(it.get(&sources).await.is(200).items().len(), 1);
    let wrong = json!({"@odata.id": format!("https://x{case}")});
    it.ask("POST", &format!("{sources}/$ref"), wrong).await.is(400);
    it.ask("DELETE", &format!("{sources}/{source}/$ref"), Value::Null).await.is(204);
    it.ask("DELETE", &format!("{sources}/{source}/$ref"), Value::Null).await.is(404);
    assert_eq!(it.get(&sources).await.is(200).items().len(), 0);

    let holds = it.ask("POST", format!("{case}/custodians/applyHold"), json!({"ids": ["no"]}));
    holds.await.is(404);
    let id = custodian.rsplit('/').next().unwrap();
    let holds = it.ask("POST", format!("{case}/custodians/applyHold"), json!({"ids": [id]}));
    let holds = holds.await.is(202);
    let location = holds.headers["location"].to_str().unwrap().to_owned();
    let path = location.split_once("://").unwrap().1.split_once('/').unwrap().1.to_owned();
    assert_eq!(it.get(&format!("/{path}")).await.is(200).body["status"], "succeeded");
    assert_eq!(it.get(&custodian).await.is(200).body["holdStatus"], "applied");

    it.ask("POST", &format!("{case}/close"), Value::Null).await.is(204);
    assert_eq!(it.get(&case).await.is(200).body["status"], "closed");
    it.ask("POST", &format!("{case}/reopen"), Value::Null).await.is(204);
    let settings = format!("{case}/settings");
    it.get(&settings).await.is(200);
    let topics = json!({"topicModeling": {"isEnabled": true, "topicCount": 7}});
    it.ask("PATCH", &settings, topics).await.is(200);
    let less = json!({"topicModeling": {"isEnabled": false}});
    let merged = it.ask("PATCH", &settings, less).await.is(200);
    assert_eq!(merged.body["topicModeling"]["topicCount"], 7, "{}", merged.text);
    it.ask("POST", &format!("{settings}/resetToDefault"), Value::Null).await.is(204);

    it.ask("DELETE", &case, Value::Null).await.is(204);
    it.get(&custodian).await.is(404);
    it.get(&search).await.is(404);
}

/// The same custodian under another case.
async fn case_elsewhere(it: &World, custodian: &str) -> String {
    let other = case(it).await;
    format!("{other}/custodians/{}", custodian.rsplit('/').next().unwrap())
}

#[tokio::test]
async fn a_batch_answers_each_part() {
    let it = world().await;
    let batch = json!({"requests": [
        {"id": "read", "method": "GET", "url": "/security/incidents?$filter=severity eq 'high'"},
        {"id": "make", "method": "POST", "url": "security/cases/ediscoveryCases",
         "body": {"displayName": "b"}, "headers": {"Content-Type": "application/json"}},
        {"id": "after", "method": "GET", "url": "/security/cases/ediscoveryCases/$count",
         "dependsOn": ["make"]},
        {"id": "broken", "method": "GET", "url": "/security/nothing"},
        {"id": "never", "method": "GET", "url": "/security/incidents", "dependsOn": ["broken"]},
        {"id": "far", "method": "GET", "url": "https://graph.microsoft.com/beta/security/incidents"},
        {"id": "nested", "method": "POST", "url": "/$batch", "body": {"requests": []}},
    ]});
    let answer = it.ask("POST", "/v1.0/$batch", batch).await.is(200);
    let parts = answer.body["responses"].as_array().unwrap();
    let of = |id: &str| parts.iter().find(|it| it["id"] == id).unwrap();
    let statuses: Vec<u64> = ["read", "make", "after", "broken", "never", "far", "nested"]
        .iter()
        .map(|id| of(id)["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 201, 200, 404, 424, 200, 400], "{}", answer.text);
    assert_eq!(of("after")["body"], "1");
    assert!(of("make")["headers"]["Location"].is_string());
    assert_eq!(of("never")["body"]["error"]["code"], "FailedDependency");

    let twice = json!({"requests": [{"id": "1", "method": "GET", "url": "/security"},
        {"id": "1", "method": "GET", "url": "/security"}]});
    it.ask("POST", "/beta/%24batch", twice).await.is(400);
    it.get("/v1.0/$batch").await.is(405);
}

#[tokio::test]
async fn versions_are_conditions() {
    let it = world().await;
    let case = case(&it).await;
    let read = it.get(&case).await.is(200);
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(read.body["@odata.etag"], tag.as_str());
    let with = |method: &'static str, name: &'static str, value: String, body: Value| {
        let (it, case) = (&it, case.clone());
        async move { it.send_with(method, &case, &[(name, value)], body).await }
    };
    let same = with("GET", "if-none-match", tag.clone(), Value::Null).await.is(304);
    assert!(same.text.is_empty());
    let change = json!({"description": "new"});
    with("PATCH", "if-match", "W/\"other\"".into(), change.clone()).await.is(412);
    with("PATCH", "if-match", format!("\"x\", {tag}"), change.clone()).await.is(200);
    with("GET", "if-none-match", tag.clone(), Value::Null).await.is(200);
    with("DELETE", "if-match", tag, Value::Null).await.is(412);
    let silent = with("PATCH", "prefer", "return=minimal".into(), change).await.is(204);
    assert_eq!(silent.headers["preference-applied"], "return=minimal");
    with("DELETE", "if-match", "*".into(), Value::Null).await.is(204);
    with("DELETE", "if-match", "*".into(), Value::Null).await.is(404);
}

#[tokio::test]
async fn a_delta_tells_what_changed() {
    let it = world().await;
    let mut cases = Vec::new();
    for _ in 0..5 {
        cases.push(case(&it).await);
    }
    let mut url = format!("{CASES}/delta?$top=2");
    let (mut seen, mut pages) = (0, 0);
    let mark = loop {
        let page = it.get(&url).await.is(200);
        seen += page.items().len();
        pages += 1;
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => url = local(next),
            None => break local(page.body["@odata.deltaLink"].as_str().unwrap()),
        }
    };
    assert_eq!((seen, pages), (5, 3));
    let quiet = it.get(&mark).await.is(200);
    assert!(quiet.items().is_empty(), "{}", quiet.text);
    it.ask("PATCH", &cases[0], json!({"description": "1"})).await.is(200);
    it.ask("PATCH", &cases[0], json!({"description": "2"})).await.is(200);
    it.ask("DELETE", &cases[1], Value::Null).await.is(204);
    let news = it.get(&mark).await.is(200);
    let again = it.get(&mark).await.is(200);
    assert_eq!(news.text, again.text, "the same token tells the same");
    assert_eq!(news.items().len(), 2, "{}", news.text);
    assert_eq!(news.items()[0]["description"], "2");
    assert_eq!(news.items()[1]["@removed"]["reason"], "deleted");
    let after = local(news.body["@odata.deltaLink"].as_str().unwrap());
    assert!(it.get(&after).await.is(200).items().is_empty());
    it.get(&format!("{CASES}/delta?$orderby=createdDateTime")).await.is(400);
    it.get(&format!("{CASES}/delta?$deltatoken=1-0000000000")).await.is(400);
}

/// The path and query of a link.
fn local(link: &str) -> String {
    let (_, rest) = link.split_once("://").unwrap();
    format!("/{}", rest.split_once('/').unwrap().1)
}

#[tokio::test]
async fn forms_of_json() {
    let it = world().await;
    let case = case(&it).await;
    let accept = |kind: &'static str| {
        let (it, case) = (&it, case.clone());
        async move { it.send_with("GET", &case, &[("accept", kind.to_owned())], Value::Null).await }
    };
    let full = accept("application/json;odata.metadata=full").await.is(200);
    assert_eq!(full.body["@odata.type"], "#microsoft.graph.security.ediscoveryCase");
    assert!(full.body["custodians@odata.navigationLink"].is_string(), "{}", full.text);
    let none = accept("application/json;odata.metadata=none").await.is(200);
    assert!(none.body.get("@odata.context").is_none() && none.body.get("@odata.etag").is_none());
    accept("application/xml").await.is(406);
    let search = it.get(&format!("{CASES}?$search=\"Case\"")).await.is(200);
    assert_eq!(search.items().len(), 1);
    assert!(it.get(&format!("{CASES}?$search=absent")).await.is(200).items().is_empty());
    let two = format!("{CASES}?$expand=custodians,searches");
    it.get(&two).await.is(400);
    it.get(&format!("{CASES}?$expand=custodians($select=email)")).await.is(200);
}

#[tokio::test]
async fn indicators_come_in_bulk() {
    let it = world().await;
    let one = |value: &str| {
        json!({"action": "alert", "description": "d", "expirationDateTime": "2026-05-01",
            "targetProduct": "Azure Sentinel", "threatType": "WatchList", "tlpLevel": "GREEN",
            "domainName": value, "passiveOnly": "false", "indicatorRequestHash": "kept"})
    };
    let set = "/beta/security/tiIndicators";
    let made = it.ask("POST", set, one("a.example")).await.is(201);
    assert_eq!(made.body["tlpLevel"], "green");
    assert_eq!(made.body["indicatorRequestHash"], "kept");
    let mut bad = one("b.example");
    bad.as_object_mut().unwrap().remove("action");
    let batch = json!({"value": [one("c.example"), bad]});
    let told = it.ask("POST", &format!("{set}/submitTiIndicators"), batch).await.is(206);
    assert_eq!(told.items().len(), 2);
    assert!(told.items()[1]["Error"]["message"].as_str().unwrap().contains("action"));
    let change = json!({"value": [{"id": made.id(), "expirationDateTime": "2026-06-01",
        "targetProduct": "Azure Sentinel", "confidence": "55"}]});
    let told = it.ask("POST", &format!("{set}/updateTiIndicators"), change).await.is(200);
    assert_eq!(told.items()[0]["confidence"], 55);
    let gone = json!({"value": [made.id(), "none"]});
    let told = it.ask("POST", &format!("{set}/deleteTiIndicators"), gone).await.is(206);
    assert_eq!(told.items()[0]["code"], 204);
    assert_eq!(told.items()[1]["code"], 404);
    assert_eq!(it.get(set).await.is(200).items().len(), 1);
}

#[tokio::test]
async fn areas_with_rules_of_their_own() {
    let it = world().await;
    let rules = "/beta/security/rules/detectionRules";
    let rule = json!({"id": "my-rule", "displayName": "r", "status": "enabled",
        "queryCondition": {"queryText": "DeviceEvents"}, "schedule": {"period": "12H"},
        "detectionAction": {"alertTemplate": {"title": "t", "severity": "low"}}});
    let made = it.ask("POST", rules, rule.clone()).await.is(201);
    assert_eq!(made.id(), "my-rule");
    it.ask("POST", rules, rule).await.is(409);
    let change = json!({"detectionAction": {"alertTemplate": {"severity": "high"}}});
    let after = it.ask("PATCH", &format!("{rules}/my-rule"), change).await.is(200);
    let template = &after.body["detectionAction"]["alertTemplate"];
    assert_eq!((&template["title"], &template["severity"]), (&json!("t"), &json!("high")));

    let actions = "/beta/security/securityActions";
    let action = json!({"name": "BlockIp", "parameters": [{"name": "IP", "value": "1.2.3.4"}],
        "vendorInformation": {"provider": "p", "vendor": "v"}});
    let made = it.ask("POST", actions, action).await.is(201);
    assert_eq!(made.body["appId"], "app-1");
    let cancel = format!("{actions}/{}/cancelSecurityAction", made.id());
    assert!(it.ask("POST", &cancel, Value::Null).await.is(200).text.is_empty());

    let simulations = "/v1.0/security/attackSimulation/simulations";
    let made = it.ask("POST", simulations, json!({"displayName": "s"})).await.is(202);
    let location = made.headers["location"].to_str().unwrap().to_owned();
    assert!(location.contains("/v1.0/security/attackSimulation/operations"));
    assert_eq!(it.get(&local(&location)).await.is(200).body["percentageCompleted"], 100);
    it.get("/v1.0/security/attackSimulation/payloads").await.is(400);
    it.get("/v1.0/security/attackSimulation/payloads?$filter=source eq 'Tenant'").await.is(200);

    let mails = "/v1.0/security/collaboration/analyzedEmails";
    it.get(mails).await.is(400);
    it.get(&format!("{mails}?startTime=2026-01-01&endTime=2026-02-01")).await.is(200);
    let threats = "/beta/security/threatSubmission/emailThreats";
    let threat = json!({"@odata.type": "#microsoft.graph.emailUrlThreatSubmission",
        "category": "spam", "recipientEmailAddress": "a@b.example", "messageUrl": "https://x"});
    let made = it.ask("POST", threats, threat).await.is(201);
    assert!(!made.text.contains("https://x"), "{}", made.text);
    it.get("/v1.0/security/secureScores?$top=1").await.is(200);
    let queries = "/v1.0/security/auditLog/queries";
    let made = it.ask("POST", queries, json!({"displayName": "q"})).await.is(201);
    assert_eq!(made.body["status"], "notStarted");
    it.get(&format!("{queries}/{}/records", made.id())).await.is(200);
}

#[tokio::test]
async fn incidents_are_merged_and_alerts_moved() {
    let it = world().await;
    let alert = |title: &str, host: &str| {
        json!({"@odata.type": "#microsoft.graph.security.manualAlert", "title": title,
            "description": "d", "category": "Malware", "severity": "low",
            "entityDefinitions": [{"entityType": "device", "entityIdentifier": "hostName",
                "identifierValue": host, "role": "impacted"}]})
    };
    let set = "/beta/security/alerts_v2";
    let one = it.ask("POST", set, alert("one", "a")).await.is(201);
    let two = it.ask("POST", set, alert("two", "b")).await.is(201);
    assert_eq!(one.body["evidence"][0]["deviceDnsName"], "a", "{}", one.text);
    let incident = |it: &Answered| it.body["incidentId"].as_str().unwrap().to_owned();
    let ids = [incident(&one), incident(&two)];
    assert_ne!(ids[0], ids[1]);
    let merge = json!({"incidentIds": ids, "mergeReasons": "sameActor, sameCampaign"});
    let merged = it.ask("POST", "/v1.0/security/incidents/mergeIncidents", merge);
    let merged = merged.await.is(200);
    let target = merged.body["targetIncidentId"].as_str().unwrap().to_owned();
    let whole = it.get(&format!("/v1.0/security/incidents/{target}?$expand=alerts")).await.is(200);
    assert_eq!(whole.body["alerts"].as_array().unwrap().len(), 2);
    let gone = ids.iter().find(|it| **it != target).unwrap();
    let gone = it.get(&format!("/v1.0/security/incidents/{gone}")).await.is(200);
    assert_eq!(gone.body["redirectIncidentId"], target.as_str());

    let part = json!({"alertIds": [two.id()], "alertComment": "not this one"});
    let moved = it.ask("POST", "/v1.0/security/alerts_v2/moveAlerts", part).await.is(200);
    let other = moved.body["targetIncidentId"].as_str().unwrap();
    assert_ne!(other, target);
    let other = it.get(&format!("/v1.0/security/incidents/{other}?$expand=alerts")).await.is(200);
    assert_eq!(other.body["alerts"][0]["title"], "two");
    assert_eq!(other.body["alerts"][0]["comments"][0]["comment"], "not this one");

    let list = it.get("/api/incidents?$filter=status eq 'Active'").await.is(200);
    assert_eq!(list.items().len(), 2, "{}", list.text);
    assert!(list.items()[0]["incidentId"].is_u64());
    let change = json!({"status": "Resolved", "classification": "TruePositive",
        "determination": "Malware", "comment": "done", "tags": ["t"]});
    let after = it.ask("PATCH", &format!("/api/incidents/{target}"), change).await.is(200);
    assert_eq!(after.body["alerts"][0]["title"], "one");
    let graph = it.get(&format!("/v1.0/security/incidents/{target}")).await.is(200);
    assert_eq!(graph.body["status"], "resolved");
    assert_eq!(graph.body["comments"][0]["comment"], "done");
    it.ask("PATCH", &format!("/api/incidents/{target}"), json!({"severity": "High"})).await.is(400);
    it.get("/api/incidents/none").await.is(404);
}

#[tokio::test]
async fn the_description_is_public() {
    let it = world().await;
    for version in ["v1.0", "beta"] {
        let doc = it.get(&format!("/openapi/{version}.json")).await.is(200);
        assert!(doc.body["paths"].as_object().unwrap().len() > 100);
    }
    assert!(it.get("/openapi").await.is(200).text.contains("<title>"));
    assert_eq!(it.get("/openapi/other.json").await.status, StatusCode::NOT_FOUND);
}

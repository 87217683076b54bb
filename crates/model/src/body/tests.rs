//! Bodies: JSON in, normalised JSON or a message out.
#![allow(clippy::unwrap_used)]
#![allow(clippy::needless_pass_by_value)] // `json!` values read best in place

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Mode, arguments, check, items, merge};
use crate::{Version, graph};

fn run(kind: &str, body: &Value, mode: char) -> Result<Value, String> {
    let model = graph(Version::V1);
    let set = model.set(kind).unwrap();
    let mode = match mode {
        'c' => Mode::Create(&set.facts),
        'p' => Mode::Patch(&set.facts),
        _ => Mode::Document,
    };
    check(model, set.ty, body, mode).map(Value::Object).map_err(|error| error.to_string())
}

fn patch(body: Value) -> Result<Value, String> {
    run("security/alerts_v2", &body, 'p')
}

fn document(body: Value) -> Result<Value, String> {
    run("security/alerts_v2", &body, 'd')
}

#[test]
fn a_patch_carries_updatable_properties_only() {
    assert_eq!(
        patch(json!({"@odata.type": "#microsoft.graph.security.alert", "status": "InProgress",
                     "classification": "TruePositive", "determination": "compromisedUser",
                     "assignedTo": null})),
        Ok(json!({"status": "inProgress", "classification": "truePositive",
                  "determination": "compromisedAccount", "assignedTo": null}))
    );
    let message = |body| patch(body).unwrap_err();
    assert_eq!(message(json!({"title": "t"})), "title: is read-only");
    assert_eq!(message(json!({"id": "t"})), "id: is read-only");
    assert_eq!(
        message(json!({"nothing": 1})),
        "nothing: does not exist on type 'microsoft.graph.security.alert'"
    );
    assert_eq!(
        message(json!({"status": "done"})),
        "status: 'done' is not a member of 'microsoft.graph.security.alertStatus'"
    );
    assert_eq!(
        message(json!({"status": "unknownFutureValue"})),
        "status: 'unknownFutureValue' is not a member of 'microsoft.graph.security.alertStatus'"
    );
    assert_eq!(message(json!({"status": true})), "status: expected text, got a boolean");
    assert_eq!(message(json!({"status": null})), "status: must not be null");
    assert_eq!(message(json!({"assignedTo": 5})), "assignedTo: expected text, got a number");
    assert_eq!(message(json!([])), "expected an object, got an array");
    assert_eq!(
        message(json!({"@odata.type": "#microsoft.graph.security.incident"})),
        "@odata.type: '#microsoft.graph.security.incident' is not a 'microsoft.graph.security.alert'"
    );
}

#[test]
fn what_was_sent_is_not_repeated_at_length() {
    let long = "x".repeat(100_000);
    for body in [
        json!({"@odata.type": long}),
        json!({&long: 1}),
        json!({"severity": long}),
        json!({"evidence": [{"@odata.type": long}]}),
        json!({"payload@odata.bind": long}),
    ] {
        let message = document(body).unwrap_err();
        assert!(message.len() < 400, "{} characters", message.len());
    }
}

#[test]
fn facts_say_what_must_be_there() {
    let legacy = |body: Value, mode| run("security/alerts", &body, mode);
    assert_eq!(
        legacy(json!({"status": "resolved"}), 'p').unwrap_err(),
        "vendorInformation: is required"
    );
    assert!(
        legacy(
            json!({"status": "resolved", "vendorInformation": {"vendor": "v", "provider": "p"}}),
            'p'
        )
        .is_ok()
    );
    assert_eq!(
        run("security/alerts_v2", &json!({"title": "t"}), 'c').unwrap_err(),
        "severity: is required"
    );
    assert_eq!(
        run(
            "security/alerts_v2",
            &json!({"title": "t", "severity": "low", "incidentId": "1"}),
            'c'
        ),
        Ok(json!({"title": "t", "severity": "low"})),
        "set by the service, so passed over"
    );
    let profile = |body: Value| run("security/secureScoreControlProfiles", &body, 'p');
    let vendor = json!({"vendor": "v", "provider": "p"});
    assert!(profile(json!({"assignedTo": "a", "state": "Ignored", "comment": "c", "vendorInformation": vendor})).is_ok());
    assert_eq!(
        profile(json!({"own": 1, "vendorInformation": vendor})).unwrap_err(),
        "own: is read-only"
    );
    assert_eq!(
        profile(json!({"title": "t", "vendorInformation": vendor})).unwrap_err(),
        "title: is read-only"
    );
}

fn beta(kind: &str, body: &Value, mode: char) -> Result<Value, String> {
    let model = graph(Version::Beta);
    let set = model.set(kind).unwrap();
    let mode = if mode == 'c' { Mode::Create(&set.facts) } else { Mode::Patch(&set.facts) };
    check(model, set.ty, body, mode).map(Value::Object).map_err(|error| error.to_string())
}

#[test]
fn bindings_name_entities_of_the_right_set() {
    let simulations = "security/attackSimulation/simulations";
    let bound = |address: &str| {
        run(simulations, &json!({"payload@odata.bind": address}), 'c').map(|it| it.to_string())
    };
    let address = "https://graph.microsoft.com/v1.0/security/attackSimulation/payloads/12";
    assert_eq!(bound(address), Ok(json!({"payload@odata.bind": address}).to_string()));
    assert!(bound("/security/attackSimulation/payloads('12')").is_ok());
    assert_eq!(
        bound("security/incidents/1").unwrap_err(),
        "payload@odata.bind: 'security/incidents' is not a set that 'payload' leads to"
    );
    assert!(bound("nonsense").unwrap_err().contains("resource not found"));
    assert_eq!(
        run(simulations, &json!({"nothing@odata.bind": "x"}), 'c').unwrap_err(),
        "nothing@odata.bind: 'microsoft.graph.simulation' has no such navigation property that refers"
    );
    // Inside a nested complex value, whose type follows from its members.
    let nested = json!({"endUserNotificationSetting": {
        "notificationPreference": "microsoft", "settingType": "trainingSelected",
        "positiveReinforcement": {
            "deliveryPreference": "deliverImmedietly", "defaultLanguage": "en",
            "endUserNotification@odata.bind": "/security/attackSimulation/endUserNotifications/1"}}});
    let out = run(simulations, &nested, 'c').unwrap();
    assert_eq!(
        out["endUserNotificationSetting"]["positiveReinforcement"]["endUserNotification@odata.bind"],
        "/security/attackSimulation/endUserNotifications/1"
    );
}

#[test]
fn a_new_entity_gets_defaults_and_may_bring_its_key() {
    let indicator = json!({
        "action": "Alert", "description": "d", "expirationDateTime": "2027-01-01",
        "targetProduct": "p", "threatType": "t", "tlpLevel": "white", "isActive": "false",
        "ownMember": 1, "url": "u"});
    let out = beta("security/tiIndicators", &indicator, 'c').unwrap();
    assert_eq!(
        (&out["severity"], &out["passiveOnly"], &out["isActive"], &out["ownMember"]),
        (&json!(3), &json!(false), &json!(false), &json!(1))
    );
    assert!(out.get("azureTenantId").is_none());
    let long = json!({"description": "x".repeat(101), "expirationDateTime": "2027-01-01",
                      "targetProduct": "p"});
    assert_eq!(
        beta("security/tiIndicators", &long, 'p').unwrap_err(),
        "description: is longer than 100 characters"
    );

    let mut nothing_observed = indicator.clone();
    nothing_observed["url"] = json!("");
    let error = beta("security/tiIndicators", &nothing_observed, 'c').unwrap_err();
    assert!(error.starts_with("one of these is required: domainName, "), "{error}");
    let mut sure = indicator.clone();
    sure["confidence"] = json!(101);
    let error = beta("security/tiIndicators", &sure, 'c').unwrap_err();
    assert_eq!(error, "confidence: must be between 0 and 100");

    let rule = json!({"id": "mine", "displayName": "d", "queryCondition": {}, "schedule": {},
                      "createdBy": "somebody"});
    let out = beta("security/rules/detectionRules", &rule, 'c').unwrap();
    assert_eq!((&out["id"], out.get("createdBy")), (&json!("mine"), None));
    let other = run("security/cases/ediscoveryCases", &json!({"id": "1", "displayName": "d"}), 'c');
    assert_eq!(other, Ok(json!({"displayName": "d"})));
}

#[test]
fn a_change_leaves_types_and_computed_members_alone() {
    let rules = |body: Value| beta("security/rules/detectionRules", &body, 'p');
    assert_eq!(rules(json!({"displayName": "n"})), Ok(json!({"displayName": "n"})));
    assert_eq!(rules(json!({"createdBy": "n"})).unwrap_err(), "createdBy: is read-only");
    assert_eq!(rules(json!({"id": "n"})).unwrap_err(), "id: is read-only");
    let labels = |body: Value| run("security/labels/retentionLabels", &body, 'p');
    let duration = "#microsoft.graph.security.retentionDurationInDays";
    assert_eq!(
        labels(json!({"retentionDuration": {"@odata.type": duration, "days": 3}})),
        Ok(json!({"retentionDuration": {"@odata.type": duration, "days": 3}}))
    );
    let staged = labels(json!({"dispositionReviewStages": [{"stageNumber": 1, "name": "n"}]}));
    assert_eq!(staged.unwrap()["dispositionReviewStages"][0]["stageNumber"], "1");
    let site = json!({"site": {"webUrl": "https://x"}});
    let sources = "security/cases/ediscoveryCases/custodians/siteSources";
    assert_eq!(run(sources, &site, 'c'), Ok(site), "kept as it came");
    let indicator =
        json!({"externalId": 7, "expirationDateTime": "2027-01-01", "targetProduct": "p"});
    assert_eq!(beta("security/tiIndicators", &indicator, 'p').unwrap()["externalId"], "7");
    assert_eq!(labels(json!({"displayName": "n"})).unwrap_err(), "displayName: is read-only");
}

#[test]
fn derived_types_are_known_by_shorter_names() {
    let threat = |said: &str| {
        let body = json!({"@odata.type": said, "category": "spam", "messageUrl": "https://x",
                          "recipientEmailAddress": "a@b"});
        beta("security/threatSubmission/emailThreats", &body, 'c')
    };
    let wire = "#microsoft.graph.security.emailUrlThreatSubmission";
    for said in [wire, "#microsoft.graph.emailUrlThreatSubmission", &wire[1..]] {
        assert_eq!(threat(said).unwrap()["@odata.type"], wire, "{said}");
    }
    assert!(threat("#microsoft.graph.nothing").is_err());
}

#[test]
fn documents_of_normalisers() {
    let doc = document(json!({
        "title": "t", "createdDateTime": "2026-01-05T10:20:30+02:00", "severity": "HIGH",
        "additionalData": {"deep": {"er": [1, null]}},
        "evidence": [
            {"@odata.type": "microsoft.graph.security.ipEvidence", "ipAddress": "10.0.0.1", "roles": ["Source"]},
            {"@odata.type": "#microsoft.graph.deviceEvidence", "osBuild": "123"},
        ],
    }));
    assert_eq!(
        doc,
        Ok(json!({
            "title": "t", "createdDateTime": "2026-01-05T08:20:30.0000000Z", "severity": "high",
            "additionalData": {"deep": {"er": [1, null]}},
            "evidence": [
                {"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "10.0.0.1", "roles": ["source"]},
                {"@odata.type": "#microsoft.graph.security.deviceEvidence", "osBuild": 123},
            ],
        }))
    );
    let message = |body| document(body).unwrap_err();
    assert_eq!(
        message(
            json!({"evidence": [{"@odata.type": "#microsoft.graph.security.fileEvidence", "fileDetails": {"fileSize": "big"}}]})
        ),
        "evidence[0].fileDetails.fileSize: expected a whole number within Edm.Int64"
    );
    assert_eq!(
        message(json!({"evidence": [{}, {"@odata.type": "#x.y"}]})),
        "evidence[1].@odata.type: '#x.y' is not a 'microsoft.graph.security.alertEvidence'"
    );
    assert_eq!(
        message(json!({"createdDateTime": "soon"})),
        "createdDateTime: not a date and time: expected the form 2026-01-05T10:20:30Z"
    );
    assert_eq!(
        message(json!({"mitreTechniques": "T1"})),
        "mitreTechniques: expected an array, got text"
    );
    assert_eq!(
        message(json!({"comments": [{"when": 1}]})),
        "comments[0].when: does not exist on type 'microsoft.graph.security.alertComment'"
    );
}

#[test]
fn nesting_is_bounded() {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!({"a": deep});
    }
    let message = document(json!({"additionalData": deep})).unwrap_err();
    assert!(message.ends_with("nested deeper than 48 levels"), "{message}");
}

#[test]
fn comments_come_as_one_or_as_many() {
    let model = graph(Version::V1);
    let ty = model.type_named("microsoft.graph.security.alertComment").unwrap().id;
    let one = json!({"@odata.type": "microsoft.graph.security.alertComment", "comment": "c",
                     "createdByDisplayName": "forged"});
    for body in [one.clone(), json!([one]), json!({"value": [one]})] {
        let list = items(model, ty, &body).unwrap();
        assert_eq!(Value::from(list), json!([{"comment": "c"}]));
    }
    assert_eq!(
        items(model, ty, &json!([one, 5])).unwrap_err().to_string(),
        "[1]: expected an object, got a number"
    );
}

#[test]
fn arguments_of_actions() {
    let model = graph(Version::V1);
    let op = |name: &str| model.operations().iter().find(|it| it.short == name).unwrap();
    let run = |name: &str, body: Value| {
        arguments(model, op(name), Some(&body)).map(Value::Object).map_err(|it| it.to_string())
    };
    assert_eq!(
        run("runHuntingQuery", json!({"Query": "T", "Timespan": "P1D", "more": 1})),
        Ok(json!({"query": "T", "timespan": "P1D"}))
    );
    assert_eq!(
        run("runHuntingQuery", json!({"timespan": "P1D"})).unwrap_err(),
        "query: is required"
    );
    assert_eq!(
        run("runHuntingQuery", json!({"query": ""})).unwrap_err(),
        "query: must not be empty"
    );
    let one = run("mergeIncidents", json!({"incidentIds": ["1"]})).unwrap_err();
    assert_eq!(one, "incidentIds: the number of items must be between 2 and 100");
    let null = run("mergeIncidents", json!({"incidentIds": ["1", null]})).unwrap_err();
    assert_eq!(null, "incidentIds[1]: must not be null");
    assert_eq!(
        run("runHuntingQuery", json!({"query": 5})).unwrap_err(),
        "query: expected text, got a number"
    );
    assert_eq!(
        run(
            "mergeIncidents",
            json!({"incidentIds": ["1", "2"], "mergeReasons": "SameActor, sameCampaign"})
        ),
        Ok(
            json!({"incidentIds": ["1", "2"], "incidentComment": null, "mergeReasons": "sameActor,sameCampaign"})
        )
    );
}

#[test]
fn a_patch_merges_into_complex_values() {
    let Value::Object(mut doc) = json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 1}) else { panic!() };
    let Value::Object(patch) = json!({"a": {"b": null}, "d": [], "e": null, "f": 1}) else {
        panic!()
    };
    merge(&mut doc, patch);
    assert_eq!(Value::Object(doc), json!({"a": {"b": null, "c": 2}, "d": [], "e": null, "f": 1}));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z#.]{0,8}".prop_map(Value::from),
        Just(Value::from("#microsoft.graph.security.deviceEvidence")),
    ];
    let name = prop::sample::select(vec![
        "title",
        "evidence",
        "status",
        "@odata.type",
        "comments",
        "additionalData",
        "roles",
        "x",
        "hostName",
        "createdDateTime",
        "vmMetadata",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn checking_twice_changes_nothing(body in any_json()) {
        if let Ok(once) = document(body) {
            prop_assert_eq!(document(once.clone()), Ok(once));
        }
    }
}

//! What is made is what the model takes, and what is wrong is seen.

use model::{Version, body, path::Target, time::Timestamp};
use serde_json::{Value, json};

use super::{check, rows, values};

fn maker() -> values::Maker {
    values::Maker::new(Timestamp::parse("2026-01-05T10:00:00Z").unwrap())
}

#[test]
fn every_row_has_a_body_that_the_model_takes_and_one_that_it_refuses() {
    let mut maker = maker();
    let mut bodies = 0;
    for row in rows::rows(auth::policy::policy()) {
        let model = model::graph(row.version);
        let target = rows::target_of(model, &row.template);
        let (ty, mode, sent) = match (row.method, &target) {
            ("POST", Some(Target::Collection(set))) => {
                let sent = maker.create(model, set.ty(), set.facts());
                (set.ty(), body::Mode::Create(set.facts()), sent)
            }
            ("PATCH", Some(Target::Item(set, _))) => {
                let sent = maker.patch(model, model.ty(set.ty()), set.facts());
                (set.ty(), body::Mode::Patch(set.facts()), sent)
            }
            _ => continue,
        };
        bodies += 1;
        let wrong = values::wrong(model, ty, &sent);
        let taken = body::check(model, ty, &Value::Object(sent), mode);
        assert!(taken.is_ok(), "{} {}: {taken:?}", row.method, row.template);
        if let Some(wrong) = wrong {
            let taken = body::check(model, ty, &Value::Object(wrong), mode);
            assert!(taken.is_err(), "{} {}: {taken:?}", row.method, row.template);
        }
    }
    assert!(bodies > 100, "{bodies}");
}

#[test]
fn what_is_wrong_with_an_answer_is_named() {
    let model = model::graph(Version::V1);
    let ty = model.type_named("microsoft.graph.security.alert").unwrap().id;
    let doc = json!({
        "@odata.etag": "W/\"1\"", "id": "a", "severity": "urgent", "title": 7,
        "createdDateTime": "yesterday", "invented": true, "evidence": {}, "comments": [],
    });
    let faults = check::object(model, ty, doc.as_object().unwrap()).join("\n");
    for fault in [
        "severity is \"urgent\" and not a microsoft.graph.security.alertSeverity",
        "title is 7 and not a Edm.String",
        "createdDateTime is \"yesterday\" and not a Edm.DateTimeOffset",
        "invented is not declared by microsoft.graph.security.alert",
        "evidence is an object and not an array",
    ] {
        assert!(faults.contains(fault), "{fault}\n--\n{faults}");
    }
    assert!(!faults.contains("comments") && !faults.contains("etag"), "{faults}");
}

#[test]
fn a_refusal_has_one_form() {
    let right = json!({"error": {"code": "BadRequest", "message": "m", "innerError": {
        "date": "2026-01-05T10:00:00", "request-id": "r", "client-request-id": "c",
    }}});
    assert_eq!(check::refusal(Some(&right)), None);
    assert_eq!(check::refusal(None).as_deref(), Some("the body is no JSON"));
    let bare = json!({"error": {"code": "BadRequest", "message": "m"}});
    assert_eq!(check::refusal(Some(&bare)).as_deref(), Some("error.innerError.date is missing"));
}

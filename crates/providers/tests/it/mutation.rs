//! Samples bent at random: a connector answers, it never panics, and what it lets through is
//! bounded and well formed.

use proptest::prelude::*;
use providers::connector::{CONNECTORS, Connector};
use providers::normalised::Normalised;
use serde_json::{Value, json};

use crate::{lines, samples};

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([null, 1, "x", [[]], {"a": {}}])),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        r"[\\/:@.%\[\]T0-9é\u{0}-]{0,24}".prop_map(Value::from),
        (1..200_000_usize).prop_map(|count| Value::from("é\\".repeat(count / 8))),
        Just((0..100).fold(Value::Null, |inner, _| json!({"deep": [inner]}))),
    ]
}

/// Every place in a document, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn check(connector: &Connector, item: Value) {
    for gathered in connector.gather(vec![(0, item)]) {
        match connector.normalise(&gathered.value) {
            Ok(Normalised::Alert(doc) | Normalised::Part(doc)) if connector.name != "graph" => {
                let extra = serde_json::to_string(&doc["additionalData"]).unwrap().len();
                assert!(extra < 40_000, "{extra} bytes of additional data");
                assert!(!doc["providerAlertId"].as_str().unwrap().is_empty());
                for moment in ["createdDateTime", "firstActivityDateTime", "lastActivityDateTime"] {
                    assert_eq!(doc[moment].as_str().unwrap().len(), 28, "{moment}");
                }
                for piece in doc["evidence"].as_array().unwrap() {
                    assert!(piece["@odata.type"].is_string() && piece["roles"].is_array());
                }
            }
            Ok(_) => {}
            Err(refused) => assert!(!refused.path.is_empty() && !refused.reason.is_empty()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn bent_samples_are_answered(
        pick in any::<prop::sample::Index>(),
        bends in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
    ) {
        let all: Vec<(&str, Value)> = samples()
            .iter()
            .flat_map(|(name, path)| lines(path).into_iter().map(|line| (*name, line)))
            .collect();
        let (name, mut item) = pick.get(&all).clone();
        for (place, odd) in bends {
            let mut found = Vec::new();
            places(&item, "", &mut found);
            if let Some(slot) = item.pointer_mut(place.get::<String>(&found)) {
                *slot = odd;
            }
        }
        check(Connector::named(name).unwrap(), item);
    }

    #[test]
    fn one_product_s_alert_sent_as_another_s_is_answered(
        pick in any::<prop::sample::Index>(),
        connector in any::<prop::sample::Index>(),
    ) {
        let all: Vec<Value> = samples().iter().flat_map(|(_, path)| lines(path)).collect();
        check(connector.get(CONNECTORS), pick.get(&all).clone());
    }
}

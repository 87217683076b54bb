//! What each sample becomes, kept beside it as `<name>.expected.json`.

use providers::connector::Connector;
use providers::merge::merge;
use providers::normalised::Normalised;
use serde_json::{Map, Value, json};

use crate::{lines, samples};

fn told(connector: &Connector, items: Vec<(usize, Value)>) -> Value {
    let gathered = connector.gather(items);
    let each = gathered.iter().map(|gathered| {
        let outcome = match connector.normalise(&gathered.value) {
            Ok(Normalised::Alert(doc)) => json!({"alert": doc}),
            Ok(Normalised::Part(doc)) => json!({"part": doc}),
            Ok(Normalised::NotAnAlert { what }) => json!({"notAnAlert": what}),
            Err(refused) => json!({"refused": refused.to_string()}),
        };
        json!({"items": gathered.indexes, "becomes": outcome})
    });
    each.collect()
}

#[test]
fn every_sample_becomes_what_stands_beside_it() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (name, path) in samples() {
        let connector = Connector::named(name).unwrap();
        let items = lines(&path).into_iter().enumerate().collect();
        let text = serde_json::to_string_pretty(&told(connector, items)).unwrap() + "\n";
        let expected = path.with_extension("expected.json");
        if update {
            std::fs::write(&expected, &text).unwrap();
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(text.as_str()) {
            wrong.push(expected);
        }
    }
    assert!(wrong.is_empty(), "not as expected (UPDATE_GOLDEN=1 writes them anew): {wrong:#?}");
}

fn part(connector: &Connector, rows: &[Value]) -> Map<String, Value> {
    let gathered = connector.gather(rows.iter().cloned().enumerate().collect());
    match connector.normalise(&gathered[0].value) {
        Ok(Normalised::Part(doc)) => doc,
        other => panic!("{other:?}"),
    }
}

/// Evidence before its alert, the alert, more evidence: however the rows are cut into batches, the
/// alert holds the same in the end, and a batch that comes twice changes nothing.
#[test]
fn rows_in_any_batches_make_the_same_alert() {
    let (_, path) = samples().into_iter().find(|(name, _)| *name == "defender").unwrap();
    let connector = Connector::named("defender").unwrap();
    let rows: Vec<Value> = lines(&path).into_iter().take(5).collect();
    let whole = part(connector, &rows);
    let kinds = |doc: &Map<String, Value>| {
        let mut evidence: Vec<String> =
            doc["evidence"].as_array().unwrap().iter().map(Value::to_string).collect();
        evidence.sort();
        evidence
    };
    for order in [[3, 0, 4, 1, 2], [4, 3, 2, 1, 0], [1, 2, 3, 4, 0]] {
        let mut stored = part(connector, &rows[order[0]..=order[0]]);
        for at in &order[1..] {
            let more = part(connector, &rows[*at..=*at]);
            assert!(merge(&mut stored, &more), "row {at} added nothing");
            assert!(!merge(&mut stored, &more), "row {at} twice changed something");
        }
        assert!(!merge(&mut stored, &whole), "the whole batch told something new");
        assert_eq!(kinds(&stored), kinds(&whole));
        for member in ["title", "severity", "category", "firstActivityDateTime"] {
            assert_eq!(stored[member], whole[member], "{member}");
        }
    }
}

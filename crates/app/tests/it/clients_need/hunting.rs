//! Hunting (63–65, 68).

use serde_json::{Value, json};

use crate::harness::{Yagura, root};

const GRAPH: &str = "/v1.0/security/runHuntingQuery";

#[test]
fn item_63_bodies_in_every_spelling() {
    let it = Yagura::start();
    let token = it.token();
    for body in [
        json!({"Query": "print a = 1"}),
        json!({"query": "print a = 1", "timespan": "P7D"}),
        json!({"Query": "print a = 1", "Timespan": "P1D", "extra": {"x": [1]}}),
        json!({"query": "print a = 1", "Timespan": null}),
        json!({"Query": "print a = 1", "Timespan": "2026-01-01T00:00:00Z/PT30H"}),
        json!({"Query": "print a = 1", "Timespan": "2026-01-01/2026-01-02T03:04:05.678Z"}),
    ] {
        for path in [GRAPH, "/beta/security/microsoft.graph.security.runHuntingQuery"] {
            let answer = it.post(&token, path, &body).expect(200).body;
            assert_eq!(answer["results"], json!([{"a": 1}]), "{body}");
        }
        for path in ["/api/advancedqueries/run", "/api/advancedhunting/run"] {
            let answer = it.post(&token, path, &body).expect(200).body;
            assert_eq!(answer["Results"], json!([{"a": 1}]), "{body}");
        }
    }
    for wrong in
        [json!({}), json!({"Query": 1}), json!([]), json!({"Query": "print 1", "Timespan": 5})]
    {
        it.post(&token, GRAPH, &wrong).expect(400);
    }
}

#[test]
fn item_64_types_and_order_of_an_answer() {
    let it = Yagura::start();
    let token = it.token();
    let query = "print zeta = 'x', i = int(1), l = 9007199254740993, d = 1.5, \
                 t = datetime(2026-01-05T10:20:30.1234567Z), b = true, \
                 g = guid(11111111-2222-4333-8444-555555555555), s = 1h, o = dynamic({'a':1}), n = int(null)";
    let graph = it.hunt(&token, query).expect(200);
    let columns: Vec<(&str, &str)> = graph.body["schema"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| (column["name"].as_str().unwrap(), column["type"].as_str().unwrap()))
        .collect();
    let expected = [
        ("zeta", "String"),
        ("i", "Int32"),
        ("l", "Int64"),
        ("d", "Double"),
        ("t", "DateTime"),
        ("b", "SByte"),
        ("g", "Guid"),
        ("s", "TimeSpan"),
        ("o", "Object"),
        ("n", "Int32"),
    ];
    assert_eq!(columns, expected);
    let row = graph.body["results"][0].as_object().unwrap();
    let names: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(names, expected.map(|(name, _)| name));
    assert_eq!(row["l"], json!(9_007_199_254_740_993_i64));
    assert_eq!(row["t"], "2026-01-05T10:20:30.1234567Z");
    assert_eq!(row["n"], Value::Null);
    assert!(graph.text.find("\"schema\"") < graph.text.find("\"results\""));

    let defender = it.post(&token, "/api/advancedhunting/run", &json!({"Query": query}));
    let defender = defender.expect(200).body;
    assert!(defender["Stats"]["ExecutionTime"].is_number(), "{defender}");
    assert_eq!(defender["Schema"][2], json!({"Name": "l", "Type": "Int64"}));
    assert_eq!(defender["Results"][0]["zeta"], "x");
}

#[test]
fn item_68_every_published_table_answers() {
    let it = Yagura::start();
    let token = it.token();
    let text = std::fs::read_to_string(root().join("schema/hunting/tables.kql")).unwrap();
    let tables: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_suffix('('))
        .filter(|name| !name.contains(' '))
        .collect();
    assert!(tables.len() > 50, "{}", tables.len());
    for table in tables {
        let answer = it.hunt(&token, &format!("{table} | take 1")).expect(200).body;
        assert_eq!(answer["results"], json!([]), "{table}");
        let columns = answer["schema"].as_array().unwrap();
        let has = |name: &str| columns.iter().any(|column| column["name"] == name);
        assert!(has("Timestamp") && has("TimeGenerated"), "{table}: {columns:?}");
    }
    for (query, word) in [
        ("NoSuchTable | take 1", "NoSuchTable"),
        ("AlertInfo | where Nonsense == 1", "Nonsense"),
        ("AlertInfo | frobnicate", "frobnicate"),
        ("AlertInfo | where Title = = 'x'", "line 1"),
    ] {
        for path in [GRAPH, "/api/advancedhunting/run"] {
            let answer = it.post(&token, path, &json!({"Query": query})).expect(400);
            assert_eq!(answer.error().0, "BadRequest");
            assert!(answer.error().1.contains(word), "{query}: {}", answer.text);
        }
    }
}

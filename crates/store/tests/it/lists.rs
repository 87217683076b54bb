//! What filters find: each is run over the same few records.

use model::edm::{Primitive, Ty};
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};
use serde_json::{Value, json};
use store::{ListAsk, NewRecord, Store, StoreError};

use crate::{KIND, TENANT, new, on_each};

fn path(text: &str) -> PropertyPath {
    let ty = Ty::Primitive(Primitive::String);
    let (var, text) = match text.split_once(':') {
        Some((var, rest)) => (Some(var.to_owned()), rest),
        None => (None, text),
    };
    let segments: Vec<_> = text.split('/').filter(|it| !it.is_empty()).collect();
    PropertyPath { var, ..PropertyPath::new(&segments, ty) }
}

fn lit(value: &Value) -> Literal {
    match value {
        Value::Null => Literal::Null,
        Value::Bool(it) => Literal::Bool(*it),
        Value::Number(it) if it.is_i64() => Literal::Int(it.as_i64().unwrap()),
        Value::Number(it) => Literal::Double(it.as_f64().unwrap()),
        Value::String(it) => Literal::Text(it.clone()),
        other => panic!("{other}"),
    }
}

/// `var:a/b` starts from a lambda's variable.
fn cmp(op: CompareOp, left: &str, right: impl Into<Value>) -> Filter {
    let right = Operand::Literal(lit(&right.into()));
    Filter::Compare { op, left: Operand::Path(path(left)), right }
}

fn eq(left: &str, right: impl Into<Value>) -> Filter {
    cmp(CompareOp::Eq, left, right)
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn text(op: TextOp, haystack: Operand, needle: &str) -> Filter {
    Filter::Text { op, haystack, needle: Operand::Literal(Literal::Text(needle.into())) }
}

fn of(text: &str) -> Operand {
    Operand::Path(path(text))
}

fn any(collection: &str, var: &str, body: Filter) -> Filter {
    Filter::Any { path: path(collection), var: var.into(), body: Some(Box::new(body)) }
}

fn all(collection: &str, var: &str, body: Filter) -> Filter {
    Filter::All { path: path(collection), var: var.into(), body: Box::new(body) }
}

async fn sample(store: &Store) {
    let rows = [
        json!({"s": "new", "n": 1, "f": 1.5, "on": true, "t": "100% sure", "tags": ["x", "y"],
               "roles": "a,bc", "at": "2026-01-05T10:20:30.1234567Z", "deep": {"er": 7}}),
        json!({"s": "old", "n": 2, "f": 2.0, "on": false, "t": "ÄRGER_1", "tags": [],
               "roles": "b", "at": "2026-01-05T10:20:30.1234568Z", "deep": {}}),
        json!({"s": null, "n": null, "t": null, "tags": null}),
        json!({"s": "New", "n": 10, "on": true, "t": "o'clock \"x\" \\", "tags": ["z"],
               "evidence": [{"@odata.type": "#ip", "ip": "1.1.1.1", "in": [{"k": 1}, {"k": 2}]},
                            {"@odata.type": "#user", "ip": null, "in": []}]}),
    ];
    store
        .write(move |tx| {
            for (at, row) in rows.into_iter().enumerate() {
                tx.insert(new(&(at + 1).to_string(), row), "test")?;
            }
            // Noise that no question below is about.
            let other = new("1", json!({"s": "new"}));
            tx.insert(NewRecord { key: store::Key::new("tenant-b", KIND, "1"), ..other }, "test")?;
            let other = new("1", json!({"s": "new"}));
            tx.insert(NewRecord { key: store::Key::new(TENANT, "other", "1"), ..other }, "test")
        })
        .await
        .unwrap();
}

/// The ids that a filter finds; the count must agree.
async fn find(store: &Store, filter: Filter) -> String {
    let ask = ListAsk {
        tenant: TENANT.into(),
        kind: KIND.into(),
        filter: Some(filter),
        top: 100,
        ..ListAsk::default()
    };
    let both = store.read(move |tx| Ok::<_, StoreError>((tx.list(&ask)?, tx.count(&ask)?))).await;
    let (page, count) = both.unwrap();
    assert_eq!(page.records.len() as u64, count);
    page.records.iter().map(|it| it.key.id.as_str()).collect()
}

#[tokio::test]
async fn filters_find_what_they_say() {
    use CompareOp::*;
    use TextOp::*;
    on_each(|store| async move {
        sample(&store).await;
        let in_list = |values: &[Value]| Filter::In {
            operand: of("s"),
            values: values.iter().map(lit).collect(),
        };
        let cast = |ty: &str, body| Filter::Any {
            path: PropertyPath { cast: vec![ty.into()], ..path("evidence") },
            var: "e".into(),
            body,
        };
        let has = |flags: &[&str]| Filter::Has {
            path: path("roles"),
            flags: flags.iter().map(|it| (*it).to_owned()).collect(),
        };
        let count = Filter::Compare {
            op: Ge,
            left: Operand::Count(path("tags")),
            right: Operand::Literal(Literal::Int(1)),
        };
        let same = Filter::Compare { op: Eq, left: of("s"), right: of("t") };
        let cases: Vec<(&str, Filter, &str)> = vec![
            ("eq", eq("s", "new"), "1"),
            ("ne counts null", cmp(Ne, "s", "new"), "234"),
            ("not eq counts null", not(eq("s", "new")), "234"),
            ("eq null", eq("s", Value::Null), "3"),
            ("ne null", cmp(Ne, "s", Value::Null), "124"),
            ("gt", cmp(Gt, "n", 1), "24"),
            ("not gt counts null", not(cmp(Gt, "n", 1)), "13"),
            ("numbers are not text", cmp(Lt, "n", 9), "12"),
            ("a double", cmp(Ge, "f", 1.6), "2"),
            ("a whole double", eq("f", 2), "2"),
            ("bool", eq("on", true), "14"),
            ("not bool", not(eq("on", true)), "23"),
            ("deep", eq("deep/er", 7), "1"),
            ("ticks tell apart", cmp(Gt, "at", "2026-01-05T10:20:30.1234567Z"), "2"),
            ("id", cmp(Gt, "id", "2"), "34"),
            ("in", in_list(&[json!("new"), json!("old")]), "12"),
            ("in with null", in_list(&[json!("new"), Value::Null]), "13"),
            ("not in", not(in_list(&[json!("new"), json!("old")])), "34"),
            ("not in with null", not(in_list(&[json!("new"), Value::Null])), "24"),
            ("in nothing", in_list(&[]), ""),
            ("not in nothing", not(in_list(&[])), "1234"),
            ("has", has(&["a"]), "1"),
            ("has is whole names", has(&["b"]), "2"),
            ("has all", has(&["bc", "a"]), "1"),
            ("not has", not(has(&["a"])), "234"),
            ("percent is itself", text(Contains, of("t"), "0% s"), "1"),
            ("underline is itself", text(Contains, of("t"), "o_c"), ""),
            ("quotes are themselves", text(Contains, of("t"), "o'clock \"x\" \\"), "4"),
            ("contains nothing", text(Contains, of("t"), ""), "124"),
            ("not contains", not(text(Contains, of("t"), "o")), "123"),
            ("starts", text(StartsWith, of("t"), "ÄR"), "2"),
            ("starts with nothing", text(StartsWith, of("t"), ""), "124"),
            ("ends", text(EndsWith, of("t"), "_1"), "2"),
            ("ends, longer than it", text(EndsWith, of("s"), "a new"), ""),
            ("ends with nothing", text(EndsWith, of("t"), ""), "124"),
            ("lower", text(StartsWith, Operand::Lower(Box::new(of("t"))), "ärg"), "2"),
            ("upper", text(EndsWith, Operand::Upper(Box::new(of("s"))), "NEW"), "14"),
            ("two nulls are equal", same.clone(), "3"),
            ("and differ not", not(same), "124"),
            ("any", any("tags", "t", eq("t:", "x")), "1"),
            ("any at all", Filter::Any { path: path("tags"), var: "t".into(), body: None }, "14"),
            ("not any", not(any("tags", "t", eq("t:", "x"))), "234"),
            ("all", all("tags", "t", cmp(Ge, "t:", "y")), "234"),
            ("not all", not(all("tags", "t", cmp(Ge, "t:", "y"))), "1"),
            ("any of objects", any("evidence", "e", eq("e:ip", "1.1.1.1")), "4"),
            ("any null member", any("evidence", "e", eq("e:ip", Value::Null)), "4"),
            ("nested", any("evidence", "e", any("e:in", "i", eq("i:k", 2))), "4"),
            (
                "nested, outer variable",
                any(
                    "evidence",
                    "e",
                    any("e:in", "i", Filter::And(vec![eq("i:k", 1), eq("e:ip", Value::Null)])),
                ),
                "",
            ),
            ("cast", cast("#ip", Some(Box::new(eq("e:ip", "1.1.1.1")))), "4"),
            ("cast to another", cast("#user", Some(Box::new(cmp(Ne, "e:ip", Value::Null)))), ""),
            ("count", count, "14"),
            ("or", Filter::Or(vec![eq("s", "old"), eq("n", Value::Null)]), "23"),
            ("not of and", not(Filter::And(vec![eq("on", true), eq("n", 1)])), "234"),
        ];
        for (name, filter, expected) in cases {
            assert_eq!(find(&store, filter).await, expected, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn equalities_and_parents_narrow() {
    on_each(|store| async move {
        sample(&store).await;
        let children = ["5", "6"].map(|parent| {
            let record = new(&format!("c{parent}"), json!({"s": "new", "n": 1}));
            NewRecord { parent: Some(parent.into()), ..record }
        });
        store
            .write(move |tx| children.into_iter().try_for_each(|it| tx.insert(it, "x").map(|_| ())))
            .await
            .unwrap();
        let find = |parent: Option<&str>, extra: Vec<(String, Value)>| {
            let ask = ListAsk {
                tenant: TENANT.into(),
                kind: KIND.into(),
                parent: parent.map(str::to_owned),
                extra,
                top: 100,
                ..ListAsk::default()
            };
            let store = store.clone();
            async move {
                let page = store.read(move |tx| tx.list(&ask)).await.unwrap();
                page.records.iter().map(|it| it.key.id.as_str()).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(find(Some("5"), vec![]).await, "c5");
        assert_eq!(find(Some("7"), vec![]).await, "");
        assert_eq!(find(None, vec![("s".into(), "new".into())]).await, "1 c5 c6");
        assert_eq!(find(Some("6"), vec![("n".into(), 1.into())]).await, "c6");
        assert_eq!(find(None, vec![("s".into(), Value::Null)]).await, "3");
        assert_eq!(find(None, vec![("deep/er".into(), 7.into())]).await, "1");
        assert_eq!(find(None, vec![("on".into(), true.into())]).await, "1 4");
    })
    .await;
}

#[tokio::test]
async fn numbers_order_as_numbers_and_text_by_its_bytes() {
    on_each(|store| async move {
        let rows = [
            ("1", json!({"n": 10, "s": "a"})),
            ("2", json!({"n": 9, "s": "B"})),
            ("3", json!({"n": -0.5, "s": "ü"})),
            ("4", json!({"n": null, "s": "_"})),
            ("5", json!({"n": 9_007_199_254_740_993_i64, "s": "Z"})),
            ("6", json!({"n": 9_007_199_254_740_992_i64, "s": "b"})),
            ("7", json!({"n": 1e300, "s": null})),
            ("8", json!({"n": 0.1, "s": "a b"})),
        ];
        let index: &[&[&str]] = &[&["n:number"], &["s"]];
        store
            .write(move |tx| {
                tx.ensure_indexes(KIND, index)?;
                rows.into_iter().try_for_each(|(id, row)| tx.insert(new(id, row), "x").map(|_| ()))
            })
            .await
            .unwrap();
        let ordered = |name: &'static str, ty, desc| {
            let store = store.clone();
            async move {
                let path = PropertyPath::new(&[name], Ty::Primitive(ty));
                let mut ask = ListAsk {
                    tenant: TENANT.into(),
                    kind: KIND.into(),
                    order: vec![(path, desc)],
                    top: 1,
                    ..ListAsk::default()
                };
                let mut ids = String::new();
                loop {
                    let next = ask.clone();
                    let page = store.read(move |tx| tx.list(&next)).await.unwrap();
                    ids.extend(page.records.iter().map(|it| it.key.id.as_str()));
                    let Some(cursor) = page.next else { return ids };
                    ask.after = Some(cursor.to_string().parse().unwrap());
                }
            }
        };
        assert_eq!(ordered("n", Primitive::Double, false).await, "43821657");
        assert_eq!(ordered("n", Primitive::Int64, true).await, "75612834");
        assert_eq!(ordered("s", Primitive::String, false).await, "72541863");
        assert_eq!(ordered("s", Primitive::String, true).await, "36814527");
    })
    .await;
}

#[tokio::test]
async fn every_character_is_taken_and_found_again() {
    on_each(|store| async move {
        let text = "櫓 \\u0000 \u{7f} \u{1f980} \u{0} '";
        store.write(move |tx| tx.insert(new("1", json!({"s": text})), "x\0y")).await.unwrap();
        assert_eq!(find(&store, eq("s", text)).await, "1");
        let read = store.read(|tx| tx.get(&crate::key("1"))).await.unwrap().unwrap();
        let read = read.doc["s"].as_str().unwrap().replace('\u{fffd}', "\0");
        assert_eq!(read, text);
    })
    .await;
}

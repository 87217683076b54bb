//! What filters, orders and places become in SQL, and how SQLite then finds the rows.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use super::Params;
use super::filter::Compiler;
use super::list::Plan;
use crate::{Cursor, Document, Key, ListAsk, NewRecord, Store, StoreError};
use model::edm::{Primitive, Ty};
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};
use model::time::Timestamp;

const TEXT: Ty = Ty::Primitive(Primitive::String);

fn path(text: &str) -> PropertyPath {
    PropertyPath::new(&text.split('/').collect::<Vec<_>>(), TEXT)
}

fn var(name: &str, text: &str) -> PropertyPath {
    let segments: Vec<_> = text.split('/').filter(|it| !it.is_empty()).collect();
    PropertyPath { var: Some(name.into()), ..PropertyPath::new(&segments, TEXT) }
}

fn lit(text: &str) -> Operand {
    Operand::Literal(Literal::Text(text.into()))
}

fn compare(op: CompareOp, left: PropertyPath, right: Literal) -> Filter {
    Filter::Compare { op, left: Operand::Path(left), right: Operand::Literal(right) }
}

fn eq(left: &str, right: &str) -> Filter {
    compare(CompareOp::Eq, path(left), Literal::Enum(right.into()))
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn text(op: TextOp, hay: &str, needle: &str) -> Filter {
    Filter::Text { op, haystack: Operand::Path(path(hay)), needle: lit(needle) }
}

fn one_of(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|it| Literal::Enum((*it).into())).collect();
    Filter::In { operand: Operand::Path(path(name)), values }
}

/// The expression, then the values, shortened where the document and an element are meant.
fn sql(filter: &Filter) -> String {
    let mut params = Params::default();
    let text = Compiler::new(&mut params, "r").filter(filter);
    let mut text = match text {
        Ok(text) => text
            .replace("json_extract(r.doc, ", "doc(")
            .replace("typeof(e1.key) = 'integer'", "element(e1)")
            .replace("typeof(e2.key) = 'integer'", "element(e2)"),
        Err(error) => return error.to_string(),
    };
    for value in params.values {
        write!(text, " | {value:?}").unwrap();
    }
    text
}

#[test]
fn comparisons_and_their_opposites() {
    let status = || eq("status", "new");
    assert_eq!(sql(&status()), r#"doc('$.status') = ?1 | Text("new")"#);
    assert_eq!(sql(&not(status())), r#"doc('$.status') IS NOT ?1 | Text("new")"#);
    assert_eq!(sql(&not(not(status()))), r#"doc('$.status') = ?1 | Text("new")"#);
    let ne = compare(CompareOp::Ne, path("a/b"), Literal::Int(3));
    assert_eq!(sql(&ne), "doc('$.a.b') IS NOT ?1 | Integer(3)");
    assert_eq!(sql(&not(ne)), "doc('$.a.b') = ?1 | Integer(3)");
    let null = compare(CompareOp::Eq, path("assignedTo"), Literal::Null);
    assert_eq!(sql(&null), "doc('$.assignedTo') IS NULL");
    assert_eq!(sql(&not(null)), "doc('$.assignedTo') IS NOT NULL");
    let since = compare(CompareOp::Ge, path("createdDateTime"), Literal::DateTime(Timestamp(0)));
    assert_eq!(
        sql(&since),
        r#"doc('$.createdDateTime') >= ?1 | Text("0001-01-01T00:00:00.0000000Z")"#
    );
    assert_eq!(
        sql(&not(since)),
        r#"NOT ifnull(doc('$.createdDateTime') >= ?1, 0) | Text("0001-01-01T00:00:00.0000000Z")"#
    );
    let flag = compare(CompareOp::Eq, path("isRead"), Literal::Bool(true));
    assert_eq!(sql(&flag), "doc('$.isRead') = ?1 | Integer(1)");
    let id = eq("id", "7");
    assert_eq!(sql(&id), r#"r.id = ?1 | Text("7")"#);
}

#[test]
fn lists_flags_and_text() {
    assert_eq!(
        sql(&one_of("severity", &["high", "low"])),
        r#"doc('$.severity') IN (?1, ?2) | Text("high") | Text("low")"#
    );
    let with_null = Filter::In {
        operand: Operand::Path(path("s")),
        values: vec![Literal::Null, Literal::Text("a".into())],
    };
    assert_eq!(sql(&with_null), r#"(doc('$.s') IN (?1) OR doc('$.s') IS NULL) | Text("a")"#);
    assert_eq!(
        sql(&not(with_null)),
        r#"(NOT ifnull(doc('$.s') IN (?1), 0) AND doc('$.s') IS NOT NULL) | Text("a")"#
    );
    let has = Filter::Has { path: path("roles"), flags: vec!["a".into()] };
    assert_eq!(
        sql(&has),
        r#"instr(',' || replace(doc('$.roles'), ' ', '') || ',', ?1) > 0 | Text(",a,")"#
    );
    assert_eq!(
        sql(&text(TextOp::Contains, "title", "50%_'")),
        r#"instr(doc('$.title'), ?1) > 0 | Text("50%_'")"#
    );
    assert_eq!(
        sql(&text(TextOp::StartsWith, "title", "櫓a")),
        r#"substr(doc('$.title'), 1, 2) = ?1 | Text("櫓a")"#
    );
    assert_eq!(
        sql(&text(TextOp::EndsWith, "title", "x")),
        r#"substr(doc('$.title'), -1) = ?1 | Text("x")"#
    );
    assert_eq!(sql(&text(TextOp::EndsWith, "title", "")), "doc('$.title') IS NOT NULL");
    let lower = Filter::Text {
        op: TextOp::Contains,
        haystack: Operand::Lower(Box::new(Operand::Path(path("title")))),
        needle: lit("x"),
    };
    assert_eq!(
        sql(&not(lower)),
        r#"NOT ifnull(instr(fold_lower(doc('$.title')), ?1) > 0, 0) | Text("x")"#
    );
}

#[test]
fn collections() {
    let any = |body| Filter::Any { path: path("tags"), var: "t".into(), body };
    assert_eq!(
        sql(&any(None)),
        "EXISTS (SELECT 1 FROM jsonb_each(r.doc, '$.tags') AS e1 WHERE element(e1))"
    );
    let is = compare(CompareOp::Eq, var("t", ""), Literal::Text("x".into()));
    assert_eq!(
        sql(&not(any(Some(Box::new(is.clone()))))),
        r#"NOT EXISTS (SELECT 1 FROM jsonb_each(r.doc, '$.tags') AS e1 WHERE element(e1) AND e1.value = ?1) | Text("x")"#
    );
    let all = Filter::All { path: path("tags"), var: "t".into(), body: Box::new(is) };
    assert_eq!(
        sql(&all),
        r#"NOT EXISTS (SELECT 1 FROM jsonb_each(r.doc, '$.tags') AS e1 WHERE element(e1) AND e1.value IS NOT ?1) | Text("x")"#
    );
    let inner = Filter::Any {
        path: var("e", "ips"),
        var: "i".into(),
        body: Some(Box::new(compare(CompareOp::Eq, var("i", "a"), Literal::Int(1)))),
    };
    let cast = PropertyPath { cast: vec!["#t.device".into()], ..path("evidence") };
    let outer = Filter::Any { path: cast, var: "e".into(), body: Some(Box::new(inner)) };
    assert_eq!(
        sql(&outer),
        "EXISTS (SELECT 1 FROM jsonb_each(r.doc, '$.evidence') AS e1 WHERE element(e1) AND \
         json_extract(iif(e1.type = 'object', e1.value, NULL), '$.\"@odata.type\"') IN (?1) AND \
         EXISTS (SELECT 1 FROM jsonb_each(e1.value, '$.ips') AS e2 WHERE element(e2) AND \
         json_extract(e2.value, '$.a') = ?2)) | Text(\"#t.device\") | Integer(1)"
    );
    let count = Filter::Compare {
        op: CompareOp::Gt,
        left: Operand::Count(path("evidence")),
        right: Operand::Literal(Literal::Int(2)),
    };
    assert_eq!(sql(&count), "ifnull(json_array_length(r.doc, '$.evidence'), 0) > ?1 | Integer(2)");
}

#[test]
fn not_reaches_the_leaves() {
    let both = Filter::And(vec![
        eq("a", "1"),
        Filter::Or(vec![eq("b", "2"), text(TextOp::Contains, "c", "3")]),
    ]);
    assert_eq!(
        sql(&not(both)),
        "(doc('$.a') IS NOT ?1 OR (doc('$.b') IS NOT ?2 AND \
         NOT ifnull(instr(doc('$.c'), ?3) > 0, 0))) | Text(\"1\") | Text(\"2\") | Text(\"3\")"
    );
}

#[test]
fn names_are_quoted_or_refused() {
    assert_eq!(sql(&eq("o'd d", "1")), r#"doc('$."o''d d"') = ?1 | Text("1")"#);
    assert_eq!(sql(&eq("a\"b", "1")), "`a\"b` cannot be used as a member name");
    let stray = compare(CompareOp::Eq, var("nobody", "x"), Literal::Int(1));
    assert_eq!(sql(&stray), "`nobody` cannot be used as a member name");
}

#[test]
fn what_is_too_large_is_refused() {
    let wide = |count| Filter::Or((0..count).map(|_| text(TextOp::EndsWith, "a", "1")).collect());
    let deep = |count| {
        (0..count).fold(eq("a", "1"), |it, at| {
            let parts = vec![text(TextOp::Contains, "b", "x"), it];
            if at % 2 == 0 { Filter::And(parts) } else { not(Filter::Or(parts)) }
        })
    };
    let nested = |count: usize| {
        (1..count).rev().fold(eq("a", "1"), |body, at| Filter::Any {
            path: if at == 1 { path("c") } else { var(&format!("v{}", at - 1), "c") },
            var: format!("v{at}"),
            body: Some(Box::new(body)),
        })
    };
    assert_eq!(sql(&wide(1000)), "the filter is too complex: more than 1000 conditions");
    assert_eq!(sql(&deep(300)), "the filter is too complex: nested more than 100 deep");
    assert_eq!(sql(&nested(9)), "the filter is too complex: any and all nested more than 6 deep");
    let many: Vec<_> = (0..10_001).map(|it| it.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(sql(&one_of("a", &many)), "the filter is too complex: more than 10000 values");
    // What is not refused must run.
    let store = alerts();
    for filter in [wide(999), deep(66), nested(7), one_of("a", &many[..10_000])] {
        let ask = ListAsk { filter: Some(filter), ..ask("") };
        let page =
            store.read_blocking(move |tx| Ok::<_, StoreError>((tx.list(&ask)?, tx.count(&ask)?)));
        page.unwrap();
    }
}

const KIND: &str = "security/alerts_v2";

/// A store with one alert and the indexes that alerts get.
fn alerts() -> Store {
    let store = Store::memory().unwrap();
    let new = NewRecord {
        key: Key::new("t", KIND, "1"),
        parent: None,
        doc: Document::new(),
        created: 0,
        modified: 0,
    };
    store
        .write_blocking(|tx| {
            tx.insert(new, "test")?;
            tx.ensure_indexes(
                KIND,
                &[
                    &["createdDateTime", "+severity", "+status"],
                    &["lastUpdateDateTime"],
                    &["status", "createdDateTime", "+severity"],
                    &["severity", "createdDateTime", "+status"],
                    &["incidentId", "createdDateTime"],
                ],
            )
        })
        .unwrap();
    store
}

/// An order is written as in `$orderby`.
fn ask(order: &str) -> ListAsk {
    let order = order.split(',').filter(|it| !it.is_empty()).map(|it| match it.split_once(' ') {
        Some((name, _)) => (path(name), true),
        None => (path(it), false),
    });
    ListAsk {
        tenant: "t".into(),
        kind: KIND.into(),
        order: order.collect(),
        top: 10,
        ..ListAsk::default()
    }
}

fn statement(ask: &ListAsk, as_of: Option<u64>, indexed: bool) -> String {
    let statement = Plan::of_records(ask, as_of, indexed).list().unwrap();
    statement.text.replace("json_extract(r.doc, ", "doc(")
}

fn after(values: &[Option<&str>]) -> Cursor {
    let values = values.iter().map(|it| (*it).map(str::to_owned).into()).collect();
    Cursor { as_of: 5, list: 0, values, id: "x".into() }
}

#[test]
fn pages() {
    assert_eq!(
        statement(&ask("createdDateTime desc"), None, false),
        "SELECT 0 AS b, r.row, doc('$.createdDateTime') AS k0, r.id AS k1 FROM record AS r \
         WHERE r.tenant = ?1 AND r.kind = 1 ORDER BY k0 DESC, k1 DESC LIMIT ?2 OFFSET ?3"
    );
    let contained = ListAsk {
        parent: Some("9".into()),
        extra: vec![("a/b".into(), 1.into()), ("c".into(), serde_json::Value::Null)],
        ..ask("")
    };
    assert_eq!(
        statement(&contained, None, false),
        "SELECT 0 AS b, r.row, r.id AS k0 FROM record AS r \
         WHERE r.tenant = ?1 AND r.kind = 1 AND r.parent = ?4 AND doc('$.a.b') = ?5 \
         AND doc('$.c') IS NULL ORDER BY k0 ASC LIMIT ?2 OFFSET ?3"
    );
    assert_eq!(
        statement(&ask("a"), Some(7), false),
        "SELECT * FROM (SELECT 0 AS b, r.row, doc('$.a') AS k0, r.id AS k1 FROM record AS r \
         WHERE r.tenant = ?1 AND r.kind = 1 AND r.seq <= ?4 ORDER BY k0 ASC, k1 ASC LIMIT ?6) AS a\n\
         UNION ALL SELECT * FROM (SELECT 1 AS b, r.row, doc('$.a') AS k0, r.id AS k1 \
         FROM change AS r WHERE r.tenant = ?1 AND r.kind = 1 AND r.seq > ?5 \
         AND r.before_seq <= ?5 ORDER BY k0 ASC, k1 ASC LIMIT ?6) AS a\n\
         ORDER BY k0 ASC, k1 ASC LIMIT ?2 OFFSET ?3"
    );
    let either = Filter::And(vec![
        text(TextOp::Contains, "title", "x"),
        Filter::Or(vec![eq("severity", "high"), eq("severity", "low")]),
    ]);
    let split = ListAsk { filter: Some(either), ..ask("createdDateTime desc") };
    assert_eq!(
        statement(&split, None, true),
        "SELECT * FROM (SELECT 0 AS b, r.row, doc('$.createdDateTime') AS k0, r.id AS k1 \
         FROM record AS r WHERE r.tenant = ?1 AND r.kind = 1 AND instr(doc('$.title'), ?4) > 0 \
         AND doc('$.severity') = ?5 ORDER BY k0 DESC, k1 DESC LIMIT ?7) AS a\n\
         UNION ALL SELECT * FROM (SELECT 0 AS b, r.row, doc('$.createdDateTime') AS k0, r.id AS k1 \
         FROM record AS r WHERE r.tenant = ?1 AND r.kind = 1 AND instr(doc('$.title'), ?4) > 0 \
         AND doc('$.severity') = ?6 ORDER BY k0 DESC, k1 DESC LIMIT ?7) AS a\n\
         ORDER BY k0 DESC, k1 DESC LIMIT ?2 OFFSET ?3"
    );
}

/// Only what a cursor adds to each arm.
fn ranges(order: &str, values: &[Option<&str>]) -> Vec<String> {
    let ask = ListAsk { after: Some(after(values)), ..ask(order) };
    let text = statement(&ask, None, false);
    let arms = text.split("r.kind = 1").skip(1);
    arms.map(|it| it.split(" ORDER BY").next().unwrap().trim_start_matches(" AND ").to_owned())
        .collect()
}

#[test]
fn places() {
    assert_eq!(ranges("", &[]), ["r.id > ?4"]);
    assert_eq!(ranges("a", &[Some("v")]), ["doc('$.a') = ?4 AND r.id > ?5", "doc('$.a') > ?4"]);
    assert_eq!(
        ranges("a desc", &[Some("v")]),
        ["doc('$.a') = ?4 AND r.id < ?5", "doc('$.a') < ?4", "doc('$.a') IS NULL"]
    );
    assert_eq!(
        ranges("a", &[None]),
        ["doc('$.a') IS NULL AND r.id > ?4", "doc('$.a') IS NOT NULL"]
    );
    assert_eq!(ranges("a desc", &[None]), ["doc('$.a') IS NULL AND r.id < ?4"]);
    assert_eq!(
        ranges("a desc,b", &[Some("v"), Some("w")]),
        [
            "doc('$.a') = ?4 AND doc('$.b') = ?5 AND r.id > ?6",
            "doc('$.a') = ?4 AND doc('$.b') > ?5",
            "doc('$.a') < ?4",
            "doc('$.a') IS NULL"
        ]
    );
    assert_eq!(
        ranges("a,b desc", &[Some("v"), None]),
        ["doc('$.a') = ?4 AND doc('$.b') IS NULL AND r.id < ?5", "doc('$.a') > ?4"]
    );
}

/// How SQLite finds the rows, line by line.
fn found(change: impl FnOnce(ListAsk) -> ListAsk) -> Vec<String> {
    let ask = change(ask("createdDateTime desc"));
    let plan = move |tx: &mut crate::ReadTx<'_>| {
        let statement = tx.plan(&ask, 1, 1)?.unwrap().list()?;
        let text = format!("EXPLAIN QUERY PLAN {}", statement.text);
        tx.conn.rows(&text, &statement.params.args(), |row| row.get::<String>(3))
    };
    alerts().read_blocking(plan).unwrap()
}

#[test]
fn common_lists_are_read_from_an_index_in_order() {
    assert_eq!(
        found(|it| it),
        ["SEARCH r USING INDEX member 1 createdDateTime (tenant=?)"],
        "the default order"
    );
    assert_eq!(
        found(|it| ListAsk { order: ask("lastUpdateDateTime desc").order, ..it }),
        ["SEARCH r USING INDEX member 1 lastUpdateDateTime (tenant=?)"]
    );
    assert_eq!(
        found(|it| ListAsk { order: Vec::new(), ..it }),
        ["SEARCH r USING COVERING INDEX record_key (tenant=? AND kind=?)"],
        "by id"
    );
    assert_eq!(
        found(|it| ListAsk { filter: Some(eq("status", "new")), ..it }),
        ["SEARCH r USING INDEX member 1 status+createdDateTime (tenant=? AND <expr>=?)"]
    );
    let since = Literal::Text("2026".into());
    assert_eq!(
        found(|it| ListAsk {
            filter: Some(compare(CompareOp::Ge, path("createdDateTime"), since)),
            ..it
        }),
        ["SEARCH r USING INDEX member 1 createdDateTime (tenant=? AND <expr>>?)"]
    );
    assert_eq!(
        found(|it| ListAsk { extra: vec![("incidentId".into(), "5".into())], ..it }),
        ["SEARCH r USING INDEX member 1 incidentId+createdDateTime (tenant=? AND <expr>=?)"]
    );
}

#[test]
fn the_next_page_is_sought() {
    let lines = found(|it| ListAsk { after: Some(after(&[Some("2026")])), ..it });
    assert_eq!(
        searches(&lines),
        [
            "SEARCH r USING INDEX member 1 createdDateTime (tenant=? AND <expr>=? AND id<?)",
            "SEARCH r USING INDEX member 1 createdDateTime (tenant=? AND <expr><?)",
            "SEARCH r USING INDEX member 1 createdDateTime (tenant=? AND <expr>=?)",
        ]
    );
    let lines = found(|it| ListAsk { filter: Some(one_of("severity", &["high", "low"])), ..it });
    let index = "SEARCH r USING INDEX member 1 severity+createdDateTime (tenant=? AND <expr>=?)";
    assert_eq!(searches(&lines), [index, index]);
}

/// The lines about tables, once it is sure that no arm sorts more than what it answers.
fn searches(lines: &[String]) -> Vec<&str> {
    for pair in lines.windows(2) {
        let sorts = pair[0].starts_with("SEARCH") && pair[1].starts_with("USE TEMP");
        assert!(!sorts, "an arm sorts: {lines:#?}");
    }
    lines.iter().map(String::as_str).filter(|it| it.starts_with("SEARCH")).collect()
}

#[test]
fn what_an_index_carries_is_counted_without_the_documents() {
    let both = Filter::And(vec![eq("severity", "high"), eq("status", "new")]);
    let ask = ListAsk { filter: Some(both), ..ask("createdDateTime desc") };
    let steps = move |tx: &mut crate::ReadTx<'_>| {
        let statement = tx.plan(&ask, 1, 1)?.unwrap().count()?;
        let text = format!("EXPLAIN {}", statement.text);
        tx.conn.rows(&text, &statement.params.args(), |row| row.get::<String>(1))
    };
    let steps = alerts().read_blocking(steps).unwrap();
    assert!(!steps.iter().any(|it| it == "Function"), "a document is read: {steps:?}");
}

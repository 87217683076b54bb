//! How each database finds what clients ask for most, kept as text in `tests/plans/`.
//!
//! `UPDATE_GOLDEN=1` writes the files anew; a changed line there is a changed cost for somebody.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::Path;

use model::edm::{Primitive, Ty};
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath};
use serde_json::json;

use super::dialect::Dialect;
use crate::{Address, Cursor, Key, ListAsk, NewRecord, ReadTx, Store, StoreError};

const ALERTS: &str = "security/alerts_v2";
const INCIDENTS: &str = "security/incidents";

fn path(name: &str) -> PropertyPath {
    PropertyPath::new(&[name], Ty::Primitive(Primitive::String))
}

fn eq(path: PropertyPath, value: &str) -> Filter {
    let (left, right) = (Operand::Path(path), Operand::Literal(Literal::Enum(value.into())));
    Filter::Compare { op: CompareOp::Eq, left, right }
}

/// A few thousand records, so that reading them all is not the cheapest way.
fn fill(store: &Store) {
    let each = |number: u64| {
        let time = format!("2026-01-05T{:02}:{:02}:00.0000000Z", number / 60 % 24, number % 60);
        let evidence = json!({"@odata.type": "#ip", "ipAddress": format!("10.0.0.{}", number % 99),
                "verdict": if number.is_multiple_of(3) { "unknown" } else { "suspicious" }});
        let severity = ["low", "medium", "high", "informational"][number as usize % 4];
        let status = ["new", "inProgress", "resolved"][number as usize % 3];
        json!({"createdDateTime": time, "lastUpdateDateTime": time,
            "severity": severity, "status": status,
            "incidentId": (number / 20).to_string(), "evidence": [evidence],
            "description": "What was seen, and where. ".repeat(20)})
    };
    store
        .write_blocking(move |tx| {
            for number in 0..3_000 {
                let kind = if number % 6 == 0 { INCIDENTS } else { ALERTS };
                let doc = each(number).as_object().cloned().unwrap();
                let key = Key::new("t", kind, format!("{number:05}"));
                tx.insert(NewRecord { key, parent: None, doc, created: 0, modified: 0 }, "x")?;
            }
            tx.ensure_indexes(
                ALERTS,
                &[
                    &["createdDateTime", "+severity", "+status"],
                    &["incidentId", "createdDateTime"],
                    &["severity", "createdDateTime", "+status"],
                    &["status", "createdDateTime", "+severity"],
                ],
            )?;
            tx.ensure_indexes(
                INCIDENTS,
                &[&["createdDateTime"], &["status", "createdDateTime", "+severity"]],
            )?;
            let sought = &["evidence/ipAddress", "evidence/verdict"];
            tx.ensure_beside(ALERTS, sought, &["severity", "status"])?;
            if tx.conn.dialect() == Dialect::Postgres {
                tx.settle_statistics()?;
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

impl crate::Tx<'_> {
    fn settle_statistics(&self) -> Result<(), StoreError> {
        self.conn.batch("ANALYZE record; ANALYZE change")
    }
}

enum Question {
    List(ListAsk),
    Count(ListAsk),
    Tally(ListAsk),
}

fn questions() -> Vec<(&'static str, Question)> {
    use Question::*;
    let newest = ListAsk {
        tenant: "t".into(),
        kind: ALERTS.into(),
        order: vec![(path("createdDateTime"), true)],
        top: 100,
        ..ListAsk::default()
    };
    let with = |filter: Filter| ListAsk { filter: Some(filter), ..newest.clone() };
    let place = |as_of| Cursor {
        as_of,
        list: 0,
        values: vec![Some("2026-01-05T10:00:00.0000000Z".to_owned()).into()],
        id: "00500".into(),
    };
    let any = |member: &str, value: &str| {
        let member = PropertyPath { var: Some("e".into()), ..path(member) };
        let body = Some(Box::new(eq(member, value)));
        Filter::Any { path: path("evidence"), var: "e".into(), body }
    };
    let address = || any("ipAddress", "10.0.0.7");
    let either = Filter::In {
        operand: Operand::Path(path("severity")),
        values: vec![Literal::Enum("high".into()), Literal::Enum("medium".into())],
    };
    let incidents = |ask: ListAsk| ListAsk { kind: INCIDENTS.into(), ..ask };
    let both = Filter::And(vec![eq(path("severity"), "high"), eq(path("status"), "new")]);
    vec![
        ("the newest", List(newest.clone())),
        ("the newest of a severity", List(with(eq(path("severity"), "high")))),
        ("the newest of two severities", List(with(either))),
        ("a later page", List(ListAsk { after: Some(place(3_000)), ..newest.clone() })),
        ("a later page, as it was", List(ListAsk { after: Some(place(2_500)), ..newest.clone() })),
        (
            "the alerts of an incident",
            List(ListAsk { extra: vec![("incidentId".into(), "7".into())], ..newest.clone() }),
        ),
        ("by id", List(ListAsk { order: Vec::new(), ..with(eq(path("id"), "00007")) })),
        ("with an address among the evidence", List(with(address()))),
        (
            "a later page of these, as it was",
            List(ListAsk { after: Some(place(2_500)), ..with(address()) }),
        ),
        ("with a verdict that many have", List(with(any("verdict", "suspicious")))),
        ("with a member that is not sought", List(with(any("@odata.type", "#ip")))),
        ("how many with an address", Count(with(address()))),
        ("how many of a severity and a status, from the index", Count(with(both.clone()))),
        ("how many of a severity and a status", Tally(with(both))),
        ("the newest incidents of a status", List(incidents(with(eq(path("status"), "new"))))),
        ("how many incidents of a status", Count(incidents(with(eq(path("status"), "new"))))),
    ]
}

fn explained(tx: &ReadTx<'_>, question: &Question) -> Result<String, StoreError> {
    let statement = match question {
        Question::List(ask) => {
            let as_of = ask.after.as_ref().map_or(3_000, |it| it.as_of);
            tx.plan(ask, as_of, 3_000)?.unwrap().list()?
        }
        Question::Count(ask) => tx.counting(ask, 3_000, 3_000)?.unwrap().count()?,
        Question::Tally(ask) => {
            let filter = ask.filter.as_ref().unwrap();
            tx.plan(ask, 3_000, 3_000)?.unwrap().tallied(filter)?
        }
    };
    let (word, at) = match tx.conn.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        Dialect::Postgres => ("EXPLAIN (COSTS OFF)", 0),
    };
    let text = format!("{word} {}", statement.text);
    let lines = tx.conn.rows(&text, &statement.params.args(), |row| row.get::<String>(at))?;
    Ok(format!("{}\n-- \n{}", statement.text, lines.join("\n")))
}

fn check(store: &Store, name: &str) {
    fill(store);
    let text = store.read_blocking(|tx| {
        let mut text = String::new();
        for (name, question) in questions() {
            writeln!(text, "## {name}\n{}\n", explained(tx, &question)?).unwrap();
        }
        Ok::<_, StoreError>(text)
    });
    let text = text.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(text == kept, "{name} differs; UPDATE_GOLDEN=1 writes it anew:\n{text}");
}

#[test]
fn sqlite_finds_it_so() {
    check(&Store::memory().unwrap(), "sqlite.txt");
}

#[test]
fn postgres_finds_it_so() {
    if let Some(address) = crate::test_server::address() {
        let store = Store::open_at(&Address::parse(&address).unwrap()).unwrap();
        check(&store, "postgres.txt");
    }
}

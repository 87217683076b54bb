//! What is kept beside the documents: whatever is written, it answers as the documents do.

use model::edm::{Primitive, Ty};
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath};
use serde_json::{Value, json};
use store::{Cursor, ListAsk, Store, StoreError};

use crate::snapshot::Dice;
use crate::{KIND, TENANT, doc, key, new, on_each};

const SOUGHT: &[&str] = &["evidence/ip", "evidence/users/name", "tags", "who"];
const TALLIED: &[&str] = &["severity", "status"];

fn path(text: &str) -> PropertyPath {
    let ty = Ty::Primitive(Primitive::String);
    let (var, text) = match text.split_once(':') {
        Some((var, rest)) => (Some(var.to_owned()), rest),
        None => (None, text),
    };
    let segments: Vec<_> = text.split('/').filter(|it| !it.is_empty()).collect();
    PropertyPath { var, ..PropertyPath::new(&segments, ty) }
}

fn eq(left: &str, right: &str) -> Filter {
    let right = Operand::Literal(Literal::Text(right.into()));
    Filter::Compare { op: CompareOp::Eq, left: Operand::Path(path(left)), right }
}

fn one_of(left: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|it| Literal::Text((*it).into())).collect();
    Filter::In { operand: Operand::Path(path(left)), values }
}

fn any(collection: &str, var: &str, body: Filter) -> Filter {
    Filter::Any { path: path(collection), var: var.into(), body: Some(Box::new(body)) }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// Filters that what is kept serves, in part, or not at all.
fn filters() -> Vec<Filter> {
    let ip = |it: &str| any("evidence", "e", eq("e:ip", it));
    let user = any("evidence", "e", any("e:users", "u", eq("u:name", "eve")));
    let typed = Filter::Any {
        path: path("evidence"),
        var: "e".into(),
        body: Some(Box::new(Filter::And(vec![eq("e:ip", "10.0.0.1"), eq("e:verdict", "bad")]))),
    };
    vec![
        ip("10.0.0.1"),
        ip("nowhere"),
        user.clone(),
        typed,
        any("evidence", "e", one_of("e:ip", &["10.0.0.2", "10.0.0.3"])),
        any("tags", "t", eq("t:", "x")),
        eq("who", "eve"),
        one_of("who", &["adam", "eve"]),
        Filter::And(vec![ip("10.0.0.2"), eq("severity", "high"), user.clone()]),
        Filter::Or(vec![ip("10.0.0.2"), eq("who", "adam")]),
        Filter::Or(vec![ip("10.0.0.2"), eq("severity", "low")]),
        not(ip("10.0.0.1")),
        not(Filter::Or(vec![user, eq("who", "eve")])),
        Filter::And(vec![eq("severity", "high"), not(eq("status", "new"))]),
        Filter::Or(vec![eq("severity", "low"), one_of("status", &["new", "done"])]),
        Filter::And(vec![eq("severity", "high"), eq("who", "eve")]),
    ]
}

fn random(dice: &mut Dice) -> Value {
    let ip = |dice: &mut Dice| format!("10.0.0.{}", dice.below(5));
    let names = ["adam", "eve", "ü"];
    let evidence: Vec<_> = (0..dice.below(3))
        .map(|_| {
            let verdict = ["bad", "good"][dice.below(2) as usize];
            let users: Vec<_> = (0..dice.below(2))
                .map(|_| json!({"name": names[dice.below(3) as usize]}))
                .collect();
            json!({"ip": ip(dice), "verdict": verdict, "users": users})
        })
        .collect();
    let tags = &["x", "y"][..dice.below(3) as usize];
    let evidence = if dice.below(8) == 0 { Value::Null } else { json!(evidence) };
    let who = if dice.below(2) == 0 { None } else { Some(names[dice.below(3) as usize]) };
    let severity = ["low", "high"][dice.below(2) as usize];
    let status = [None, Some("new"), Some("done"), Some("new")][dice.below(4) as usize];
    let at = dice.below(6).to_string();
    json!({"evidence": evidence, "tags": tags, "who": who, "severity": severity,
        "status": status, "at": at})
}

fn ask(kind: &str, filter: &Filter) -> ListAsk {
    ListAsk {
        tenant: TENANT.into(),
        kind: kind.into(),
        filter: Some(filter.clone()),
        order: vec![(path("at"), true)],
        top: 7,
        ..ListAsk::default()
    }
}

/// All ids, page by page, and the count beside each page.
async fn all(store: &Store, mut ask: ListAsk) -> (Vec<String>, u64) {
    let mut ids = Vec::new();
    loop {
        let own = ask.clone();
        let (page, count) = store
            .read(move |tx| Ok::<_, StoreError>((tx.list(&own)?, tx.count(&own)?)))
            .await
            .unwrap();
        ids.extend(page.records.into_iter().map(|it| it.key.id));
        match page.next {
            Some(next) => ask.after = Some(next),
            None => return (ids, count),
        }
    }
}

/// A collection of which nothing is kept says the same.
const PLAIN: &str = "plain";

async fn same_everywhere(store: &Store) {
    for filter in filters() {
        let kept = all(store, ask(KIND, &filter)).await;
        let plain = all(store, ask(PLAIN, &filter)).await;
        assert_eq!(kept, plain, "{filter:?}");
        assert_eq!(kept.0.len() as u64, kept.1, "{filter:?}");
    }
}

async fn ensure(store: &Store, sought: &'static [&'static str]) {
    store.write(move |tx| tx.ensure_beside(KIND, sought, TALLIED)).await.unwrap();
}

/// Inserts, replaces and removes at random, the same in both collections.
async fn disturb(store: &Store, dice: &mut Dice, times: u64) {
    for _ in 0..times {
        let (id, what, value) = (dice.below(60).to_string(), dice.below(4), random(dice));
        let done = store.write(move |tx| {
            for kind in [KIND, PLAIN] {
                let key = store::Key::new(TENANT, kind, id.as_str());
                let there = tx.get(&key)?.is_some();
                match (there, what) {
                    (false, _) => {
                        let new = new(&id, value.clone());
                        tx.insert(store::NewRecord { key, ..new }, "x").map(|_| ())?;
                    }
                    (true, 0) => tx.delete(&key, 1, "x", None).map(|_| ())?,
                    (true, _) => tx.update(&key, doc(value.clone()), 2, "x", None).map(|_| ())?,
                }
            }
            // What a write has noted counts for itself, too.
            for kind in [KIND, PLAIN] {
                let ask = ask(kind, &eq("who", "eve"));
                assert_eq!(tx.list(&ask)?.records.len().min(7) as u64, tx.count(&ask)?.min(7));
            }
            Ok::<_, StoreError>(())
        });
        done.await.unwrap();
    }
}

#[tokio::test]
async fn answers_as_the_documents_do() {
    on_each(|store| async move {
        let mut dice = Dice(5);
        disturb(&store, &mut dice, 80).await;
        // What was there is gathered...
        ensure(&store, SOUGHT).await;
        same_everywhere(&store).await;
        // ...what is written is kept up, and so is another choice of members.
        for sought in [SOUGHT, &["evidence/ip"], SOUGHT, &[]] {
            disturb(&store, &mut dice, 60).await;
            same_everywhere(&store).await;
            ensure(&store, sought).await;
            same_everywhere(&store).await;
        }
    })
    .await;
}

#[tokio::test]
async fn pages_stay_as_they_were() {
    on_each(|store| async move {
        let mut dice = Dice(9);
        ensure(&store, SOUGHT).await;
        disturb(&store, &mut dice, 100).await;
        let mut before = Vec::new();
        for filter in filters() {
            let ask = ask(KIND, &filter);
            let all = all(&store, ask.clone()).await;
            let page = store.read(move |tx| tx.list(&ask)).await.unwrap();
            before.push((filter, all, page.next, page.records));
        }
        disturb(&store, &mut dice, 100).await;
        for (filter, (ids, count), next, records) in before {
            let Some(next) = next else { continue };
            let next: Cursor = next.to_string().parse().unwrap();
            let rest = all(&store, ListAsk { after: Some(next), ..ask(KIND, &filter) }).await;
            assert_eq!(rest.0, ids[records.len()..], "{filter:?}");
            assert_eq!(rest.1, count, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_beside() {
    on_each(|store| async move {
        ensure(&store, SOUGHT).await;
        let value = json!({"who": "eve", "severity": "high"});
        let own = value.clone();
        let failed = store.write(move |tx| {
            tx.insert(new("1", own), "x")?;
            Err::<(), _>(StoreError::NotFound(key("other")))
        });
        failed.await.unwrap_err();
        let filters = [eq("who", "eve"), eq("severity", "high")];
        for filter in &filters {
            assert_eq!(all(&store, ask(KIND, filter)).await, (vec![], 0));
        }
        // The row's number may be another's now.
        store.write(move |tx| tx.insert(new("2", value), "x").map(|_| ())).await.unwrap();
        store.write(move |tx| tx.delete(&key("2"), 1, "x", None).map(|_| ())).await.unwrap();
        let other = new("3", json!({"who": "adam"}));
        store.write(move |tx| tx.insert(other, "x").map(|_| ())).await.unwrap();
        for filter in &filters {
            assert_eq!(all(&store, ask(KIND, filter)).await, (vec![], 0));
        }
        let found = all(&store, ask(KIND, &eq("who", "adam"))).await;
        assert_eq!(found, (vec!["3".to_owned()], 1));
    })
    .await;
}

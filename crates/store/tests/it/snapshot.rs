//! Paging: whatever the order, the page size and the writes in between, the pages together are the
//! collection as it was when the first was read.

use model::edm::{Primitive, Ty};
use model::query::{Filter, Literal, Operand, PropertyPath};
use serde_json::{Value, json};
use store::{Cursor, ListAsk, Record, Store, StoreError};

use crate::{KIND, TENANT, doc, key, new, on_each};

/// A small generator of numbers: the same run every time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, count: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }
}

fn random(dice: &mut Dice) -> Value {
    let value = |dice: &mut Dice| match dice.below(4) {
        0 => Value::Null,
        1 => json!(dice.below(3)),
        2 => json!(0.1 + dice.below(3) as f64),
        _ => json!(["a", "b", "ü"][dice.below(3) as usize]),
    };
    let word = ["x", "y", "z"][dice.below(3) as usize];
    json!({"a": value(dice), "b": value(dice), "s": word})
}

fn path(name: &str) -> PropertyPath {
    PropertyPath::new(&[name], Ty::Primitive(Primitive::String))
}

fn ask(order: &[(&str, bool)], top: u32) -> ListAsk {
    ListAsk {
        tenant: TENANT.into(),
        kind: KIND.into(),
        order: order.iter().map(|(name, desc)| (path(name), *desc)).collect(),
        top,
        ..ListAsk::default()
    }
}

async fn list(store: &Store, ask: &ListAsk) -> store::Page {
    let ask = ask.clone();
    store.read(move |tx| tx.list(&ask)).await.unwrap()
}

/// Inserts, replaces and removes a few at random.
async fn disturb(store: &Store, dice: &mut Dice, fresh: &mut u64) {
    for _ in 0..3 {
        let (id, value) = (dice.below(60).to_string(), random(dice));
        *fresh += 1;
        let added = format!("n{fresh}");
        let what = dice.below(3);
        let done = store.write(move |tx| match what {
            0 => tx.insert(new(&added, value), "x").map(|_| ()),
            1 => tx.update(&key(&id), doc(value), 2, "x", None).map(|_| ()),
            _ => tx.delete(&key(&id), 2, "x", None).map(|_| ()),
        });
        match done.await {
            Ok(()) | Err(StoreError::NotFound(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn pages_are_the_snapshot(store: Store, indexes: &'static [&'static [&'static str]]) {
    let mut dice = Dice(7);
    let mut fresh = 0;
    store.write(move |tx| tx.ensure_indexes(KIND, indexes)).await.unwrap();
    for id in 0..60 {
        let record = new(&id.to_string(), random(&mut dice));
        store.write(move |tx| tx.insert(record, "x")).await.unwrap();
    }
    let some = Filter::In {
        operand: Operand::Path(path("s")),
        values: ["x", "y", "x"].map(|it| Literal::Text(it.into())).to_vec(),
    };
    let orders: [&[(&str, bool)]; 8] = [
        &[],
        &[("a", false)],
        &[("a", true)],
        &[("a", true), ("b", false)],
        &[("a", false), ("b", true)],
        &[("b", true), ("a", true)],
        &[("s", true)],
        &[("id", true)],
    ];
    for order in orders {
        for filter in [None, Some(some.clone())] {
            let first = ListAsk { filter, ..ask(order, 1000) };
            let whole: Vec<Record> = list(&store, &first).await.records;
            let mut seen: Vec<Record> = Vec::new();
            let mut next = ListAsk { top: 7, ..first };
            loop {
                let page = list(&store, &next).await;
                let counted = next.clone();
                let count = store.read(move |tx| tx.count(&counted)).await.unwrap();
                assert!(next.after.is_none() || count == whole.len() as u64);
                assert!(page.records.len() <= 7);
                seen.extend(page.records);
                let Some(cursor) = page.next else { break };
                next.after = Some(cursor.to_string().parse::<Cursor>().unwrap());
                disturb(&store, &mut dice, &mut fresh).await;
            }
            assert_eq!(seen, whole, "{order:?}");
        }
    }
}

#[tokio::test]
async fn pages_are_the_snapshot_without_indexes() {
    on_each(|store| pages_are_the_snapshot(store, &[])).await;
}

#[tokio::test]
async fn pages_are_the_snapshot_with_indexes() {
    on_each(|store| {
        pages_are_the_snapshot(store, &[&["a"], &["b"], &["s", "a"], &["s", "b"], &["s"]])
    })
    .await;
}

#[tokio::test]
async fn skip_and_top_bound_the_first_page() {
    on_each(|store| async move {
        for id in ["a", "b", "c", "d", "e"] {
            store.write(move |tx| tx.insert(new(id, json!({})), "x")).await.unwrap();
        }
        let ids = |page: &store::Page| {
            page.records.iter().map(|it| it.key.id.as_str()).collect::<String>()
        };
        let first = list(&store, &ListAsk { skip: 1, ..ask(&[], 2) }).await;
        assert_eq!(ids(&first), "bc");
        let second = list(&store, &ListAsk { skip: 1, after: first.next, ..ask(&[], 2) }).await;
        assert_eq!((ids(&second).as_str(), second.next), ("de", None));
        assert_eq!(ids(&list(&store, &ListAsk { skip: 9, ..ask(&[], 2) }).await), "");
        let none = list(&store, &ask(&[], 0)).await;
        assert_eq!((none.records.len(), none.next), (0, None));
        let strange = list(&store, &ListAsk { tenant: "nobody".into(), ..ask(&[], 2) }).await;
        assert_eq!((strange.records.len(), strange.as_of), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_list_shows_any_earlier_number() {
    on_each(|store| async move {
        store.write(|tx| tx.insert(new("1", json!({"v": 1})), "x")).await.unwrap();
        store.write(|tx| tx.update(&key("1"), doc(json!({"v": 2})), 2, "x", None)).await.unwrap();
        store.write(|tx| tx.delete(&key("1"), 3, "x", None)).await.unwrap();
        store.write(|tx| tx.insert(new("1", json!({"v": 4})), "x")).await.unwrap();
        let mut shown = Vec::new();
        for number in 0..=5 {
            let ask = ListAsk { as_of: Some(number), ..ask(&[("v", true)], 5) };
            let page = list(&store, &ask).await;
            shown.push(page.records.iter().map(|it| it.doc["v"].clone()).collect::<Vec<_>>());
        }
        let expected =
            [vec![], vec![json!(1)], vec![json!(2)], vec![], vec![json!(4)], vec![json!(4)]];
        assert_eq!(shown, expected);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    on_each(|store| async move {
        for id in ["a", "b"] {
            store.write(move |tx| tx.insert(new(id, json!({"a": 0.1})), "x")).await.unwrap();
        }
        let cursor = list(&store, &ask(&[("a", true)], 1)).await.next.unwrap();
        for order in [&[("a", false)][..], &[("b", true)], &[]] {
            let ask = ListAsk { after: Some(cursor.clone()), ..ask(order, 1) };
            let refused = store.read(move |tx| tx.list(&ask)).await;
            assert!(matches!(refused, Err(StoreError::BadCursor { .. })));
        }
        for text in ["", "x", "AAAA", "W10", &"A".repeat(100_000)] {
            assert!(matches!(text.parse::<Cursor>(), Err(StoreError::BadCursor { .. })), "{text}");
        }
    })
    .await;
}

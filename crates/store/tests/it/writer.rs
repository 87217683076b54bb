//! The write path under many hands: closures stand alone, and nothing kills the thread.

use serde_json::json;
use store::{Address, Store, StoreError};

use crate::{Outcome, TENANT, key, new, on_each, server};

#[tokio::test]
async fn a_closure_that_fails_or_panics_leaves_nothing_behind() {
    on_each(|store| async move {
        let mut tasks = Vec::new();
        for number in 0..60 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let write = store.write(move |tx| {
                    tx.insert(new(&format!("{number}"), json!({})), "x")?;
                    match number % 3 {
                        0 => Ok(()),
                        1 => Err(StoreError::Closed),
                        _ => panic!("on purpose"),
                    }
                });
                write.await
            }));
        }
        for (number, task) in tasks.into_iter().enumerate() {
            let done = task.await.unwrap();
            match number % 3 {
                0 => done.unwrap(),
                1 => assert!(matches!(done, Err(StoreError::Closed))),
                _ => assert_eq!(
                    done.unwrap_err().to_string(),
                    "the operation failed inside: on purpose"
                ),
            }
        }
        let read: Outcome<()> = store.read(|_| panic!("a reader too")).await;
        assert!(matches!(read, Err(StoreError::Panicked { .. })));
        let changes = store.read(|tx| tx.changes_since(TENANT, 0, 100)).await.unwrap();
        let numbers: Vec<_> = changes.iter().map(|it| it.seq).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "numbers have no gaps");
        for number in 0..60 {
            let found = store.read(move |tx| tx.get(&key(&number.to_string()))).await.unwrap();
            assert_eq!(found.is_some(), number % 3 == 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_keeps_its_snapshot_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    keeps_its_snapshot(Store::open(&dir.path().join("s.sqlite")).unwrap()).await;
    if let Some(address) = server::address() {
        keeps_its_snapshot(Store::open_at(&Address::parse(&address).unwrap()).unwrap()).await;
    }
}

async fn keeps_its_snapshot(store: Store) {
    let (begun, wait) = tokio::sync::oneshot::channel();
    let (go, gone) = std::sync::mpsc::channel();
    let reading = tokio::spawn({
        let store = store.clone();
        async move {
            let read = store.read(move |tx| {
                let before = tx.head(TENANT)?;
                begun.send(()).unwrap();
                gone.recv().unwrap();
                Ok::<_, StoreError>((before, tx.head(TENANT)?))
            });
            read.await.unwrap()
        }
    });
    wait.await.unwrap();
    store.write(|tx| tx.insert(new("1", json!({})), "x")).await.unwrap();
    go.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), (0, 0));
    assert_eq!(store.read(|tx| tx.head(TENANT)).await.unwrap(), 1);
}

#[tokio::test]
async fn two_handles_on_one_database_count_together() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.sqlite");
    count_together([Store::open(&path).unwrap(), Store::open(&path).unwrap()]).await;
    if let Some(address) = server::address() {
        let address = Address::parse(&address).unwrap();
        let open = || Store::open_at(&address).unwrap();
        count_together([open(), open()]).await;
    }
}

async fn count_together(stores: [Store; 2]) {
    let mut tasks = Vec::new();
    for number in 0..100 {
        let store = stores[number % 2].clone();
        tasks.push(tokio::spawn(async move {
            store.write(move |tx| tx.insert(new(&number.to_string(), json!({})), "x")).await
        }));
    }
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.push(task.await.unwrap().unwrap().seq);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>());
}

#[test]
fn the_blocking_forms_do_the_same() {
    let store = Store::memory().unwrap();
    let record = store.write_blocking(|tx| tx.insert(new("1", json!({"a": 1})), "x")).unwrap();
    assert_eq!(store.read_blocking(|tx| tx.get(&key("1"))).unwrap(), Some(record));
}

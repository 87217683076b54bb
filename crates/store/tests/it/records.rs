//! Single records and the line each change leaves.

use serde_json::json;
use store::{Key, NewRecord, Operation, Store, StoreError};

use crate::{KIND, Outcome, TENANT, doc, key, new, on_each};

#[tokio::test]
async fn a_record_is_what_was_written_last() {
    on_each(|store| async move {
        let first = store.write(|tx| tx.insert(new("1", json!({"a": 1, "b": [true, null]})), "x"));
        let first = first.await.unwrap();
        let read = |store: Store| async move { store.read(|tx| tx.get(&key("1"))).await.unwrap() };
        assert_eq!(read(store.clone()).await.as_ref(), Some(&first));
        let second = store.write(|tx| tx.update(&key("1"), doc(json!({"z": "é"})), 2, "y", None));
        let second = second.await.unwrap();
        assert_eq!(read(store.clone()).await.as_ref(), Some(&second));
        assert_ne!(first.etag, second.etag);
        assert_eq!((second.created, second.modified, second.seq), (1, 2, 2));
        let gone = store.write(|tx| tx.delete(&key("1"), 3, "z", None)).await.unwrap();
        assert_eq!(gone, second);
        assert_eq!(read(store.clone()).await, None);
    })
    .await;
}

#[tokio::test]
async fn refusals_say_which_and_change_nothing() {
    on_each(|store| async move {
        let record = store.write(|tx| tx.insert(new("1", json!({})), "x")).await.unwrap();
        let again = store.write(|tx| tx.insert(new("1", json!({"other": 1})), "x")).await;
        assert!(matches!(again, Err(StoreError::Conflict(it)) if it == key("1")));
        let absent = store.write(|tx| tx.update(&key("2"), doc(json!({})), 1, "x", None)).await;
        assert!(matches!(absent, Err(StoreError::NotFound(it)) if it == key("2")));
        let stale =
            store.write(|tx| tx.update(&key("1"), doc(json!({})), 1, "x", Some("old"))).await;
        assert!(matches!(stale, Err(StoreError::PreconditionFailed(_))));
        let stale = store.write(|tx| tx.delete(&key("1"), 1, "x", Some("old"))).await;
        assert!(matches!(stale, Err(StoreError::PreconditionFailed(_))));
        let stranger = Key::new("tenant-b", KIND, "1");
        assert_eq!(store.read(move |tx| tx.get(&stranger)).await.unwrap(), None);
        assert_eq!(store.read(|tx| tx.get(&key("1"))).await.unwrap(), Some(record.clone()));
        assert_eq!(store.read(|tx| tx.head(TENANT)).await.unwrap(), 1);
        let etag = record.etag;
        let fresh =
            move |tx: &mut store::Tx<'_>| tx.update(&key("1"), doc(json!({})), 1, "x", Some(&etag));
        store.write(fresh).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_log_counts_per_tenant_and_keeps_what_was() {
    on_each(|store| async move {
        let record = store
            .write(|tx| {
                let child = NewRecord { parent: Some("9".into()), ..new("1", json!({"n": 1})) };
                let record = tx.insert(child, "one")?;
                let other = Key::new("tenant-b", KIND, "1");
                tx.insert(NewRecord { key: other, ..new("1", json!({})) }, "else")?;
                tx.update(&key("1"), doc(json!({"n": 2})), 5, "two", None)?;
                tx.delete(&key("1"), 6, "three", None)?;
                Ok::<_, StoreError>(record)
            })
            .await
            .unwrap();
        let changes = store.read(|tx| tx.changes_since(TENANT, 0, 10)).await.unwrap();
        let told: Vec<_> =
            changes.iter().map(|it| (it.seq, it.operation, it.actor.as_str(), it.at)).collect();
        assert_eq!(
            told,
            [
                (1, Operation::Created, "one", 1),
                (2, Operation::Updated, "two", 5),
                (3, Operation::Deleted, "three", 6)
            ]
        );
        assert!(changes.iter().all(|it| it.key == key("1") && it.parent.as_deref() == Some("9")));
        assert_eq!(changes[0].before, None);
        assert_eq!(changes[1].before.as_ref(), Some(&record));
        assert_eq!(changes[2].before.as_ref().unwrap().doc, doc(json!({"n": 2})));
        let some = store.read(|tx| tx.changes_since(TENANT, 1, 1)).await.unwrap();
        assert_eq!(some, changes[1..2]);
        let heads = store.read(|tx| Ok::<_, StoreError>((tx.head("tenant-b")?, tx.head("no")?)));
        assert_eq!(heads.await.unwrap(), (1, 0));
        assert_eq!(store.read(|tx| tx.tenants()).await.unwrap(), [TENANT, "tenant-b"]);
    })
    .await;
}

#[tokio::test]
async fn numbers_and_cursors_count_from_where_they_were() {
    on_each(|store| async move {
        for expected in 1..=3 {
            let number = store.write(|tx| tx.next_number(TENANT, "incident")).await.unwrap();
            assert_eq!(number, expected);
        }
        assert_eq!(store.write(|tx| tx.next_number("tenant-b", "incident")).await.unwrap(), 1);
        let taken: Outcome<()> = store
            .write(|tx| {
                tx.next_number(TENANT, "incident")?;
                tx.cursor_put(TENANT, "tail", "lost")?;
                Err(StoreError::Closed)
            })
            .await;
        assert!(taken.is_err());
        assert_eq!(store.write(|tx| tx.next_number(TENANT, "incident")).await.unwrap(), 4);
        assert_eq!(store.read(|tx| tx.cursor_get(TENANT, "tail")).await.unwrap(), None);
        store.write(|tx| tx.cursor_put(TENANT, "tail", "1")).await.unwrap();
        store.write(|tx| tx.cursor_put(TENANT, "tail", "2")).await.unwrap();
        let value = store.read(|tx| tx.cursor_get(TENANT, "tail")).await.unwrap();
        assert_eq!(value.as_deref(), Some("2"));
    })
    .await;
}

#[test]
fn a_database_of_another_kind_or_a_newer_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sqlite");
    let said = |path: &std::path::Path| Store::open(path).err().unwrap().to_string();
    std::fs::write(&path, "not a database, and longer than nothing").unwrap();
    assert!(said(&path).contains("damaged"), "{}", said(&path));
    let path = dir.path().join("b.sqlite");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(said(&path).ends_with("it is the database of another program"), "{}", said(&path));
    let path = dir.path().join("c.sqlite");
    drop(Store::open(&path).unwrap());
    drop(Store::open(&path).unwrap());
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("UPDATE meta SET value = 99").unwrap();
    assert!(said(&path).contains("it has version 99"), "{}", said(&path));
    assert!(said(&dir.path().join("no/such/folder")).contains("cannot be used"));
}

#[tokio::test]
async fn readers_of_the_log_learn_of_commits_and_keep_their_place() {
    on_each(|store| async move {
        let mut commits = store.commits();
        commits.mark_unchanged();
        store.write(|tx| tx.insert(new("1", json!({})), "x")).await.unwrap();
        commits.changed().await.unwrap();
        let heads = store.read(|tx| tx.heads()).await.unwrap();
        assert_eq!(heads, [(TENANT.to_owned(), 1)]);
        let put = |text: &'static str| store.write(move |tx| tx.cursor_put(TENANT, "c", text));
        let get = || store.read(|tx| tx.cursor_get(TENANT, "c"));
        put("1").await.unwrap();
        put("2").await.unwrap();
        assert_eq!(get().await.unwrap().as_deref(), Some("2"));
        store.write(|tx| tx.cursor_remove(TENANT, "c")).await.unwrap();
        store.write(|tx| tx.cursor_remove("nobody", "c")).await.unwrap();
        assert_eq!(get().await.unwrap(), None);
    })
    .await;
}

//! What correlation and deduplication ask.

use store::StoreError;

use crate::{TENANT, on_each};

#[tokio::test]
async fn links_are_found_newest_first_and_follow_their_incident() {
    on_each(|store| async move {
        store
            .write(|tx| {
                for (alert, incident, at) in
                    [("a", "1", 10), ("b", "1", 30), ("c", "2", 20), ("d", "2", 30)]
                {
                    tx.link_add(TENANT, "ip|1.2.3.4", alert, incident, at, "peer")?;
                }
                tx.link_add(TENANT, "ip|1.2.3.4", "d", "2", 30, "again")?;
                tx.link_add(TENANT, "ip|1.2.3.5", "e", "3", 30, "")?;
                tx.link_add("tenant-b", "ip|1.2.3.4", "f", "4", 30, "")
            })
            .await
            .unwrap();
        let told = |since, limit| {
            let store = store.clone();
            async move {
                let links =
                    store.read(move |tx| tx.link_recent(TENANT, "ip|1.2.3.4", since, limit));
                let links = links.await.unwrap();
                let told = links
                    .iter()
                    .map(|it| format!("{}/{}@{} {}", it.alert_id, it.incident_id, it.at, it.peer));
                told.collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(told(20, 10).await, "d/2@30 again, b/1@30 peer, c/2@20 peer");
        assert_eq!(told(0, 1).await, "d/2@30 again");
        store.write(|tx| tx.links_move(TENANT, "2", "1")).await.unwrap();
        store.write(|tx| tx.link_assign(TENANT, "b", "7")).await.unwrap();
        assert_eq!(told(0, 10).await, "d/1@30 again, b/7@30 peer, c/1@20 peer, a/1@10 peer");
        // Moves follow one another, also back again.
        store.write(|tx| tx.links_move(TENANT, "1", "9")).await.unwrap();
        assert_eq!(told(0, 10).await, "d/9@30 again, b/7@30 peer, c/9@20 peer, a/9@10 peer");
        store.write(|tx| tx.links_move(TENANT, "9", "2")).await.unwrap();
        assert_eq!(told(0, 10).await, "d/2@30 again, b/7@30 peer, c/2@20 peer, a/2@10 peer");
        let counts = store.read(|tx| {
            let count = |since, cap| tx.link_count(TENANT, "ip|1.2.3.4", since, cap);
            Ok::<_, StoreError>([count(0, 100)?, count(0, 3)?, count(25, 100)?, count(31, 100)?])
        });
        assert_eq!(counts.await.unwrap(), [4, 3, 2, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_fingerprint_is_taken_once_per_tenant() {
    on_each(|store| async move {
        assert!(store.write(|tx| tx.dedupe_put(TENANT, "f", "1")).await.unwrap());
        assert!(!store.write(|tx| tx.dedupe_put(TENANT, "f", "2")).await.unwrap());
        assert!(store.write(|tx| tx.dedupe_put("tenant-b", "f", "3")).await.unwrap());
        let found = store.read(|tx| tx.dedupe_get(TENANT, "f")).await.unwrap();
        assert_eq!(found.as_deref(), Some("1"));
        assert_eq!(store.read(|tx| tx.dedupe_get("tenant-c", "f")).await.unwrap(), None);
    })
    .await;
}

//! What correlation and deduplication ask.

use store::{Link, REMEMBERED, ReadTx, StoreError};

use crate::{TENANT, on_each};

fn link(alert: &str, incident: &str, at: i64, peer: &str) -> Link {
    Link { alert_id: alert.into(), incident_id: incident.into(), at, peer: peer.into() }
}

/// What a transaction says of an entity, each link with its incident as it is now.
fn told(tx: &ReadTx<'_>, tenant: &str, entity: &str) -> Result<String, StoreError> {
    let links = tx.link_recent(tenant, entity)?;
    let told = links.iter().map(|it| {
        let now = tx.incident_now(tenant, &it.alert_id, &it.incident_id)?;
        let incident = now.as_ref().unwrap_or(&it.incident_id);
        Ok::<_, StoreError>(format!("{}/{incident}@{} {}", it.alert_id, it.at, it.peer))
    });
    Ok(told.collect::<Result<Vec<_>, _>>()?.join(", "))
}

#[tokio::test]
async fn links_are_found_newest_first_and_follow_their_incident() {
    const ENTITY: &str = "ip|1.2.3.4";
    on_each(|store| async move {
        store
            .write(|tx| {
                for (alert, incident, at) in
                    [("a", "1", 10), ("b", "1", 30), ("c", "2", 20), ("d", "2", 30)]
                {
                    tx.link_add(TENANT, ENTITY, link(alert, incident, at, "peer"))?;
                }
                tx.link_add(TENANT, ENTITY, link("d", "2", 30, "again"))?;
                tx.link_add(TENANT, "ip|1.2.3.5", link("e", "3", 30, ""))?;
                tx.link_add("tenant-b", ENTITY, link("f", "4", 30, ""))?;
                // What was only noted so far is seen within the transaction, too.
                let seen = told(tx, TENANT, ENTITY)?;
                assert_eq!(seen, "d/2@30 again, b/1@30 peer, c/2@20 peer, a/1@10 peer");
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        let told = |tenant, entity| {
            let store = store.clone();
            async move { store.read(move |tx| told(tx, tenant, entity)).await.unwrap() }
        };
        assert_eq!(told(TENANT, "ip|1.2.3.5").await, "e/3@30 ");
        assert_eq!(told("tenant-b", ENTITY).await, "f/4@30 ");
        assert_eq!(told("tenant-c", ENTITY).await, "");
        store.write(|tx| tx.links_move(TENANT, "2", "1")).await.unwrap();
        store.write(|tx| tx.link_assign(TENANT, "b", "7")).await.unwrap();
        assert_eq!(
            told(TENANT, ENTITY).await,
            "d/1@30 again, b/7@30 peer, c/1@20 peer, a/1@10 peer"
        );
        // Moves follow one another, also back again.
        store.write(|tx| tx.links_move(TENANT, "1", "9")).await.unwrap();
        assert_eq!(
            told(TENANT, ENTITY).await,
            "d/9@30 again, b/7@30 peer, c/9@20 peer, a/9@10 peer"
        );
        store.write(|tx| tx.links_move(TENANT, "9", "2")).await.unwrap();
        assert_eq!(
            told(TENANT, ENTITY).await,
            "d/2@30 again, b/7@30 peer, c/2@20 peer, a/2@10 peer"
        );
    })
    .await;
}

#[tokio::test]
async fn many_questions_are_answered_like_few() {
    on_each(|store| async move {
        store.write(|tx| tx.links_move(TENANT, "7", "3")).await.unwrap();
        store.write(|tx| tx.links_move(TENANT, "170", "3")).await.unwrap();
        let moved = store.read(|tx| {
            let all = (0..200).map(|it| tx.incident_now(TENANT, "a", &it.to_string()));
            all.collect::<Result<Vec<_>, StoreError>>()
        });
        let moved = moved.await.unwrap();
        for (incident, now) in moved.into_iter().enumerate() {
            assert_eq!(now.as_deref(), [7, 170].contains(&incident).then_some("3"), "{incident}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_entity_remembers_its_last_alerts_in_whatever_order_they_come() {
    on_each(|store| async move {
        let last = store
            .write(|tx| {
                for at in (0..100).map(|it| it * 37 % 100) {
                    tx.link_add(TENANT, "e", link(&format!("{at:03}"), "1", at, ""))?;
                }
                Ok::<_, StoreError>(())
            })
            .await
            .and(store.read(|tx| tx.link_recent(TENANT, "e").map(|it| it.to_vec())).await)
            .unwrap();
        let moments: Vec<i64> = last.iter().map(|it| it.at).collect();
        let newest: Vec<i64> = (100 - REMEMBERED as i64..100).rev().collect();
        assert_eq!(moments, newest);
    })
    .await;
}

#[tokio::test]
async fn a_write_that_fails_links_nothing() {
    on_each(|store| async move {
        let failed = store.write(|tx| {
            tx.link_add(TENANT, "e", link("a", "1", 1, ""))?;
            Err::<(), _>(StoreError::Closed)
        });
        assert!(failed.await.is_err());
        let links = store.read(|tx| tx.link_recent(TENANT, "e").map(|it| it.to_vec()));
        assert_eq!(links.await.unwrap(), []);
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

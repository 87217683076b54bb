//! Hunting: bodies, windows, faults, and the alert tables.

use kql::hunt::RowSource;
use model::code::Code;
use platform::{areas::hunting::alert_rows::AlertRows, reply::Reply};
use serde_json::json;

use crate::world::{World, alert};

#[tokio::test]
async fn a_body_in_any_case_asks_the_engine() {
    let world = World::new().await;
    for body in [
        json!({"Query": "T | take 1", "Timespan": "P1D"}),
        json!({"query": "T | take 1", "timespan": null, "workspaceId": "x", "else": 1}),
    ] {
        let reply = world.call("POST /security/runHuntingQuery", Some(body)).await.unwrap();
        assert!(matches!(reply, Reply::Hunt(_)));
    }
    let line = "POST /beta/security/microsoft.graph.security.runHuntingQuery";
    world.call(line, Some(json!({"query": "T"}))).await.unwrap();
    let asked = world.hunter.asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].tenant.as_str()), (3, "contoso"));
    let day = 864_000_000_000;
    assert_eq!(asked[0].window.unwrap().0, asked[0].now - day);
    assert_eq!(asked[1].window.unwrap().0, asked[1].now - 30 * day);
}

#[tokio::test]
async fn a_wrong_query_says_where_and_what_would_be_right() {
    let world = World::new().await;
    let line = "POST /security/runHuntingQuery";
    let fault = world.call(line, Some(json!({"Query": "T | take bad"}))).await.unwrap_err();
    assert_eq!(fault.code(), Code::BadRequest);
    assert_eq!(fault.to_string(), "line 1, column 10: KQL0101: no column `bad`; `good` is near");
    for body in [json!({}), json!([]), json!({"query": 7}), json!({"query": " "})] {
        assert_eq!(world.call(line, Some(body)).await.unwrap_err().code(), Code::BadRequest);
    }
}

#[tokio::test]
async fn stored_alerts_are_rows() {
    let world = World::new().await;
    world.push(vec![alert("one", 0, "high", &["ws1", "ws2"]), alert("two", 5, "low", &[])]).await;
    let rows = AlertRows::new(world.store.clone());
    let page = rows.page("contoso", "AlertInfo", None, None).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2, None));
    assert_eq!(page.rows[0]["Severity"], "High");
    assert_eq!(page.rows[0]["ServiceSource"], "Microsoft Defender for Endpoint");
    assert_eq!(page.rows[0]["AttackTechniques"], "[\"T1059\"]");
    let page = rows.page("contoso", "AlertEvidence", None, None).await.unwrap();
    let devices: Vec<&str> =
        page.rows.iter().map(|it| it["DeviceName"].as_str().unwrap()).collect();
    assert_eq!(devices, ["ws1", "ws2"]);
    assert_eq!(page.rows[0]["EntityType"], "Machine");
    let from = model::time::Timestamp::parse("2026-03-01T01:00:00Z").unwrap().0;
    let late = rows.page("contoso", "AlertInfo", Some((from, i64::MAX)), None).await.unwrap();
    assert_eq!(late.rows.len(), 1);
    assert!(rows.page("fabrikam", "AlertInfo", None, None).await.unwrap().rows.is_empty());
}

/// The rows of all pages, and how many pages it took.
async fn scan(
    rows: &AlertRows,
    table: &str,
    window: Option<(i64, i64)>,
) -> (Vec<serde_json::Value>, usize) {
    let (mut all, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let page = rows.page("contoso", table, window, cursor).await.unwrap();
        pages += 1;
        all.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return (all, pages);
        }
    }
}

const HOUR: i64 = 36_000_000_000;

fn hours(hours: i64) -> i64 {
    model::time::Timestamp::parse("2026-03-01T00:00:00Z").unwrap().0 + hours * HOUR
}

#[tokio::test]
async fn a_narrow_window_reads_few_of_many_alerts() {
    let world = World::new().await;
    // One an hour, back from the time of the push.
    let many = (0..400).map(|it| alert(&format!("a{it}"), 12 - it, "low", &["ws1", "ws2"]));
    world.push(many.collect()).await;
    let rows = AlertRows::new(world.store.clone()).with_page(8);
    for (table, each, small) in [("AlertInfo", 1, 8), ("AlertEvidence", 2, 2)] {
        let (all, pages) = scan(&rows, table, None).await;
        assert_eq!((all.len(), pages), (400 * each, 400 / small), "{table}");
        // Now, in the past, and where nothing happened.
        for (from, to, count) in [(9, 12, 4), (-203, -200, 4), (13, 100, 0)] {
            let (some, pages) = scan(&rows, table, Some((hours(from), hours(to)))).await;
            assert_eq!(some.len(), count * each, "{table} {from}");
            assert!(pages <= count.div_ceil(small).max(1), "{table} {from}: {pages} pages");
        }
    }
}

#[tokio::test]
async fn every_window_holds_the_rows_it_held_of_all() {
    let world = World::new().await;
    let mut alerts = Vec::new();
    for it in 0..60_i64 {
        // Activity from long before to years after the push; evidence noted at times of its own.
        let mut made = alert(&format!("a{it}"), (it - 30) * it * it, "low", &["ws1", "ws2"]);
        let noted = hours((it * 37) % 200 - 100);
        made["evidence"][0]["createdDateTime"] = json!(model::time::Timestamp(noted).to_string());
        if it % 3 == 0 {
            made["evidence"][1]["createdDateTime"] = json!(null);
        }
        if it % 5 == 0 {
            made["lastActivityDateTime"] = json!(null);
        }
        alerts.push(made);
    }
    // In three batches, the wildest clock in the last.
    for batch in alerts.chunks(20) {
        world.push(batch.to_vec()).await;
    }
    let id = world.page("GET /security/alerts_v2?$top=1&$orderby=createdDateTime").await.0;
    let line = format!("PATCH /security/alerts_v2/{}", id[0]);
    world.call(&line, Some(json!({"status": "inProgress"}))).await.unwrap();

    let rows = AlertRows::new(world.store.clone()).with_page(7);
    let at = |row: &serde_json::Value| {
        model::time::Timestamp::parse(row["Timestamp"].as_str().unwrap()).unwrap().0
    };
    let sorted = |rows: Vec<serde_json::Value>| {
        let mut texts: Vec<String> = rows.iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    for table in AlertRows::TABLES {
        let (all, _) = scan(&rows, table, None).await;
        assert!(all.iter().any(|row| at(row) > hours(24 * 365)), "{table}: a clock far ahead");
        let mut edges: Vec<i64> = all.iter().map(at).collect();
        edges.extend([i64::MIN, hours(12), i64::MAX]);
        edges.sort_unstable();
        for pair in edges.windows(2).chain(edges.windows(40).step_by(9)) {
            let (from, to) = (pair[0], pair[pair.len() - 1]);
            let held = all.iter().filter(|row| (from..=to).contains(&at(row))).cloned().collect();
            let (some, _) = scan(&rows, table, Some((from, to))).await;
            assert_eq!(sorted(some), sorted(held), "{table} {from} {to}");
        }
    }
}

#[tokio::test]
async fn a_later_part_takes_its_alert_into_later_windows() {
    let world = World::new().await;
    let row = |hour: i64, name: &str| {
        json!({
            "AlertId": "d1", "Timestamp": model::time::Timestamp(hours(hour)).to_string(),
            "Title": "T", "EntityType": "Machine", "EvidenceRole": "Impacted", "DeviceName": name,
        })
    };
    for (hour, name) in [(1, "ws1"), (90, "ws2")] {
        let items = vec![Ok(row(hour, name))];
        let report = world.platform.push_alerts(&world.cx(), "defender", items).await.unwrap();
        assert_eq!(report.accepted + report.merged, 1, "{:?}", report.refused);
    }
    let rows = AlertRows::new(world.store.clone());
    for (hour, name) in [(1, "ws1"), (90, "ws2")] {
        let window = Some((hours(hour), hours(hour)));
        let (found, _) = scan(&rows, "AlertEvidence", window).await;
        assert_eq!(found.len(), 1, "{hour}");
        assert_eq!(found[0]["DeviceName"], name);
    }
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let mut world = World::new().await;
    world.roles.push("SecurityIdentitiesSensors.ReadWrite.All");
    let body = json!({"serverIds": ["srv-1"]});
    let line = "POST /security/identities/sensorCandidates/activate";
    let fault = world.call(line, Some(body)).await.unwrap_err();
    assert_eq!(fault.code(), Code::NotImplemented);
}

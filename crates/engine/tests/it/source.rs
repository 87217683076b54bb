//! Tables that are views of stored records: which window of them a query asks for.

use std::sync::{Arc, Mutex};

use engine::{Engine, Options};
use kql::hunt::{Ask, BoxFuture, Hunter, RowPage, RowSource};

use crate::support::{NOW, ask};

type Window = Option<(i64, i64)>;

/// Has one row a day for ten days up to now, and notes the windows it is asked for.
#[derive(Default)]
struct Daily {
    asked: Mutex<Vec<Window>>,
}

const DAY: i64 = 864_000_000_000;

impl RowSource for Daily {
    fn page<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        window: Window,
        _: Option<String>,
    ) -> BoxFuture<'a, Result<RowPage, Box<dyn std::error::Error + Send + Sync>>> {
        self.asked.lock().unwrap().push(window);
        let (from, to) = window.unwrap_or((i64::MIN, i64::MAX));
        let days = (0..10).map(|day| NOW - day * DAY).filter(|it| (from..=to).contains(it));
        let rows = days.map(|at| {
            let at = kql::time::format_datetime(at);
            serde_json::json!({"Timestamp": at, "AlertId": at, "Title": "x"})
        });
        let page = RowPage { rows: rows.collect(), next: None };
        Box::pin(async move { Ok(page) })
    }
}

#[test]
fn what_a_query_says_of_time_narrows_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let daily = Arc::new(Daily::default());
    let options = Options { threads: Some(2), ..Options::new(dir.path()) };
    let engine = Engine::open(options, daily.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let week = Some((NOW - 7 * DAY, NOW));
    for (query, window, rows, asked) in [
        ("AlertInfo", None, 10, None),
        ("AlertInfo", week, 8, week),
        ("AlertInfo | where Timestamp > ago(2d)", week, 2, Some((NOW - 2 * DAY + 1, NOW))),
        ("AlertInfo | where Timestamp >= ago(30d)", week, 8, week),
        (
            "AlertInfo | where TimeGenerated between (ago(3d) .. ago(1d)) and Title == 'x'",
            None,
            3,
            Some((NOW - 3 * DAY, NOW - DAY)),
        ),
        (
            "AlertInfo | extend T = Timestamp | where Title has 'x' | where T < ago(8d)",
            None,
            1,
            Some((i64::MIN, NOW - 8 * DAY - 1)),
        ),
        ("AlertInfo | where ago(1d) == Timestamp", None, 1, Some((NOW - DAY, NOW - DAY))),
        // Neither side of an `or` holds for all.
        ("AlertInfo | where Timestamp > ago(1d) or Title == 'x'", None, 10, None),
        ("AlertInfo | where Timestamp != ago(1d)", None, 9, None),
        // A limit counts rows that pass.
        (
            "AlertInfo | where Timestamp < ago(1d) | take 2",
            None,
            2,
            Some((i64::MIN, NOW - DAY - 1)),
        ),
        ("AlertInfo | take 3", None, 3, None),
    ] {
        daily.asked.lock().unwrap().clear();
        let answer = runtime.block_on(engine.hunt(Ask { window, ..ask("t1", query) })).unwrap();
        assert_eq!(answer.rows.len(), rows, "{query}");
        assert_eq!(*daily.asked.lock().unwrap(), [asked], "{query}");
    }
}

//! Tables that a query uses several times are read once, and fit into little memory.

use crate::{show, support::Bench};

#[test]
fn a_shared_table_is_read_once() {
    let bench = Bench::new();
    let rows: Vec<String> = (0..10)
        .map(|it| format!("{{\"Timestamp\":\"2026-01-05T00:00:00Z\",\"DeviceName\":\"d{it}\"}}"))
        .collect();
    bench.ingest("t1", "DeviceInfo", &rows.join("\n"));
    let uses = "union (t | count), (t | where DeviceName == 'd1' | count), (t | take 1 | count)";
    let read = |table: &str| {
        let answer = bench.ask("t1", &format!("let t = {table}; {uses}")).unwrap();
        let mut rows = show::rows(&answer);
        rows.sort();
        assert_eq!(rows, ["1", "1", "10"]);
        answer.cost.rows_read
    };
    assert_eq!(read("materialize(DeviceInfo | where DeviceName != 'x')"), 10);
    assert!(read("DeviceInfo | where DeviceName != 'x'") > 10);
}

#[test]
fn what_does_not_fit_into_memory_is_read_from_disk() {
    let bench = Bench::within(24 << 20);
    let query = "let t = materialize(range x from 1 to 200000 step 1 \
                 | extend s = strcat(x, strrep('-', 200))); \
                 union (t | summarize sum(x)), (t | where s startswith '77-' | project x)";
    let answer = bench.ask("t1", query).unwrap();
    let mut rows = show::rows(&answer);
    rows.sort();
    assert_eq!(rows, ["20000100000 | null", "null | 77"]);
}

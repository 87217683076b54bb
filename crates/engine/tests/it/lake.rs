//! Rows in, rows out; what a bad line, a second tenant, a crash and a limit do.

use std::fs;

use kql::hunt::{HuntFault, Hunter, IngestFault};

use crate::{
    show::rows,
    support::{Bench, ask},
};

const EVENTS: &str = r#"{"Timestamp":"2026-01-05T10:20:30.1234567Z","DeviceName":"one","ProcessId":7,"AdditionalFields":{"a": 1},"New":true}
{"TimeGenerated":"2026-01-06T00:00:00Z","DeviceName":"two","ProcessId":"8"}

{"Timestamp":"2026-01-05T09:00:00Z","DeviceName":null}
"#;

fn ask_rows(bench: &Bench, text: &str) -> Vec<String> {
    rows(&bench.ask("t1", text).unwrap())
}

#[test]
fn what_goes_in_comes_out() {
    let mut bench = Bench::new();
    let done = bench.ingest("t1", "DeviceProcessEvents", EVENTS);
    assert_eq!((done.rows, done.refused_count), (3, 0), "{done:?}");
    let query = "DeviceProcessEvents
        | project Timestamp, TimeGenerated, DeviceName, ProcessId, AdditionalFields
        | sort by Timestamp asc";
    let expected = [
        "2026-01-05T09:00:00.0000000Z | 2026-01-05T09:00:00.0000000Z | \"\" | null | ",
        r#"2026-01-05T10:20:30.1234567Z | 2026-01-05T10:20:30.1234567Z | one | 7 | {"a":1}"#,
        "2026-01-06T00:00:00.0000000Z | 2026-01-06T00:00:00.0000000Z | two | 8 | ",
    ];
    let trim = |row: String| {
        let row = row.strip_suffix("\"\"").unwrap_or(&row).to_owned();
        row.strip_suffix("null").map_or(row.clone(), str::to_owned)
    };
    let found: Vec<String> = ask_rows(&bench, query).into_iter().map(trim).collect();
    assert_eq!(found, expected);
    bench.reopen();
    assert_eq!(ask_rows(&bench, "DeviceProcessEvents | count"), ["3"]);
    let filtered = "DeviceProcessEvents | where TimeGenerated >= datetime(2026-01-05 10:00)
        and DeviceName has 'one' | project DeviceName";
    assert_eq!(ask_rows(&bench, filtered), ["one"]);
    assert_eq!(ask_rows(&bench, "DeviceNetworkEvents | count"), ["0"]);
}

#[test]
fn a_bad_line_loses_only_itself() {
    let bench = Bench::new();
    let body = concat!(
        "{\"Timestamp\":\"2026-01-05T10:00:00Z\",\"ProcessId\":\"x\"}\n",
        "{\"DeviceName\":\"late\"}\n",
        "[1]\n{\"a\"\n",
        "{\"Timestamp\":\"2026-01-05T10:00:00Z\"}\n",
    );
    let done = bench.ingest("t1", "DeviceProcessEvents", body);
    let reasons: Vec<String> =
        done.refused.iter().map(|(line, reason)| format!("{line}: {reason}")).collect();
    assert_eq!(done.rows, 1);
    assert_eq!(done.refused_count, 4);
    assert_eq!(reasons[0], "1: ProcessId: `\"x\"` is no long");
    assert_eq!(reasons[1], "2: it has neither Timestamp nor TimeGenerated");
    assert!(reasons[2].starts_with("3: it is not a JSON object"), "{}", reasons[2]);
    assert!(reasons[3].starts_with("4: it is not a JSON object"), "{}", reasons[3]);
    let none = bench.engine.ingest("t1", "Nope", Box::new(std::io::empty()));
    assert!(matches!(bench.block(none), Err(IngestFault::NoTable(_))));
    let escape = bench.engine.ingest("../t1", "DeviceEvents", Box::new(std::io::empty()));
    assert!(bench.block(escape).is_err());
}

#[test]
fn tenants_see_their_own() {
    let bench = Bench::new();
    bench.ingest("t1", "DeviceProcessEvents", EVENTS);
    let count = |tenant| rows(&bench.ask(tenant, "DeviceProcessEvents | count").unwrap());
    assert_eq!(count("t1"), ["3"]);
    assert_eq!(count("t2"), ["0"]);
    let alerts = |tenant| {
        rows(&bench.ask(tenant, "AlertInfo | project AlertId | sort by AlertId asc").unwrap())
    };
    assert_eq!(alerts("t1"), ["a", "b", "c"]);
    assert_eq!(alerts("t2"), [] as [&str; 0]);
}

#[test]
fn a_file_no_log_names_is_not_there() {
    let mut bench = Bench::new();
    bench.ingest("t1", "DeviceProcessEvents", EVENTS);
    let table = bench.dir.path().join("lake/t1/DeviceProcessEvents");
    let day = table.join("2026-01-05");
    let file = fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    fs::copy(&file, day.join("stray.parquet")).unwrap();
    fs::write(table.join("_log/half.tmp"), "{").unwrap();
    bench.reopen();
    assert_eq!(ask_rows(&bench, "DeviceProcessEvents | count"), ["3"]);
}

#[test]
fn the_window_bounds_every_table() {
    let bench = Bench::new();
    bench.ingest("t1", "DeviceProcessEvents", EVENTS);
    let day = kql::time::parse_datetime("2026-01-06").unwrap();
    let mut asked = ask("t1", "DeviceProcessEvents | project DeviceName");
    asked.window = Some((day, day));
    assert_eq!(rows(&bench.block(bench.engine.hunt(asked)).unwrap()), ["two"]);
}

#[test]
fn limits_are_errors() {
    let bench = Bench::new();
    let mut asked = ask("t1", "range x from 1 to 20000 step 1");
    asked.limits.rows = 19_999;
    let fault = bench.block(bench.engine.hunt(asked.clone())).unwrap_err();
    assert!(matches!(fault, HuntFault::TooLarge { limit: 19_999, unit: "rows" }), "{fault:?}");
    asked.limits.rows = 20_000;
    assert_eq!(bench.block(bench.engine.hunt(asked.clone())).unwrap().rows.len(), 20_000);
    asked.limits.bytes = 1000;
    let fault = bench.block(bench.engine.hunt(asked)).unwrap_err();
    assert!(matches!(fault, HuntFault::TooLarge { unit: "bytes", .. }), "{fault:?}");
}

#[test]
fn memory_is_bounded() {
    let bench = Bench::within(4 << 20);
    // Groups spill,
    let many = "range x from 1 to 200000 step 1 | summarize sum(x) by x | count";
    assert_eq!(ask_rows(&bench, many), ["200000"]);
    // one group cannot.
    let one = "range x from 1 to 2000000 step 1 | summarize make_list(x)";
    let fault = bench.ask("t1", one).unwrap_err();
    assert!(matches!(fault, HuntFault::OutOfMemory), "{fault:?}");
}

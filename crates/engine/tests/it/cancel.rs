//! Dropping the future of a query stops it, and time runs out.

use std::time::{Duration, Instant};

use kql::hunt::{HuntFault, Hunter};

use crate::support::{Bench, ask};

/// Takes minutes when nobody stops it.
const ENDLESS: &str = "range x from 1 to 4000000000 step 1 | where x % 7 == 3 | summarize sum(x)";

/// A trillion pairs out of two million rows: between two of them no leaf is read.
const PAIRS: &str = "let t = range x from 1 to 1000000 step 1 | extend k = 1; \
                     t | join kind=inner (t) on k | count";

/// One row that becomes a trillion.
const ROWS: &str = "print a = range(1, 1000000, 1), b = range(1, 1000000, 1) \
                    | mv-expand a | mv-expand b | count";

/// Work that happens inside one batch, where no stream gives way.
const INSIDE: &[&str] = &[
    "print a = range(1, 1000000, 1) | extend f = series_fir(a, a)",
    "range x from 1 to 8000 step 1 | extend a = range(x, x + 1000, 1) \
     | extend f = series_decompose(a, 7) | summarize max(tostring(f))",
    "range x from 1 to 2000000 step 1 | extend s = strcat(hash(x), ' ', x) | reduce by s",
    "range x from 1 to 1000000 step 1 | extend a = x % 2, b = x % 3, c = x % 4, d = x % 5, \
     e = x % 7, f = x % 6 | evaluate basket(0.001)",
    "range x from 1 to 100000 step 1 | project s = x, t = x + 1 \
     | make-graph s --> t with_node_id=id | graph-match (a)-[e*1..90]->(b) project e.s | count",
    "range x from 1 to 100000 step 1 | scan declare (t: string = '') with \
     (step s: true => t = strcat(s.t, 'abcdefgh');) | summarize max(strlen(t))",
    "print a = range(1, 1000000, 1) | extend b = array_concat(a, a, a) \
     | mv-apply c = b on (extend d = b | where c in (d) | count)",
];

#[test]
fn time_runs_out() {
    let bench = Bench::new();
    let mut asked = ask("t1", ENDLESS);
    asked.limits.time = Duration::from_millis(100);
    let start = Instant::now();
    let fault = bench.block(bench.engine.hunt(asked)).unwrap_err();
    assert!(matches!(fault, HuntFault::TimedOut(_)), "{fault:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
    rests(&bench, "one of them");
}

/// The memory of one query is bounded, whatever there is for all of them.
#[test]
fn a_query_has_memory_of_its_own() {
    let bench = Bench::within(1 << 30);
    for query in [
        "print a = strrep('abcdefgh', 1000) | extend a = strcat(a, a, a, a, a, a, a, a) \
         | extend a = strcat(a, a, a, a, a, a, a, a) | extend a = strcat(a, a, a, a, a, a, a, a) \
         | extend a = strcat(a, a, a, a, a, a, a, a) | project strlen(a)",
        "range x from 1 to 100000 step 1 | project x, s = strrep('a', 1000)",
        "range x from 1 to 1000000 step 1 | summarize s = make_set(strcat(x, strrep('a', 100)))",
        "let t = toscalar(range x from 1 to 1000000 step 1 | summarize make_list(strrep('a', 99)));
         print array_length(t)",
    ] {
        let mut asked = ask("t1", query);
        asked.limits.memory = 20 << 20;
        let fault = bench.block(bench.engine.hunt(asked)).unwrap_err();
        assert!(matches!(fault, HuntFault::OutOfMemory), "{query}: {fault:?}");
        let mut asked = ask("t1", "range x from 1 to 1000 step 1 | summarize make_list(x)");
        asked.limits.memory = 20 << 20;
        assert_eq!(bench.block(bench.engine.hunt(asked)).unwrap().rows.len(), 1);
    }
    rests(&bench, "one of them");
}

/// Time counts inside a batch, too, and nothing goes on behind the answer.
#[test]
fn time_runs_out_inside_a_batch() {
    let bench = Bench::new();
    for query in INSIDE {
        let mut asked = ask("t1", query);
        asked.limits.time = Duration::from_millis(300);
        let start = Instant::now();
        let fault = bench.block(bench.engine.hunt(asked)).unwrap_err();
        let ended = matches!(fault, HuntFault::TimedOut(_) | HuntFault::OutOfMemory);
        assert!(ended, "{query}: {fault:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{query}: {:?}", start.elapsed());
        rests(&bench, query);
    }
}

/// Waits until no query runs any more.
fn rests(bench: &Bench, query: &str) {
    let start = Instant::now();
    while bench.engine.running() > 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "{query} goes on");
        bench.block(async { tokio::time::sleep(Duration::from_millis(5)).await });
    }
}

#[test]
fn dropping_stops() {
    let bench = Bench::new();
    // Both threads of the engine are taken; if dropping did not free them, the next query would
    // wait for ever.
    let endless = [ENDLESS, ENDLESS, ROWS, ROWS, PAIRS, PAIRS];
    for endless in endless.iter().chain(INSIDE) {
        let hunt = bench.engine.hunt(ask("t1", endless));
        let waited =
            bench.block(async { tokio::time::timeout(Duration::from_millis(500), hunt).await });
        // On a quick machine it may reach the end of its memory first.
        assert!(matches!(waited, Err(_) | Ok(Err(HuntFault::OutOfMemory))), "{endless}");
    }
    let start = Instant::now();
    assert_eq!(bench.ask("t1", "print 1").unwrap().rows.len(), 1);
    assert!(start.elapsed() < Duration::from_secs(10));
}

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

#[test]
fn time_runs_out() {
    let bench = Bench::new();
    let mut asked = ask("t1", ENDLESS);
    asked.limits.time = Duration::from_millis(100);
    let start = Instant::now();
    let fault = bench.block(bench.engine.hunt(asked)).unwrap_err();
    assert!(matches!(fault, HuntFault::TimedOut(_)), "{fault:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn dropping_stops() {
    let bench = Bench::new();
    // Both threads of the engine are taken; if dropping did not free them, the next query would
    // wait for ever.
    for endless in [ENDLESS, ENDLESS, ROWS, ROWS, PAIRS, PAIRS] {
        let hunt = bench.engine.hunt(ask("t1", endless));
        let waited =
            bench.block(async { tokio::time::timeout(Duration::from_millis(500), hunt).await });
        assert!(waited.is_err(), "{endless}");
    }
    let start = Instant::now();
    assert_eq!(bench.ask("t1", "print 1").unwrap().rows.len(), 1);
    assert!(start.elapsed() < Duration::from_secs(10));
}

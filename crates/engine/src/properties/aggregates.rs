//! Aggregates put together from parts: exact ones give the same, sketches stay within their bounds.

use std::fmt::Write;

use kql::value::Value;
use proptest::prelude::*;

use super::{Ways, cases, compiled, run};

/// A table of longs in parts, in order, and those longs sorted.
fn parts(of: &[Vec<i64>]) -> (String, Vec<i64>) {
    let part = |it: &Vec<i64>| {
        let cells: Vec<String> = it.iter().map(ToString::to_string).collect();
        format!("(datatable(x: long) [{}])", cells.join(","))
    };
    let parts: Vec<String> = of.iter().map(part).collect();
    let mut all: Vec<i64> = of.iter().flatten().copied().collect();
    all.sort_unstable();
    (format!("union {}", parts.join(", ")), all)
}

fn whole(value: &Value) -> i64 {
    match value {
        Value::Long(it) => *it,
        Value::Null => i64::MIN,
        other => panic!("{other:?} is no long"),
    }
}

/// Where a value stands among the sorted ones, from 0 to 1: the least and the most.
fn ranks(all: &[i64], value: i64) -> (f64, f64) {
    let count = all.len() as f64;
    let below = all.partition_point(|it| *it < value) as f64;
    (below / count, all.partition_point(|it| *it <= value) as f64 / count)
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn parts_make_a_whole(
        of in prop::collection::vec(prop::collection::vec(-3_000i64..3_000, 0..400), 1..5),
        share in 0u32..=100,
    ) {
        let (table, all) = parts(&of);
        let mut query = table;
        write!(
            query,
            " | summarize count(), sum(x), dcount(x), dcount(x, 0), dcount_hll(hll(x, 2)), \
             percentile(x, {share}), tolong(percentile_tdigest(tdigest(x), {share})), \
             count_distinct(x), min(x), max(x)"
        ).unwrap();
        let plan = compiled(&query).unwrap();
        // saved, merged and asked: the sketches of each key put together
        let (table, _) = parts(&of);
        let merging = format!(
            "{table} | summarize h = hll(x), t = tdigest(x) by k = x % 7 \
             | summarize h = hll_merge(h), t = tdigest_merge(t) \
             | project dcount_hll(h), tolong(percentile_tdigest(t, {share}))"
        );
        let merging = compiled(&merging).unwrap();
        let mut distinct = all.clone();
        distinct.dedup();
        let (count, exact) = (all.len() as i64, distinct.len() as i64);
        let near = |value: i64, off: f64| {
            let far = (value - exact).abs() as f64;
            far <= (exact as f64 * off).max(2.0)
        };
        let fits = |value: i64, off: f64| {
            let (least, most) = ranks(&all, value);
            let wanted = f64::from(share) / 100.0;
            least - off - 1.0 / all.len() as f64 <= wanted
                && wanted <= most + off + 1.0 / all.len() as f64
        };
        let ways = Ways::new();
        for (way, state) in ways.others.iter().map(|it| (it.0, &it.1)).chain([("", &ways.usual)]) {
            let rows = run(state, &plan).unwrap();
            let row: Vec<i64> = rows[0].iter().map(whole).collect();
            prop_assert_eq!(row[0], count, "{}", way);
            prop_assert_eq!(row[7], exact, "{}", way);
            if all.is_empty() {
                continue;
            }
            prop_assert_eq!(row[1], all.iter().sum::<i64>(), "{}", way);
            prop_assert!(near(row[2], 0.05), "dcount {} of {exact}, {way}", row[2]);
            prop_assert!(near(row[3], 0.10), "dcount(0) {} of {exact}, {way}", row[3]);
            prop_assert!(near(row[4], 0.04), "hll {} of {exact}, {way}", row[4]);
            prop_assert!(fits(row[5], 0.02), "percentile({share}) {} of {all:?}, {way}", row[5]);
            prop_assert!(fits(row[6], 0.05), "tdigest({share}) {} of {all:?}, {way}", row[6]);
            prop_assert_eq!((row[8], row[9]), (all[0], all[all.len() - 1]), "{}", way);
            let rows = run(state, &merging).unwrap();
            let row: Vec<i64> = rows[0].iter().map(whole).collect();
            prop_assert!(near(row[0], 0.05), "merged {} of {exact}, {way}", row[0]);
            prop_assert!(fits(row[1], 0.05), "merged({share}) {} of {all:?}, {way}", row[1]);
        }
    }
}

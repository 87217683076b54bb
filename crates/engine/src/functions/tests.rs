//! Every example of every function, from text to answer, and cases where rows differ.
#![allow(clippy::unwrap_used)]

use std::{fmt::Write, sync::Arc};

use datafusion::{catalog::TableProvider, execution::session_state::SessionState};
use kql::{Catalog, Env, types::Column, value::Value};

use super::SCALARS;
use crate::{
    collect::{self, Bounds},
    error::EngineError,
    lower::{LowerCx, Sources, rel},
    registry, session,
};

struct Nothing;

impl Catalog for Nothing {
    fn table(&self, _: &str) -> Option<Vec<Column>> {
        None
    }

    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Sources for Nothing {
    fn source(
        &self,
        name: &str,
        _: Option<(i64, i64)>,
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        Err(EngineError::plan(name.to_owned()))
    }
}

/// Runs queries; what goes wrong is text too.
struct Runner {
    state: SessionState,
    runtime: tokio::runtime::Runtime,
}

impl Runner {
    fn new() -> Self {
        Self {
            state: session::state(&std::env::temp_dir(), 64 << 20, 1).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    fn run(&self, query: &str) -> Result<Vec<Vec<Value>>, String> {
        let env = Env {
            catalog: &Nothing,
            functions: registry::functions(),
            now: kql::time::UNIX_EPOCH,
            window: None,
        };
        let compiled = kql::compile(query, &env);
        let Some(plan) = compiled.plan else {
            let all = compiled.diagnostics.iter().map(|it| it.message.clone());
            return Err(all.collect::<Vec<_>>().join("; "));
        };
        let step = rel::rel(&mut LowerCx::new(&Nothing), &plan).map_err(|e| e.to_string())?;
        let bounds = Bounds { rows: 1000, bytes: 1 << 20 };
        let found = self.runtime.block_on(collect::collect(&self.state, &step, bounds));
        Ok(found.map_err(|e| format!("{e:?}"))?.rows)
    }

    /// Cells with commas between, rows with line ends.
    fn text(&self, query: &str) -> String {
        let cell = |cell: &Value| match cell {
            Value::Null => "null".to_owned(),
            Value::String(text) => text.clone(),
            other => crate::arrow_types::dynamic_of(other).to_string(),
        };
        match self.run(query) {
            Err(error) => format!("error: {error}"),
            Ok(rows) => rows
                .iter()
                .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(","))
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}

#[test]
fn the_list_is_sorted_and_described() {
    for pair in SCALARS.windows(2) {
        assert!(pair[0].def.name < pair[1].def.name, "{}", pair[1].def.name);
    }
    for it in SCALARS {
        let doc = it.def.doc;
        assert!(doc.ends_with('.'), "{}: {doc}", it.def.name);
    }
}

#[test]
fn every_example_holds() {
    let runner = Runner::new();
    let mut wrong = String::new();
    for function in SCALARS {
        for (expression, wanted) in function.def.examples {
            let found = match runner.run(&format!("print v = tostring({expression})")) {
                Ok(rows) => match rows.first().and_then(|row| row.first()) {
                    Some(Value::String(text)) => text.clone(),
                    other => format!("{other:?}"),
                },
                Err(error) => format!("error: {error}"),
            };
            if found != *wanted {
                writeln!(wrong, "{expression}\n  gives {found}\n  not   {wanted}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn columns_and_constants_mix() {
    let runner = Runner::new();
    let check = |query: &str, wanted: &str| assert_eq!(runner.text(query), wanted, "{query}");
    check("datatable(s:string)['a,b', ''] | project split(s, ',')", "[\"a\",\"b\"]\n[\"\"]");
    check(
        "datatable(s:string, n:long)['abc', 1, 'xyz', 2] | project substring(s, n), strcat(n, s)",
        "bc,1abc\nz,2xyz",
    );
    check(
        "datatable(ip:string)['10.0.0.1', '8.8.8.8', 'x'] \
         | project ipv4_is_private(ip), ipv4_is_in_any_range(ip, dynamic(['8.0.0.0/8']))",
        "true,false\nfalse,true\nnull,null",
    );
    check(
        "datatable(d:dynamic)[dynamic([2, 1]), dynamic({'a': 'x'}), dynamic(null)] \
         | project array_sort_asc(d), tostring(d.a), gettype(d)",
        "[1,2],,array\nnull,x,dictionary\nnull,,null",
    );
    check(
        "datatable(x:long)[1, long(null), 3] | project coalesce(x, 7), isnull(x), \
         case(x == 1, 'one', isnull(x), 'none', 'other')",
        "1,false,one\n7,true,none\n3,false,other",
    );
    check(
        "datatable(t:datetime, s:timespan)[datetime(2020-03-29 01:30), 1h, datetime(null), 1h] \
         | project bin(t, s), startofday(t)",
        "\"2020-03-29T01:00:00.0000000Z\",\"2020-03-29T00:00:00.0000000Z\"\nnull,null",
    );
    check(
        "datatable(s:string)['aaaa', 'xaaa', 'ba'] \
         | project trim('a', s), trim_end('a+?', s), trim('^b|a', s)",
        "aa,,aa\nxaa,x,xaa\nb,b,",
    );
}

#[test]
fn lookups_take_turns() {
    let runner = Runner::new();
    let check = |lookups: &str, rewrites: &str, wanted: &str| {
        let query = format!("print replace_strings('This is', {lookups}, {rewrites})");
        assert_eq!(runner.text(&query), wanted, "{query}");
    };
    check("dynamic(['This', 'is'])", "dynamic(['This', 'was'])", "This was");
    check("dynamic(['is', 'This'])", "dynamic(['was', 'That'])", "Thwas was");
    check("dynamic(['This', 'is'])", "dynamic([12345, 'was'])", "This was");
    check("dynamic(['', 'is'])", "dynamic(['x', ''])", "Th ");
}

#[test]
fn wrong_constants_are_refused() {
    let runner = Runner::new();
    for query in [
        "print extract('(', 1, 'x')",
        "print extract_all('a', 'a')",
        "print datetime_add('eon', 1, datetime(2020-01-01))",
        "print format_datetime(datetime(2020-01-01), 'yyyyTMM')",
        "print format_timespan(1d, '%d')",
        "print bag_pack('a', 1, 'b')",
        "print parse_command_line('a', 'posix')",
        "print bin(datetime(2020-01-01), 'x')",
        "print replace_regex('a', '(?=b)', '')",
    ] {
        assert!(runner.run(query).is_err(), "{query}");
    }
}

#[test]
fn hostile_input_is_only_input() {
    let runner = Runner::new();
    for query in [
        "print substring('é', -9223372036854775808, 9223372036854775807)",
        "print range(0, 9223372036854775807, 9223372036854775807)",
        "print datetime_add('year', 9223372036854775807, datetime(2020-01-01))",
        "print bin(-9223372036854775807, 9223372036854775807)",
        "print startofmonth(datetime(9999-12-31), 1), endofyear(datetime(9999-12-31))",
        "print array_slice(dynamic([1]), -9223372036854775807, 9223372036854775807)",
        "print array_shift_left(dynamic([1]), -9223372036854775807)",
        "print strrep('x', 9223372036854775807)",
        "print make_timespan(1e300, 1, 1, 1), make_datetime(-1, 1e300, 0)",
        "print round(1e308, 400), round(9223372036854775807, -18)",
        "print parse_path(':'), parse_url('://@:[?#'), parse_version('....')",
        "print unixtime_seconds_todatetime(9223372036854775807)",
        "print indexof('é', 'é', -5, 3, 2), indexof_regex('é', 'x*', 0, -1, 5)",
        "print series_fir(range(1, 60000), range(1, 60000)), series_stats(dynamic([null, 'x']))",
        "print series_fit_poly(dynamic([1, 2]), dynamic([1, 1]), 50), series_fft(dynamic([]))",
        "print series_decompose(dynamic([1]), 5, 'linefit', 9), series_outliers(dynamic([]))",
        "print series_periods_detect(dynamic([0, 0, 0, 0]), -1, 1e300, 9223372036854775807)",
        "print parse_xml(strrep('<a>', 100000)), parse_xml('<!DOCTYPE a [<!ENTITY b \"c\">]><a/>')",
        "print ipv4_range_to_cidr_list('0.0.0.0', '255.255.255.255')",
        "print beta_inv(0.5, 1e300, 1e-300), welch_test(1, 0, 2, 1, 0, 2)",
        "print geo_point_buffer(0, 90, 1e300), geo_point_to_s2cell(180, -90, 30)",
        "print geo_h3cell_children('8001fffffffffff', 15), geo_h3cell_rings('8001fffffffffff', 142)",
        "print geo_from_wkt(strrep('GEOMETRYCOLLECTION(', 10000))",
        "print tdigest_merge(dynamic(['tdigest', 'long', [1], ['x']]), dynamic(1))",
        "print dcount_hll(dynamic(['hll', '////'])), hll_merge(dynamic(['hll', '']), dynamic([]))",
    ] {
        let found = runner.run(query);
        assert!(found.is_ok(), "{query}: {found:?}");
    }
}

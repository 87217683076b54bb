//! Printing and reading again changes nothing: a query made by chance, however it is laid out, has
//! the tree of its formatted text, and formatting that once more changes no letter.
//!
//! `PROPTEST_CASES` says how many queries.

use kql::{format::format, syntax::parse};
use proptest::prelude::*;

/// Steps with places for a value `{e}`, a condition `{b}`, a column `{c}` and a new name `{n}`.
/// Every blank may become any other gap.
const STEPS: &[&str] = &[
    "where {b}",
    "extend {n} = {e}",
    "extend {n} = {e}, {n} = {e}",
    "project {c}, {n} = {e}",
    "project-away {c}, {c}*",
    "project-keep {c}*",
    "project-rename {n} = {c}",
    "project-reorder {c} asc, *",
    "summarize {n} = count(), sum({e}) by {c}, {n} = bin({e}, 1h)",
    "summarize arg_max({c}, *) by {c}",
    "sort by {e} asc nulls last, {c} desc",
    "top 5 by {e} desc",
    "take 10",
    "distinct {c}, {c}",
    "count",
    "join kind=leftouter hint.strategy=shuffle (U | where {b}) on {c}",
    "join kind=inner (U) on $left.{c} == $right.{c}, {c}",
    "lookup kind=inner (U) on {c}",
    "union kind=outer withsource={n} isfuzzy=true (T | where {b}), U*",
    "mv-expand with_itemindex={n} {n} = {c} to typeof(long), {c} limit 5",
    "mv-apply {n} = {c} to typeof(string) on (where {b} | take 1)",
    "parse kind=regex flags=U {c} with * 'x' {n}:long ',' {n} *",
    "parse-where {c} with 'a' {n} 'b'",
    "parse-kv {c} as ({n}: long, {n}: string) with (pair_delimiter=',', kv_delimiter='=')",
    "make-series {n} = avg({e}) default=0 on {c} from {e} to {e} step 1h by {c}",
    "serialize {n} = row_number()",
    "scan with_match_id={n} declare ({n}: long = 0) with (step s: {b} => {c} = s.{c} + 1; step t output=none: {b};)",
    "partition hint.strategy=native by {c} (top 1 by {e})",
    "top-nested 3 of {c} with others='o' by sum({e}), top-nested of {c} by count()",
    "top-hitters 5 of {c} by {e}",
    "sample-distinct 5 of {c}",
    "sample 3",
    "reduce by {c} with threshold=0.1",
    "evaluate pivot({c}, count(), {c})",
    "evaluate hint.distribution=single bag_unpack({c}, 'p_')",
    "invoke f({e}, {c})",
    "facet by {c}, {c} with (take 1)",
    "fork a = (where {b}) (take 1 | project {c})",
    "search kind=case_sensitive in (T, U*) 'x' and {b}",
    "make-graph {c} --> {c} with U on {c}",
    "graph-match cycles=none (a)-[e*1..3]->(b)<-[f]-(d) where a.x == 1 and {b} project b.y, {n} = d.z",
    "getschema",
    "as hint.materialized=true {n}",
    "render timechart with (title='t', ysplit=axes)",
];

const VALUES: &[&str] = &[
    "{c}",
    "5",
    "-({e})",
    "1.5e3",
    "'a'",
    "\"b\"",
    "@'c\\d'",
    "h'e'",
    "```multi```",
    "2h",
    "datetime(2024-01-01T10:00:00Z)",
    "timespan(1.02:03:04)",
    "dynamic({\"k\":[1,-2,{\"z\":null}]})",
    "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
    "decimal(1.50)",
    "long(null)",
    "({e} + {e} - {e})",
    "({e} * {e} / {e} % 3)",
    "f({e}, {n} = {e})",
    "iff({b}, {e}, {e})",
    "{c}.a['b'][0].c",
    "{c}[{e}]",
    "toscalar(T | where {b} | count)",
    "tostring({e})",
    "['odd-name']",
];

const CONDITIONS: &[&str] = &[
    "{e} == {e}",
    "{e} <> {e}",
    "{e} >= {e}",
    "({b} and {b})",
    "({b} or {b} or {b})",
    "not({b})",
    "{c} has 'x'",
    "{c} !startswith_cs 'y'",
    "{c} matches regex 'a+'",
    "{c} in (1, {e}, {e})",
    "{c} !in~ ('a', 'b')",
    "{c} in (U | project {c})",
    "{c} has_any ('a', {e})",
    "{e} between (1 .. {e})",
    "{e} !between ({e} .. 1h)",
    "true",
];

const HEADS: &[&str] = &[
    "T",
    "T",
    "print {n} = {e}, {e}",
    "range {n} from 1 to {e} step {e}",
    "datatable({n}: long, {n}: string) [1, 'a', 2, 'b']",
    "union T, (U | where {b})",
    "find withsource={n} in (T, U) where {b} project {c}, {c}",
    "externaldata({n}: long) ['a.csv'] with (format='csv', ignoreFirstRecord=true)",
    "(T | where {b})",
    "f({e})",
];

const STATEMENTS: &[&str] = &[
    "let {n} = {e};",
    "let {n} = T | where {b};",
    "let {n} = (x: long, y: string = 'a') { {e} };",
    "let {n} = view () { T | where {b} };",
    "let {n} = (t: (a: long, b: string), u: (*)) { let z = 1; t | where {b} };",
    "set notruncation;",
    "declare query_parameters({n}: long = 5, {n}: dynamic = dynamic([1]));",
    "alias database d = cluster('c').database('b');",
];

const GAPS: &[&str] = &[" ", " ", " ", "\n", "   ", "\t", " // said\n", "\n\n\n"];

struct Writer {
    rolls: std::vec::IntoIter<u16>,
    depth: usize,
    names: usize,
}

impl Writer {
    fn below(&mut self, sides: usize) -> usize {
        usize::from(self.rolls.next().unwrap_or(0)) % sides
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn fill(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            let place = rest.get(at..at + 3).unwrap_or_default();
            rest = &rest[at + 1..];
            let filled = match place {
                "{e}" => self.nested(VALUES, "7"),
                "{b}" => self.nested(CONDITIONS, "true"),
                "{c}" => self.one(&["a", "b", "Column"]).to_owned(),
                "{n}" => {
                    self.names += 1;
                    format!("n{}", self.names)
                }
                _ => {
                    out.push('{');
                    continue;
                }
            };
            out.push_str(&filled);
            rest = &rest[2..];
        }
        out.push_str(rest);
        out
    }

    fn nested(&mut self, of: &[&'static str], simple: &str) -> String {
        if self.depth >= 4 {
            return simple.to_owned();
        }
        self.depth += 1;
        let template = self.one(of);
        let filled = self.fill(template);
        self.depth -= 1;
        filled
    }

    fn query(&mut self) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.below(3) {
            let statement = self.one(STATEMENTS);
            parts.push(self.fill(statement));
        }
        let head = self.one(HEADS);
        parts.push(self.fill(head));
        for _ in 0..self.below(5) {
            let step = self.one(STEPS);
            parts.push(format!("| {}", self.fill(step)));
        }
        let plain = parts.join(" ");
        let mut out = String::new();
        for (at, word) in plain.split(' ').enumerate() {
            if at > 0 {
                out.push_str(self.one(GAPS));
            }
            out.push_str(word);
        }
        out
    }
}

/// The tree without its places.
fn tree(text: &str) -> String {
    let places = regex::Regex::new(r"Span \{ start: \d+, end: \d+ \}").expect("it is one");
    places.replace_all(&format!("{:?}", parse(text).query), "_").into_owned()
}

fn cases(usual: u32) -> ProptestConfig {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let cases = said.unwrap_or(usual);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn reading_what_was_printed_gives_the_same(rolls in prop::collection::vec(any::<u16>(), 0..200)) {
        let text = Writer { rolls: rolls.into_iter(), depth: 0, names: 0 }.query();
        let read = parse(&text);
        let told: Vec<&String> = read.diagnostics.iter().map(|it| &it.message).collect();
        prop_assert!(told.is_empty(), "{:?}\n{}", told, text);
        let printed = format(&text);
        prop_assert_eq!(tree(&printed), tree(&text), "{}\n--\n{}", text, printed);
        prop_assert_eq!(&format(&printed), &printed);
    }
}

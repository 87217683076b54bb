//! Hostile and broken text: no panic, no overflow, no waiting.

use std::fmt::Write as _;

use kql::{compile, syntax};
use proptest::prelude::*;

use crate::support::{Tables, env};

const NONE: kql::function::Functions = kql::function::Functions { scalars: &[], aggregates: &[] };

const SEEDS: &[&str] = &[
    "let a = 5; let T = datatable(x: long, s: string)[1, \"a\", 2, 'b']; T | where x == a | take 1",
    "print a = dynamic({\"k\": [1, 2, {\"z\": null}]}), b = 1.5h, c = datetime(2024-01-01) | extend d = a.k[0]",
    "union kind=outer withsource=src (print x = 1), (range y from 1 to 3 step 1) | sort by x asc nulls last",
    "datatable(k: int)[1] | join kind=leftouter (print k = int(2)) on $left.k == $right.k | project-away k*",
    "let f = (a: long, b: string = \"x\") { print v = a | where v in (1, 2) and b has_any ('x', \"y\") }; f(1)",
];

fn show(text: &str) -> Vec<&'static str> {
    let tables = Tables::default();
    compile(text, &env(&tables, &NONE)).diagnostics.iter().map(|it| it.code).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        show(&text);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        show(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens_are_read_without_a_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "print", "let", "|", "where", "(", ")", "[", "]", "{", "}", "x", "=", "==", "1", "'a'", ",", ";",
            "summarize", "by", "union", "join", "on", "range", "from", "to", "step", "datatable", ":", "long",
            "-", "+", "*", ".", "..", "has", "in", "between", "dynamic", "datetime(", "project-away", "project",
            "$left", "and", "or", "extend", "not", "view", "!has", "in~", "typeof", "1d", "0x", "\"", "@\"", "```", "\\",
        ]), 0..40),
        gap in prop::sample::select(vec!["", " "]),
    ) {
        show(&words.join(gap));
    }

    #[test]
    fn mutated_queries_are_read_without_a_panic(
        seed in 0..SEEDS.len(), from in 0usize..120, length in 0usize..12, put in "\\PC{0,4}"
    ) {
        let chars: Vec<char> = SEEDS[seed].chars().collect();
        let from = from.min(chars.len());
        let to = (from + length).min(chars.len());
        let text: String =
            chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
        show(&text);
    }
}

#[test]
fn seeds_are_right() {
    for seed in SEEDS {
        assert_eq!(show(seed), [""; 0], "{seed}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("-(", ")"), ("dynamic([", "])"), ("x[", "]"), ("x in (", ")")]
    {
        let text = format!("print {}1{}", open.repeat(50_000), close.repeat(50_000));
        assert!(show(&text).contains(&"KQL0402"), "{open}: {:?}", show(&text));
    }
    let text = format!("print dynamic({}1{})", "[".repeat(50_000), "]".repeat(50_000));
    assert!(show(&text).contains(&"KQL0402"));
    let text = format!("{}print x = 1{}", "union (".repeat(20_000), ")".repeat(20_000));
    assert!(show(&text).contains(&"KQL0402"));
    let text = format!("{}T{}", "T | join (".repeat(20_000), ") on x".repeat(20_000));
    assert!(show(&text).contains(&"KQL0402"));
    let text = format!("T | {}take 1{}", "mv-apply x on (".repeat(20_000), ")".repeat(20_000));
    assert!(show(&text).contains(&"KQL0402"));
    let text = format!("print x{}", ".a".repeat(100_000));
    assert!(show(&text).contains(&"KQL0402"));
    let text = format!(
        "let f = {} 1 {}; print f()",
        "() { let g = ".repeat(5_000),
        "; g() }".repeat(5_000)
    );
    assert!(show(&text).contains(&"KQL0402"), "{:?}", show(&text));
    // many chains in each other are tall although nothing nests deeply
    let mut text = "1".to_owned();
    for _ in 0..80 {
        text = format!("({text}{})", "-1".repeat(60));
    }
    assert_eq!(show(&format!("print {text}")), ["KQL0402"]);
}

#[test]
fn nesting_within_the_bounds_is_fine() {
    let text = format!("print {}1{}", "(".repeat(90), ")".repeat(90));
    assert_eq!(show(&text), [""; 0]);
    let text = format!("print x = 1{}", " | extend x = x + 1".repeat(250));
    assert_eq!(show(&text), [""; 0]);
    for (open, close) in [
        ("print x = 1 | join kind=inner (", ") on x | project x"),
        ("union (print x = 1), (", ")"),
        ("print x = 1 | where x in ((", "))"),
        ("print x = 1 | lookup (", ") on x"),
        ("print y = toscalar(", ")"),
    ] {
        let text = format!("{}print x = 1{}", open.repeat(45), close.repeat(45));
        assert_eq!(show(&text), [""; 0], "{open}");
    }
}

#[test]
fn long_chains_are_flat() {
    let chain = vec!["x == 1"; 100_000].join(" or ");
    let text = format!("print x = 1 | where {chain}");
    let tables = Tables::default();
    let compiled = compile(&text, &env(&tables, &NONE));
    assert_eq!(compiled.diagnostics, []);
    let sum = vec!["1"; 100_000].join("+");
    assert_eq!(show(&format!("print {sum}")), [""; 0]);
    let difference = vec!["1"; 100_000].join("-");
    assert_eq!(show(&format!("print {difference}")), ["KQL0403"]);
    let list = vec!["1"; 100_000].join(",");
    assert_eq!(show(&format!("print x = 1 | where x in ({list})")), [""; 0]);
}

#[test]
fn long_pipelines_are_refused() {
    let text = format!("print x = 1{}", " | where x == 1".repeat(5_000));
    assert!(
        show(&text).iter().all(|it| ["KQL0403", "KQL0402", "KQL0101"].contains(it)),
        "{:?}",
        show(&text)
    );
    assert!(!show(&text).is_empty());
}

#[test]
fn texts_over_the_bound_are_refused() {
    assert_eq!(show(&" ".repeat(syntax::MAX_TEXT + 1)), ["KQL0401"]);
}

#[test]
fn inlining_does_not_explode() {
    let mut text = "let t0 = print x = 1; let v0 = 1 + 1;\n".to_owned();
    for at in 1..60 {
        let _ = writeln!(text, "let t{at} = union t{0}, t{0}; let v{at} = v{0} + v{0};", at - 1);
    }
    assert!(show(&format!("{text} t59")).contains(&"KQL0403"));
    let mut text = "let f0 = (a: long) { a + a };\n".to_owned();
    for at in 1..60 {
        let _ = writeln!(text, "let f{at} = (a: long) {{ f{0}(a) + f{0}(a) }};", at - 1);
    }
    assert!(!show(&format!("{text} print f59(1)")).is_empty());
    let mut text = "let v0 = 1 - 1;\n".to_owned();
    for at in 1..1_900 {
        let _ = writeln!(text, "let v{at} = v{} - 1;", at - 1);
    }
    assert!(show(&format!("{text} print v1899")).contains(&"KQL0402"));
}

/// A copy of a long constant takes more room than one of a short one.
#[test]
fn what_is_inlined_counts_by_its_size() {
    for long in [
        format!("print x = dynamic([{}])", vec!["1"; 1_500].join(",")),
        format!("print x = '{}'", "a".repeat(3_000)),
        format!("print {} = 1", "n".repeat(1_000)),
        format!("externaldata(a: string)['{}']", "a".repeat(3_000)),
    ] {
        let mut text = format!("let t0 = {long};\n");
        for at in 1..17 {
            let _ = writeln!(text, "let t{at} = union t{0}, t{0};", at - 1);
        }
        let started = std::time::Instant::now();
        assert!(show(&format!("{text} t16 | count")).contains(&"KQL0403"), "{long:.40}");
        assert!(started.elapsed().as_secs() < 10, "{long:.40}: {:?}", started.elapsed());
    }
}

#[test]
fn a_megabyte_ends_quickly_whatever_it_says() {
    let size = syntax::MAX_TEXT - 100;
    let fill = |head: &str, unit: &str, tail: &str| {
        format!("{head}{}{tail}", unit.repeat((size - head.len() - tail.len()) / unit.len()))
    };
    let texts = [
        fill("print x = 1 | where x == 1", " or x == 1", ""),
        fill("print x = 1 | where x == 1", " and nope == 1", ""),
        fill("print x = 1 | where ", "not(", ""),
        fill("print ", "9", ""),
        fill("print 1.", "9", "e5"),
        fill("print dynamic({", "\"a\":", ""),
        fill("print '", "\\x", "'"),
        fill("print datetime(", "1", ")"),
        fill("let a = 1", "; let b = ", ""),
        fill("", "| where ", ""),
        fill("T ", "| x ", ""),
        fill("print ", "f(", ""),
        fill("print x = 1 | project ", "(", ""),
        fill("print x matches regex '", "(", "'"),
        fill("print x = 1 | parse 'a' with ", "* 'x' ", ""),
        fill("// ", "x", ""),
        fill("datatable(a: long)[", "1,", ""),
        fill("union isfuzzy=true x", ", (y | where z == 1)", ""),
    ];
    for text in texts {
        let started = std::time::Instant::now();
        show(&text);
        let took = started.elapsed();
        let shown: String = text.chars().take(40).collect();
        assert!(took.as_secs() < 20, "{shown}: {took:?}");
    }
}

#[test]
fn guessing_ends() {
    let mut text = "union isfuzzy=true (Nowhere | where a == 1".to_owned();
    for at in 0..100 {
        let _ = write!(text, " | extend b{at} = c{at} | where b{at} == d{at}");
    }
    text.push(')');
    assert_eq!(show(&text).iter().filter(|it| **it != "KQL0501").count(), 0, "{:?}", show(&text));
}

//! What formatted queries look like, and that they mean the same.

#![allow(clippy::unwrap_used)]

use super::format;
use crate::syntax::pieces::pieces;

fn check(text: &str, wanted: &str) {
    let formatted = format(text);
    assert_eq!(formatted, wanted);
    assert_eq!(format(&formatted), formatted, "formatting again changes something");
}

#[test]
fn an_operator_has_a_line() {
    check(
        "DeviceInfo|where OSBuild==5   and DeviceName has 'x'| project  DeviceName,OSBuild",
        "DeviceInfo\n| where OSBuild == 5 and DeviceName has 'x'\n| project DeviceName, OSBuild\n",
    );
}

#[test]
fn statements_and_comments_keep_their_places() {
    check(
        "// head\nlet a=5; // five\n\n\n\nlet b = 6;\nprint a // last\n// tail",
        "// head\nlet a=5; // five\n\nlet b = 6;\nprint a // last\n// tail\n",
    );
}

#[test]
fn what_touches_with_a_meaning_still_touches() {
    check("T | project-away x*, y | take -5", "T\n| project-away x*, y\n| take -5\n");
    check(
        "T|join kind=inner (U) on $left.a==$right.b",
        "T\n| join kind=inner (U) on $left.a == $right.b\n",
    );
}

#[test]
fn a_query_in_brackets_is_opened_up() {
    check(
        "T | join (U | where a == 1 | project b) on b",
        "T\n| join (\n    U\n    | where a == 1\n    | project b\n) on b\n",
    );
    check("T | where a in (U | project b)", "T\n| where a in (U | project b)\n");
}

#[test]
fn long_lists_break_behind_commas() {
    let names: Vec<String> = (0..30).map(|it| format!("Column{it}")).collect();
    let text = format!("T | project {}", names.join(","));
    let formatted = format(&text);
    assert!(formatted.lines().all(|it| it.len() <= super::WIDTH), "{formatted}");
    assert_eq!(format(&formatted), formatted);
}

#[test]
fn what_cannot_be_cut_stays() {
    check("print 'open", "print 'open");
    check("", "");
    for odd in ["(", ")", "print (((", "let f = () {", "| | ;;", "; ;", "//", "{ }"] {
        let formatted = format(odd);
        assert_eq!(format(&formatted), formatted, "{odd}");
    }
}

/// Formatting must not change a token.
#[test]
fn published_queries_keep_their_tokens() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/kql/corpus/dev.jsonl");
    let Ok(corpus) = std::fs::read_to_string(path) else {
        println!("skipped: no corpus");
        return;
    };
    let mut unsettled = 0;
    let mut count = 0;
    for line in corpus.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = entry["query"].as_str().unwrap();
        let formatted = format(text);
        let texts = |text: &str| -> Vec<String> {
            pieces(text).unwrap_or_default().iter().map(|it| it.text.to_owned()).collect()
        };
        assert_eq!(texts(text), texts(&formatted), "{text}\n---\n{formatted}");
        unsettled += usize::from(format(&formatted) != formatted);
        count += 1;
    }
    assert_eq!(unsettled, 0, "of {count}");
}

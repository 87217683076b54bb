//! Syntax trees as text, one query a test.

#![allow(clippy::unwrap_used)]

use super::{parse, tree::*};
use crate::{time, types::Type, value::Value};

/// The literals of a `print`, or the first diagnostic.
fn literals(text: &str) -> String {
    let parsed = parse(&format!("print {text}"));
    if let Some(first) = parsed.diagnostics.first() {
        return first.to_string();
    }
    let Some(Statement::Expr(expr)) = parsed.query.statements.first() else { return String::new() };
    let ExprKind::Source(operator) = &expr.kind else { return String::new() };
    let OperatorKind::Print(list) = &operator.kind else { return String::new() };
    let shown = list.iter().map(|it| match &it.expr.kind {
        ExprKind::Literal(Value::Null, ty) => format!("{ty}(null)"),
        ExprKind::Literal(value, _) => value.to_string(),
        other => format!("{other:?}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn numbers() {
    assert_eq!(literals("0, 12, 0x1F, 1.5, 1e3, 1.5E-2, 1."), "0 12 31 1.5 1000.0 0.015 1.0");
    assert_eq!(
        literals("9223372036854775807, -9223372036854775808"),
        "9223372036854775807 -9223372036854775808"
    );
    assert_eq!(literals("9223372036854775808"), "KQL0004: `9223372036854775808` is out of range");
    assert_eq!(
        literals("int(5), long(-0x10), real(nan), double(+inf), real(1e3)"),
        "int(5) -16 NaN inf 1000.0"
    );
    assert_eq!(
        literals("decimal(1.50), decimal(1e5), decimal(-2.5e-3)"),
        "decimal(1.50) decimal(100000) decimal(-0.0025)"
    );
    assert_eq!(literals("int(null), bool(null), real(null)"), "int(null) bool(null) real(null)");
    assert_eq!(literals("int(1.9), bool(1), bool(TRUE), True"), "int(1) true true true");
    assert!(literals("long(x)").contains("`tolong(...)` converts"));
}

#[test]
fn timespans() {
    assert_eq!(
        literals("1d, 1.5h, 5ms, 1microsecond, 1tick, 2days, 5nanoseconds"),
        "timespan(1.00:00:00) timespan(01:30:00) timespan(00:00:00.0050000) \
         timespan(00:00:00.0000010) timespan(00:00:00.0000001) timespan(2.00:00:00) timespan(00:00:00)"
    );
    assert_eq!(
        literals(
            "time(1.02:03:04.5), time(-1d), timespan(5 seconds), time('01:02:03'), time(null)"
        ),
        "timespan(1.02:03:04.5000000) timespan(-1.00:00:00) timespan(00:00:05) timespan(01:02:03) timespan(null)"
    );
    assert_eq!(time::parse_timespan("1:99"), None);
}

#[test]
fn datetimes() {
    let same = "2024-03-01T10:20:00.0000000Z";
    for text in [
        "2024-03-01 10:20",
        "2024-03-01T10:20Z",
        "2024-03-01T12:20:00+02:00",
        "\"2024-03-01 10:20:00.0\"",
        "03/01/2024 10:20",
        "2024/3/1 10:20",
        "1 Mar 2024 10:20 GMT",
        "Fri, 01 Mar 2024 10:20:00 GMT",
        "Mar 1 2024 10:20",
        "20240301 10:20",
        "3/1/2024 10:20 AM",
        "2024-03-01\u{202f}10:20",
    ] {
        assert_eq!(literals(&format!("datetime({text})")), format!("datetime({same})"), "{text}");
    }
    assert_eq!(literals("datetime(2024)"), "datetime(null)");
    assert_eq!(literals("datetime(2024-02)"), "datetime(2024-02-01T00:00:00.0000000Z)");
    assert_eq!(
        literals("datetime(2020-01-01 00:00:00.1234567)"),
        "datetime(2020-01-01T00:00:00.1234567Z)"
    );
    // a clock waits for its day
    assert_eq!(parse("print datetime(8:00 AM), datetime('17:30:10')").diagnostics, []);
    for text in [
        "25:00",
        "8:61 AM",
        "2024-13-01",
        "2024-02-30",
        "x",
        "2024-01-01 25:00",
        "0000-01-01",
        "",
        "2024-01-01 10:20+99:00",
    ] {
        assert!(literals(&format!("datetime({text})")).starts_with("KQL0004"), "{text}");
    }
}

#[test]
fn texts() {
    assert_eq!(literals(r#""a\tb\u0041\x41\101", 'it''s'"#), r#""a\tbAAA" "its""#);
    assert_eq!(literals(r#"@"a\d""b", h"c", h@'d', "x" 'y'"#), r#""a\\d\"b" "c" "d" "xy""#);
    assert_eq!(literals("```a\n\"b```, ~~~c~~~"), r#""a\n\"b" "c""#);
    assert_eq!(literals(r#""\uD83D\uDE00""#), "\"😀\"");
    assert!(literals(r#""a\d""#).starts_with(r"KQL0003: `\d` is not an escape"));
    assert!(literals("\"a\nb").starts_with("KQL0002"));
}

#[test]
fn dynamics_and_guids() {
    assert_eq!(
        literals(
            "dynamic({\"a\": [1, -2.5, 'x', null, true], \"t\": datetime(2024-01-01), d: 1d})"
        ),
        r#"dynamic({"a":[1,-2.5,"x",null,true],"t":"2024-01-01T00:00:00.0000000Z","d":864000000000})"#
    );
    assert_eq!(literals("dynamic(null), dynamic(\"x\" \"y\")"), r#"dynamic(null) dynamic("xy")"#);
    assert_eq!(
        literals("guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"),
        "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"
    );
    assert!(literals("guid(5)").starts_with("KQL0004"));
}

#[test]
fn words_of_the_language_are_no_names() {
    let first =
        |text: &str| parse(text).diagnostics.first().map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        first("print first = 1"),
        "KQL0104: `first` is a word of the language; write `['first']` to use it as a name"
    );
    assert_eq!(first("print ['first'] = 1, where = 2, by = 3"), "");
    assert_eq!(first("T | where not x"), "KQL0101: `not` is a function; write `not(...)`");
    assert_eq!(first("T | where a == b == c"), "KQL0101: expected the end of `where`, found `==`");
    assert_eq!(
        first("T | where a = 1"),
        "KQL0501: `=` does not compare here: it names what follows `a`; write `==`"
    );
    assert_eq!(first("T | Where a"), "KQL0102: no operator `Where`; `where` is near");
    assert_eq!(first("T | wheer a"), "KQL0102: no operator `wheer`; `where` is near");
    assert_eq!(first("T | take 1 |"), "KQL0101: expected an operator, but the query ends");
    assert_eq!(first("T | where a in (1,)"), "KQL0101: expected an expression, found `)`");
    assert_eq!(first(""), "KQL0105: there is no query in the text");
    assert_eq!(first("// only a comment"), "KQL0105: there is no query in the text");
}

#[test]
fn several_mistakes_are_found_at_once() {
    let found = parse("let a = ; T | where (1 | extend x = | take 1; U | whre");
    let codes: Vec<_> = found.diagnostics.iter().map(|it| it.code).collect();
    assert!(codes.len() >= 3, "{:?}", found.diagnostics);
}

#[test]
fn types_have_names() {
    assert!(Type::ALL.iter().all(|it| Type::parse(it.name()) == Some(*it)));
}

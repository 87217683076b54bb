//! A text with several mistakes shows each of them, and none that follows from another.

use kql::{Env, compile, environment, function::Functions};

const NONE: Functions = Functions { scalars: &[], aggregates: &[] };

/// Code and place of each finding.
fn check(text: &str, wanted: &[(&str, &str)]) {
    let catalog = environment::named("xdr").expect("it is built in");
    let env = Env { catalog: &catalog, functions: &NONE, now: 0, window: None };
    let compiled = compile(text, &env);
    let found: Vec<(&str, &str)> = compiled
        .diagnostics
        .iter()
        .map(|it| (it.code, text.get(it.span.start..it.span.end).unwrap_or("?")))
        .collect();
    assert_eq!(found, wanted, "{text}");
    assert!(compiled.plan.is_none());
}

#[test]
fn three_mistakes_are_three_findings() {
    check(
        "DeviceProcessEvents | where Timestmp > datetime(2024-01-01) | wher x | project FileNam",
        &[("KQL0202", "Timestmp"), ("KQL0102", "wher"), ("KQL0202", "FileNam")],
    );
    check(
        "let a = (; DeviceInfo | where DeviceNam == a | project OSBuild, | where OSBuild has 'x'",
        &[
            ("KQL0101", ";"),
            ("KQL0202", "DeviceNam"),
            ("KQL0101", "|"),
            ("KQL0301", "OSBuild has 'x'"),
        ],
    );
    check(
        "DeviceInf | take 1; let b = nope(1); DeviceInfo | where b == OSBild",
        &[
            ("KQL0201", "DeviceInf"),
            ("KQL0501", "DeviceInf | take 1"),
            ("KQL0203", "nope"),
            ("KQL0202", "OSBild"),
        ],
    );
}

#[test]
fn a_broken_step_is_not_held_against_those_behind_it() {
    check("DeviceInfo | extend Risk = | where Risk > 1 | project Risk", &[("KQL0101", "|")]);
    check("let f = (a: long) { a + }; DeviceInfo | where f(1) == OSBuild", &[("KQL0101", "}")]);
    check(
        "DeviceInfo | extend a = Nope | where a == 1 | project b = a + 1",
        &[("KQL0202", "Nope")],
    );
}

#[test]
fn near_names_are_told() {
    let catalog = environment::named("sentinel").expect("it is built in");
    let env = Env { catalog: &catalog, functions: &NONE, now: 0, window: None };
    for (text, near) in [
        ("SecurityEvents | take 1", "`SecurityEvent` is near"),
        ("SecurityEvent | where Acount == 'a'", "`Account` is near"),
        ("SecurityEvent | summarise count()", "`summarize` is near"),
        ("_GetWatchlst('a')", "`_GetWatchlist` is near"),
    ] {
        let found = compile(text, &env).diagnostics;
        assert!(found.iter().any(|it| it.help.as_deref() == Some(near)), "{text}: {found:?}");
    }
}

#[test]
fn odd_texts_have_their_columns_right_in_utf16() {
    let line =
        r#"{"id":1,"query":"DeviceInfo | where DeviceName == '🦊' and Nope == 1","env":"xdr"}"#;
    let answer = kql::check::line(line, &NONE, 0);
    let (start, end) = (&answer["diagnostics"][0]["start"], &answer["diagnostics"][0]["end"]);
    assert_eq!((start.as_u64(), end.as_u64()), (Some(42), Some(46)));
}

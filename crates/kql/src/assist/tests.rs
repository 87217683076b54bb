//! What an editor is told, with `^` at the cursor.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    Env, environment,
    function::{FunctionDef, Functions, Naming, Returns},
    types::Type,
};

const TOLOWER: FunctionDef = FunctionDef {
    name: "tolower",
    params: &[Param::of("text", &[Type::String])],
    returns: Returns::Is(Type::String),
    naming: Naming::Position,
    doc: "The text in lower case.",
    examples: &[("tolower('A')", "a")],
};
const FUNCTIONS: Functions = Functions { scalars: &[&TOLOWER], aggregates: &[] };

fn at(text: &str) -> (String, usize) {
    let byte = text.find('^').unwrap();
    (text.replacen('^', "", 1), byte)
}

fn with<T>(run: impl FnOnce(&Env<'_>) -> T) -> T {
    let catalog = environment::named("xdr").unwrap();
    run(&Env { catalog: &catalog, functions: &FUNCTIONS, now: 0, window: None })
}

fn labels(text: &str) -> Vec<String> {
    let (text, byte) = at(text);
    with(|env| completions(&text, byte, env).into_iter().map(|it| it.label).collect())
}

fn shown(text: &str) -> String {
    let (text, byte) = at(text);
    with(|env| hover(&text, byte, env)).map_or_else(String::new, |it| it.0)
}

fn defined(text: &str) -> Option<usize> {
    let (text, byte) = at(text);
    definition(&text, byte).map(|it| it.start)
}

#[test]
fn behind_a_bar_operators_are_proposed() {
    assert!(labels("DeviceInfo | ^").contains(&"where".to_owned()));
    assert_eq!(labels("DeviceInfo | project-r^"), ["project-rename", "project-reorder"]);
}

#[test]
fn in_an_operator_columns_and_functions_are_proposed() {
    assert_eq!(labels("DeviceInfo | where OSBu^"), ["OSBuild", "OsBuildRevision"]);
    assert_eq!(labels("DeviceInfo | project Mine = OSBuild | where M^ > 1")[0], "Mine");
    assert_eq!(labels("let t = DeviceInfo | project Mine = 1; t | where Mi^"), ["Mine"]);
    assert_eq!(labels("DeviceInfo | where isnotempty(DeviceNam^"), ["DeviceName"]);
    assert!(labels("DeviceInfo | extend a = tolo^").contains(&"tolower".to_owned()));
    assert_eq!(labels("DeviceEvents | join (DeviceInfo | where OSBu^")[0], "OSBuild");
    // an open text in front is no reason to fail
    labels("DeviceInfo | where 'open ^");
}

#[test]
fn at_the_head_tables_and_lets_are_proposed() {
    assert_eq!(labels("DeviceInf^"), ["DeviceInfo"]);
    assert_eq!(labels("let mine = 1; print my^in"), [""; 0]);
    assert_eq!(labels("let mine = DeviceInfo; min^")[0], "mine");
    assert!(labels("DeviceInfo | join DeviceNetworkIn^").contains(&"DeviceNetworkInfo".to_owned()));
}

#[test]
fn a_word_is_explained() {
    assert_eq!(shown("DeviceInfo | where OSBui^ld > 1"), "`OSBuild`: column of type long");
    assert!(shown("Device^Info | take 1").contains("OSBuild: long"));
    assert!(shown("print to^lower('A')").contains("in lower case"));
    assert!(shown("let mine = 1 + 1; print mi^ne").contains("mine = 1 + 1"));
    assert_eq!(shown("print 1 ^+ 1"), "");
}

#[test]
fn a_name_leads_to_where_it_was_given() {
    assert_eq!(defined("let a = 1; let b = a; print ^a"), Some(4));
    assert_eq!(defined("let f = (x: long) { x^ + 1 }; f(1)"), Some(9));
    assert_eq!(defined("DeviceInfo | as T | join ^T on DeviceId"), Some(16));
    assert_eq!(defined("let a = 1; let a = 2; print ^a"), Some(15));
    assert_eq!(defined("print no^pe"), None);
}

#[test]
fn places_count_utf16_units() {
    let lines = Lines::of("a🦊b\nüc");
    for (byte, place) in [(0, (0, 0)), (5, (0, 3)), (6, (0, 4)), (7, (1, 0)), (9, (1, 1))] {
        assert_eq!(lines.place(byte), place, "{byte}");
        assert_eq!(lines.byte(place.0, place.1), byte, "{byte}");
    }
    assert_eq!(lines.byte(0, 99), 6);
    assert_eq!(lines.byte(9, 0), 10);
}

//! Paths: text in, template and details (or a message) out.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::{Arg, Target, resolve};
use crate::{Version, graph};

fn template(version: Version, path: &str) -> String {
    resolve(graph(version), path).map_or_else(|error| format!("! {error}"), |it| it.template())
}

#[track_caller]
fn check(path: &str, wanted: &str) {
    assert_eq!(template(Version::V1, path), wanted, "{path}");
}

#[test]
fn templates_of_paths() {
    check("", "/");
    check("/", "/");
    check("/$metadata", "/$metadata");
    check("/%24batch", "/$batch");
    check("/security", "/security");
    check("security/alerts_v2", "/security/alerts_v2");
    check("/Security/Alerts_V2/", "/security/alerts_v2");
    check("/security/alerts_v2/abc", "/security/alerts_v2/{id}");
    check("/security/alerts_v2('abc')", "/security/alerts_v2/{id}");
    check("/security/alerts_v2(id='abc')", "/security/alerts_v2/{id}");
    check("/security/alerts_v2/$count", "/security/alerts_v2/$count");
    check("/security/alerts_v2/abc/Comments", "/security/alerts_v2/{id}/comments");
    check("/security/alerts_v2/abc/comments/$count", "/security/alerts_v2/{id}/comments/$count");
    check("/security/alerts_v2/abc/title/$value", "/security/alerts_v2/{id}/title/$value");
    check(
        "/security/alerts/x/vendorInformation/vendor",
        "/security/alerts/{id}/vendorInformation/vendor",
    );
    check("/security/incidents/7/alerts", "/security/incidents/{id}/alerts");
    check(
        "/security/incidents/7/alerts/a/comments",
        "/security/incidents/{id}/alerts/{id}/comments",
    );
    check("/security/incidents/7/correlations", "/security/incidents/{id}/correlations");
    check("/security/runHuntingQuery", "/security/runHuntingQuery");
    check("/security/microsoft.graph.security.runhuntingquery", "/security/runHuntingQuery");
    check(
        "/security/alerts_v2/microsoft.graph.security.moveAlerts",
        "/security/alerts_v2/moveAlerts",
    );
    check("/security/incidents/mergeIncidents", "/security/incidents/mergeIncidents");
    check("/subscriptions/1/reauthorize", "/subscriptions/{id}/reauthorize");
    check("/security/secureScores", "/security/secureScores");
}

#[test]
fn what_names_nothing() {
    check("/nothing", "! resource not found for the segment 'nothing'");
    check("/security/nothing", "! resource not found for the segment 'nothing'");
    check("/security/alerts_v2/a/nothing", "! resource not found for the segment 'nothing'");
    check("/security/alerts_v2/$count/x", "! resource not found for the segment 'x'");
    check("/security/alerts_v2/a/title/x", "! resource not found for the segment 'x'");
    check("/security//alerts_v2", "! resource not found for the segment ''");
    check("/security/alerts_v2('a", "! resource not found for the segment 'alerts_v2('a'");
    check(
        "/security/alerts_v2('a'b')",
        "! the segment 'alerts_v2('a'b')' is not well formed: a quote is not closed",
    );
    check(
        "/security/alerts_v2/%00",
        "! the segment '\0' is not well formed: the key has control characters",
    );
    check("/security/alerts_v2/%ff", "! the segment '%ff' is not well formed: it is not UTF-8");
    check(&"/security".repeat(40), "! the path is too long: its number of segments is at most 32");
    check(
        &format!("/{}", "x".repeat(70_000)),
        "! the path is too long: its length in bytes is at most 65536",
    );
    check(
        &format!("/security/alerts_v2/{}", "x".repeat(600)),
        "! the path is too long: the length of a key in bytes is at most 512",
    );
}

#[test]
fn keys_are_decoded_once_and_unquoted() {
    let key = |path: &str| match resolve(graph(Version::V1), path).unwrap() {
        Target::Item(_, key) => key,
        other => panic!("{other:?}"),
    };
    assert_eq!(key("/security/alerts_v2/a%2Fb%2520"), "a/b%20");
    assert_eq!(key("/security/alerts_v2('it''s')"), "it's");
    assert_eq!(key("/security/alerts_v2(%27a/b%27)"), "a/b");
}

#[test]
fn navigation_says_where_from() {
    let model = graph(Version::V1);
    let Target::Collection(alerts) = resolve(model, "/security/incidents/7/alerts").unwrap() else {
        panic!()
    };
    assert_eq!(alerts.kind(), "security/alerts_v2");
    let via = alerts.via.as_ref().unwrap();
    assert_eq!(
        (via.from, via.key.as_str(), via.property),
        ("security/incidents", "7", "incidentId")
    );
    assert_eq!(
        Target::Collection(alerts.clone()).context(model),
        "#security/incidents('7')/alerts"
    );

    let Target::Collection(reasons) = resolve(model, "/security/incidents/7/correlations").unwrap()
    else {
        panic!()
    };
    assert_eq!(reasons.kind(), "security/incidents/correlations");
    assert_eq!(reasons.parent, Some(("security/incidents", "7".to_owned())));
    assert!(!reasons.facts().insertable && reasons.facts().readable);
}

#[test]
fn contexts() {
    let model = graph(Version::V1);
    let context = |path: &str| resolve(model, path).unwrap().context(model);
    assert_eq!(context("/security/alerts_v2"), "#security/alerts_v2");
    assert_eq!(context("/security/alerts_v2/a"), "#security/alerts_v2/$entity");
    assert_eq!(context("/security/alerts_v2/a/comments"), "#security/alerts_v2('a')/comments");
    assert_eq!(
        context("/security/runHuntingQuery"),
        "#microsoft.graph.security.huntingQueryResults"
    );
}

#[test]
fn functions_take_arguments_from_path_and_query() {
    let model = graph(Version::Beta);
    let path = "/security/microsoft.graph.security.getRunHuntingQuery(query='Dev%2F/x | where a == ''b'', (c)',timespan='@t',workspaceId=@w)";
    let Target::Operation(call) = resolve(model, path).unwrap() else { panic!() };
    assert_eq!(call.args.len(), 3);
    assert_eq!(call.args[1].1, Arg::Alias("t".to_owned()));
    let args = call.arguments(&[("@t".to_owned(), "'P1D'".to_owned())]).unwrap();
    assert_eq!(
        serde_json::Value::Object(args),
        json!({"query": "Dev//x | where a == 'b', (c)", "timespan": "P1D", "workspaceId": null})
    );
    let beta = |path: &str| template(Version::Beta, path);
    assert_eq!(beta("/security/getHuntingSchema()"), "/security/getHuntingSchema");
    assert_eq!(beta("/security/getHuntingSchema"), "/security/getHuntingSchema");
    assert_eq!(
        beta("/security/getRunHuntingQuery(x=1)"),
        "! the segment 'getRunHuntingQuery(x=1)' is not well formed: the function has no parameter of that name"
    );
    assert_eq!(
        beta("/security/getRunHuntingQuery()"),
        "! the segment 'getRunHuntingQuery()' is not well formed: the function needs another argument"
    );
}

#[test]
fn casts_narrow_a_set() {
    let beta = graph(Version::Beta);
    let path = "/security/alerts_v2/microsoft.graph.security.manualAlert";
    let Target::Collection(set) = resolve(beta, path).unwrap() else { panic!() };
    assert_eq!(beta.ty(set.ty()).name, "microsoft.graph.security.manualAlert");
}

#[test]
fn every_template_resolves_to_itself() {
    for version in Version::ALL {
        let mut count = 0;
        for wanted in graph(version).templates() {
            if wanted.ends_with("getRunHuntingQuery") {
                continue;
            }
            assert_eq!(template(version, &wanted.replace("{id}", "1")), wanted);
            count += 1;
        }
        assert!(count > 200, "{count}");
    }
}

#[test]
fn every_template_of_the_permission_table_exists() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/permissions.tsv");
    let table = std::fs::read_to_string(file).unwrap();
    for row in table.lines().filter(|row| row.starts_with("v1.0") || row.starts_with("beta")) {
        let fields: Vec<&str> = row.split('\t').collect();
        for version in fields[0].split(',').map(|it| Version::parse(it).unwrap()) {
            let wanted = fields[2];
            // A closing `/*` is any property, and a function's arguments are not in its template.
            if wanted.ends_with("/*") || wanted.ends_with("getRunHuntingQuery") {
                continue;
            }
            assert_eq!(template(version, &wanted.replace("{id}", "1")), wanted, "{version}");
        }
    }
}

proptest! {
    #[test]
    fn no_path_panics(path in "[/a-z()'$%,=@.2_ é]{0,60}", tail in ".{0,30}") {
        for version in Version::ALL {
            let _ = resolve(graph(version), &path);
            let _ = resolve(graph(version), &format!("/security/alerts_v2{path}"));
            let _ = resolve(graph(version), &format!("/security/getRunHuntingQuery({tail}"));
        }
    }
}

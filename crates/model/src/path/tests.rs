//! Paths: text in, template and details (or a message) out.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::{Arg, Target, reference, resolve};
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
fn what_was_sent_is_not_repeated_at_length() {
    let long = "x".repeat(10_000);
    for path in [
        format!("/{long}"),
        format!("/security/{long}"),
        format!("/security/alerts_v2({long}=1)"),
        format!("/security/alerts_v2/a/{long}"),
        format!("/security/runHuntingQuery({long})"),
        format!("/%FF{long}"),
    ] {
        let message = resolve(graph(Version::V1), &path).unwrap_err().to_string();
        assert!(message.len() < 300, "{} characters", message.len());
    }
    assert!(reference(graph(Version::V1), &long).unwrap_err().to_string().len() < 300);
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
    assert_eq!(reasons.parent(), Some(&("security/incidents", "7".to_owned())));
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
    let args = call.arguments(model, &[("@t".to_owned(), "'P1D'".to_owned())]).unwrap();
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
fn lists_as_arguments_come_in_many_forms() {
    let model = graph(Version::V1);
    let of = |inner: &str, other: &[(&str, &str)]| {
        let path = format!(
            "/security/dataSecurityAndGovernance/sensitivityLabels/computeInheritance({inner})"
        );
        let Target::Operation(call) = resolve(model, &path).unwrap() else { panic!() };
        let other: Vec<_> = other.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        call.arguments(model, &other).map(serde_json::Value::Object)
    };
    let wanted = json!({"labelIds": ["a", "b"], "locale": "en"});
    for inner in [
        "labelIds=[\"a\",\"b\"],locale='en'",
        "labelIds=['a','b'],locale='en'",
        "labelIds=a,b,locale='en'",
        "labelIds='a','b',locale=en",
        "labelIds=%5B%22a%22%2C%22b%22%5D,locale='en'",
    ] {
        assert_eq!(of(inner, &[]), Ok(wanted.clone()), "{inner}");
    }
    let aliased = of("labelIds=@l,locale=@x", &[("@l", "[\"a\",\"b\"]"), ("@x", "'en'")]);
    assert_eq!(aliased, Ok(wanted));

    let beta = graph(Version::Beta);
    let path = "/security/dataDiscovery/cloudAppDiscovery/uploadedStreams/1/aggregatedAppsDetails";
    let period = |text: &str| {
        let Target::Operation(call) = resolve(beta, &format!("{path}(period={text})")).unwrap()
        else {
            panic!()
        };
        call.arguments(beta, &[]).map(|it| it["period"].clone()).map_err(|it| it.to_string())
    };
    assert_eq!(period("duration'P7D'"), Ok(json!("P7D")));
    assert_eq!(period("P7D"), Ok(json!("P7D")));
    assert_eq!(
        period("week").unwrap_err(),
        "the argument 'period' is not valid: expected an ISO 8601 duration"
    );
}

#[test]
fn references_have_paths_of_their_own() {
    let searches = "/security/cases/ediscoveryCases/{id}/searches/{id}";
    let check = |path: &str, wanted: &str| {
        let path = format!("/security/cases/ediscoveryCases/c/searches/s{path}");
        check(&path, &format!("{searches}{wanted}"));
    };
    check("/custodianSources", "/custodianSources");
    check("/custodianSources/$ref", "/custodianSources/$ref");
    check("/custodianSources/x/$ref", "/custodianSources/{id}/$ref");
    check("/custodianSources('x')/$ref", "/custodianSources/{id}/$ref");
    check("/lastEstimateStatisticsOperation", "/lastEstimateStatisticsOperation");
    check("/lastEstimateStatisticsOperation/$ref", "/lastEstimateStatisticsOperation/$ref");

    let model = graph(Version::V1);
    let path = "/security/cases/ediscoveryCases/c/searches/s/custodianSources";
    let Target::Collection(set) = resolve(model, path).unwrap() else { panic!() };
    let link = set.link.as_ref().unwrap();
    let kinds: Vec<&str> = link.sets.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!((link.from, link.key.as_str()), ("security/cases/ediscoveryCases/searches", "s"));
    assert_eq!(link.parents, [("security/cases/ediscoveryCases", "c".to_owned())]);
    assert_eq!(
        kinds,
        ["userSources", "siteSources", "unifiedGroupSources"]
            .map(|it| format!("security/cases/ediscoveryCases/custodians/{it}"))
    );
    assert_eq!(
        resolve(model, path).unwrap().context(model),
        "#security/cases/ediscoveryCases('c')/searches('s')/custodianSources"
    );

    let of = |address: &str| {
        reference(model, address).map(|(set, key)| (set.kind().to_owned(), key)).ok()
    };
    let label = Some(("security/triggerTypes/retentionEventTypes".to_owned(), "9".to_owned()));
    for address in [
        "https://graph.microsoft.com/v1.0/security/triggerTypes/retentionEventTypes('9')",
        "https://h:1/beta/security/triggerTypes/retentionEventTypes/9?x=y",
        "/security/triggerTypes/retentionEventTypes/9",
        "security/triggerTypes/retentionEventTypes/9",
    ] {
        assert_eq!(of(address), label, "{address}");
    }
    assert_eq!(of("https://graph.microsoft.com/v1.0/security"), None);
    assert_eq!(of("https://"), None);
}

#[test]
fn entities_without_a_key_of_their_own() {
    let model = graph(Version::V1);
    let Target::Singleton(one) =
        resolve(model, "/security/cases/ediscoveryCases/c/settings").unwrap()
    else {
        panic!()
    };
    assert_eq!((one.kind(), one.id()), ("security/cases/ediscoveryCases/settings", "c"));
    assert!(one.facts().updatable && one.def.single);
    let target = Target::Singleton(one);
    assert_eq!(target.context(model), "#security/cases/ediscoveryCases('c')/settings/$entity");
    assert!(target.allows("PATCH") && !target.allows("DELETE"));

    let path = "/security/identities/settings/autoAuditingConfiguration/isAutomatic";
    check(path, path);
    let Target::Property(it) = resolve(model, path).unwrap() else { panic!() };
    assert_eq!(it.key, super::SINGLE);
    assert_eq!(
        Target::Property(it).context(model),
        "#security/identities/settings/autoAuditingConfiguration/isAutomatic"
    );
}

#[test]
fn one_thing_may_have_two_ways_to_it() {
    let beta = graph(Version::Beta);
    let kind = |path: &str| match resolve(beta, path).unwrap() {
        Target::Collection(set) => (set.kind(), set.parents.len()),
        other => panic!("{other:?}"),
    };
    let threats = ("security/threatSubmission/emailThreats", 0);
    assert_eq!(kind("/threatSubmission/emailThreats"), threats);
    assert_eq!(kind("/security/threatSubmission/emailThreats"), threats);
    let labels = ("security/informationProtection/sensitivityLabels", 0);
    assert_eq!(kind("/security/informationProtection/sensitivityLabels"), labels);
    assert_eq!(kind("/users/u/security/informationProtection/sensitivityLabels"), labels);
    assert_eq!(kind("/me/security/informationProtection/sensitivityLabels"), labels);
    assert_eq!(
        template(Version::Beta, "/me/informationProtection/policy/labels/1"),
        "/users/{id}/informationProtection/policy/labels/{id}"
    );
}

#[test]
fn what_contains_its_own_kind_nests() {
    let path = "/security/dataSecurityAndGovernance/sensitivityLabels/a/sublabels/b/sublabels/c";
    let model = graph(Version::V1);
    let Target::Item(set, key) = resolve(model, path).unwrap() else { panic!() };
    let kind = "security/dataSecurityAndGovernance/sensitivityLabels/sublabels";
    assert_eq!((set.kind(), key.as_str()), (kind, "c"));
    assert_eq!(set.parents.len(), 2);
    assert_eq!(
        Target::Item(set, key).context(model),
        "#security/dataSecurityAndGovernance/sensitivityLabels('a')/sublabels('b')/sublabels/$entity"
    );
}

#[test]
fn changes_of_a_set_and_streams_of_an_item() {
    check("/security/incidents/delta()", "/security/incidents/delta");
    check("/security/incidents/microsoft.graph.delta", "/security/incidents/delta");
    let beta = graph(Version::Beta);
    let path = "/security/caseManagement/cases/1/attachments/2/content";
    let target = resolve(beta, path).unwrap();
    assert!(target.allows("GET") && target.allows("PUT") && !target.allows("PATCH"));
    assert!(matches!(target, Target::Property(it) if it.is_stream()));
    assert!(matches!(
        resolve(beta, &format!("{path}/$value")).unwrap(),
        Target::Property(it) if it.is_stream() && !it.value
    ));
}

#[test]
fn casts_narrow_a_set() {
    let beta = graph(Version::Beta);
    let path = "/security/alerts_v2/microsoft.graph.security.manualAlert";
    let Target::Collection(set) = resolve(beta, path).unwrap() else { panic!() };
    assert_eq!(beta.ty(set.ty()).name, "microsoft.graph.security.manualAlert");
}

fn needs_arguments(template: &str) -> bool {
    ["getRunHuntingQuery", "computeInheritance", "aggregatedAppsDetails"]
        .iter()
        .any(|name| template.ends_with(name))
}

#[test]
fn every_template_resolves_to_itself() {
    for version in Version::ALL {
        let mut count = 0;
        for wanted in graph(version).templates() {
            if needs_arguments(&wanted) {
                continue;
            }
            assert_eq!(template(version, &wanted.replace("{id}", "1")), wanted);
            count += 1;
        }
        println!("{version}: {count} templates");
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
            if wanted.ends_with("/*") || needs_arguments(wanted) {
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
            let labels = "/security/dataSecurityAndGovernance/sensitivityLabels";
            let call = resolve(graph(version), &format!("{labels}/computeInheritance(labelIds={tail})"));
            if let Ok(Target::Operation(call)) = call {
                let _ = call.arguments(graph(version), &[("@a".to_owned(), tail.clone())]);
            }
            let _ = reference(graph(version), &tail);
            if let Ok(target) = resolve(graph(version), &format!("/security/cases/ediscoveryCases{path}")) {
                let _ = (target.template(), target.context(graph(version)), target.allows("GET"));
            }
        }
    }
}

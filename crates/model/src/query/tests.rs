//! Query options: text in, normal form or message out.
#![allow(clippy::unwrap_used)]

mod properties;

use super::{Options, QueryError};
use crate::{
    Version, graph,
    path::{Set, Target, resolve},
};

fn set(path: &str) -> Set<'static> {
    match resolve(graph(Version::V1), path).unwrap() {
        Target::Collection(set) => set,
        other => panic!("not a set: {other:?}"),
    }
}

fn options(path: &str, raw: &str) -> Result<Options, QueryError> {
    Options::parse(graph(Version::V1), &set(path), raw)
}

/// The normal form of a filter on alerts (or the message), given as decoded text.
fn filter_on(path: &str, text: &str) -> String {
    let raw = format!("$filter={}", text.replace('%', "%25").replace('&', "%26"));
    match options(path, &raw) {
        Ok(it) => it.filter.unwrap().to_string(),
        Err(error) => format!("! {error}"),
    }
}

#[track_caller]
fn check(text: &str, wanted: &str) {
    assert_eq!(filter_on("/security/alerts_v2", text), wanted, "{text}");
}

/// The normal form is the text itself.
#[track_caller]
fn same(text: &str) {
    check(text, text);
}

#[test]
fn comparisons_and_words() {
    same("severity eq 'high'");
    check("Severity EQ 'High'", "severity eq 'high'");
    check("severity eq microsoft.graph.security.alertSeverity'HIGH'", "severity eq 'high'");
    check("'high' eq severity", "severity eq 'high'");
    check(
        "status ne 'new' AND NOT (status eq 'resolved')",
        "status ne 'new' and not (status eq 'resolved')",
    );
    same("assignedTo eq null");
    same("title eq 'it''s'");
    same("severity in ('high','medium')");
    same("id in ()");
    check("determination eq 'clean'", "determination eq 'notMalicious'");
    check(
        "(severity eq 'high' or severity eq 'low') and status eq 'new'",
        "(severity eq 'high' or severity eq 'low') and status eq 'new'",
    );
    check(
        "severity eq 'high' or (severity eq 'low' or severity eq 'medium')",
        "severity eq 'high' or severity eq 'low' or severity eq 'medium'",
    );
}

#[test]
fn enumerations_are_ordered_by_number() {
    check("severity ge 'medium'", "severity in ('medium','high')");
    check("'medium' gt severity", "severity in ('unknown','informational','low')");
}

#[test]
fn moments() {
    let normal = "createdDateTime ge 2026-01-05T10:20:30.0000000Z";
    check("createdDateTime ge 2026-01-05T10:20:30Z", normal);
    check("createdDateTime ge 2026-01-05T10:20:30", normal);
    check("createdDateTime ge '2026-01-05T10:20:30Z'", normal);
    check("createdDateTime ge datetime'2026-01-05T10:20:30Z'", normal);
    check("createdDateTime ge 2026-01-05T12:20:30+02:00", normal);
    check("createdDateTime ge 2026-01-05T12:20:30%2B02:00".replace("%2B", " ").as_str(), normal);
    check(
        "createdDateTime gt 2026-01-05T12:20:30 02:00 and status eq 'new'",
        "createdDateTime gt 2026-01-05T10:20:30.0000000Z and status eq 'new'",
    );
    check("createdDateTime lt 2026-01-05", "createdDateTime lt 2026-01-05T00:00:00.0000000Z");
    check(
        "createdDateTime lt 2026-01-05T10:20:30.123456789Z",
        "createdDateTime lt 2026-01-05T10:20:30.1234567Z",
    );
    check(
        "createdDateTime gt 'yesterday'",
        "! type mismatch at position 19 in $filter: 'yesterday' is not a value of type 'Edm.DateTimeOffset'",
    );
}

#[test]
fn text_functions() {
    same("contains(title,'x')");
    check("startsWith(tolower(title),tolower('AbC'))", "startswith(tolower(title),'abc')");
    check("contains(title,'x') eq true", "contains(title,'x')");
    check("contains(title,'x') eq false", "not (contains(title,'x'))");
    same("toupper(title) eq 'X'");
    check(
        "length(title) gt 5",
        "! syntax error at position 0 in $filter: there is no function 'length'",
    );
    check(
        "contains(title)",
        "! syntax error at position 0 in $filter: contains takes two arguments",
    );
    check(
        "contains(createdDateTime,'x')",
        "! type mismatch at position 9 in $filter: expected text, got 'Edm.DateTimeOffset'",
    );
}

#[test]
fn collections() {
    same("mitreTechniques/any(t:t eq 'T1059')");
    check(
        "MitreTechniques/any(Any: startswith(any,'T1'))",
        "mitreTechniques/any(Any:startswith(Any,'T1'))",
    );
    same("evidence/any()");
    same("evidence/$count gt 3");
    same("evidence/any(e:e/verdict eq 'malicious' and e/ipAddress eq '10.0.0.1')");
    same("evidence/any(e:e/microsoft.graph.security.ipEvidence/ipAddress eq '10.0.0.1')");
    same("evidence/microsoft.graph.security.deviceEvidence/any(d:d/hostName eq 'h')");
    same("evidence/all(e:e/roles/any(r:r eq 'attacked'))");
    same("evidence/any(e:e/fileDetails/sha256 eq 'x')");
    check(
        "mitreTechniques eq 'T1059'",
        "! type mismatch at position 0 in $filter: 'mitreTechniques' is a collection; use any or all",
    );
    check(
        "title/any(t:t eq 'x')",
        "! type mismatch at position 0 in $filter: 'title' is not a collection",
    );
    check(
        "evidence/any(e:e/nothing eq 1)",
        "! could not find a property named 'nothing' on type 'microsoft.graph.security.alertEvidence' (position 17 in $filter)",
    );
}

#[test]
fn the_cast_lists_every_type_below() {
    let raw =
        "$filter=evidence/any(e:e/microsoft.graph.security.alertEvidence/verdict eq 'malicious')";
    let filter = options("/security/alerts_v2", raw).unwrap().filter.unwrap();
    let text = format!("{filter:?}");
    assert!(text.contains("#microsoft.graph.security.alertEvidence"), "{text}");
    assert!(text.contains("#microsoft.graph.security.deviceEvidence"), "{text}");
}

#[test]
fn open_members_are_untyped() {
    same("additionalData/flow_id eq 12");
    let legacy = |text: &str| filter_on("/security/alerts", text);
    assert_eq!(
        legacy("vendorInformation/provider eq 'ASC'"),
        "vendorInformation/provider eq 'ASC'"
    );
    assert_eq!(legacy("somethingElse eq 'x'"), "somethingElse eq 'x'");
}

#[test]
fn what_is_refused_and_how() {
    check(
        "severity eq 'urgent'",
        "! type mismatch at position 12 in $filter: 'urgent' is not a member of 'microsoft.graph.security.alertSeverity'",
    );
    check(
        "severity eq 5",
        "! type mismatch at position 12 in $filter: 5 is not a value of type 'microsoft.graph.security.alertSeverity'",
    );
    check(
        "nothing eq 1",
        "! could not find a property named 'nothing' on type 'microsoft.graph.security.alert' (position 0 in $filter)",
    );
    check(
        "investigationState eq 'running'",
        "! the property 'investigationState' cannot be used in $filter",
    );
    check(
        "incidentId eq 28",
        "! type mismatch at position 14 in $filter: 28 is not a value of type 'Edm.String'",
    );
    check(
        "title eq",
        "! syntax error at position 8 in $filter: expected a property or a value, the text ends",
    );
    check("title eq 'x", "! syntax error at position 9 in $filter: a quote is not closed");
    check("(title eq 'x'", "! syntax error at position 13 in $filter: expected ')', the text ends");
    check(
        "title eq 'x' title",
        "! syntax error at position 13 in $filter: expected an operator or the end, found 'title'",
    );
    check("title eq 'é' # x", "! syntax error at position 13 in $filter: unexpected character '#'");
    check(
        "title gt null",
        "! type mismatch at position 0 in $filter: null is only compared with eq and ne",
    );
    check("1 eq 1", "! type mismatch at position 0 in $filter: a comparison needs a property");
    check(
        "title",
        "! type mismatch at position 0 in $filter: true is not a value of type 'Edm.String'",
    );
    check(
        "incidentId/x eq 1",
        "! could not find a property named 'x' on type 'Edm.String' (position 11 in $filter)",
    );
    check(
        "mitreTechniques/all()",
        "! syntax error at position 0 in $filter: all needs a condition",
    );
}

#[test]
fn hostile_input_costs_nothing() {
    let deep = format!("{}title eq 'x'{}", "(".repeat(5000), ")".repeat(5000));
    check(&deep, "! the nesting of $filter is above the limit of 100");
    check(
        &format!("{}title eq 'x'", "not ".repeat(5000)),
        "! the nesting of $filter is above the limit of 100",
    );
    check(&"x".repeat(70_000), "! the length of $filter is above the limit of 65536");
    let wide = vec!["title eq 'x'"; 3000].join(" or ");
    check(&wide, "! the size of $filter is above the limit of 4000");
    let huge = format!("$filter=title eq '{}'", "x".repeat(10_000_000));
    let error = options("/security/alerts_v2", &huge).unwrap_err();
    assert_eq!(error.to_string(), "the length of the query string is above the limit of 131072");
    let long = format!("title eq 'x' {}", "x".repeat(60_000));
    assert!(filter_on("/security/alerts_v2", &long).len() < 300, "what was sent is not repeated");
    let many = "a=b&".repeat(100);
    assert!(matches!(options("/security/alerts_v2", &many), Err(QueryError::TooMuch { .. })));
}

#[test]
fn decoding() {
    for raw in [
        "$filter=severity eq 'high'",
        "%24filter=severity%20eq%20%27high%27",
        "$filter=severity+eq+'high'",
    ] {
        let filter = options("/security/alerts_v2", raw).unwrap().filter.unwrap();
        assert_eq!(filter.to_string(), "severity eq 'high'", "{raw}");
    }
    let error = options("/security/alerts_v2", "$filter=%ff").unwrap_err();
    assert_eq!(error.to_string(), "the value of the query string is not valid: it is not UTF-8");
}

#[test]
fn pages() {
    let page = |path: &str, raw: &str| {
        let it = options(path, raw).map_err(|error| error.to_string())?;
        Ok::<_, String>((it.page_size(set(path).facts()), it.skip))
    };
    assert_eq!(page("/security/alerts_v2", ""), Ok((50, 0)));
    assert_eq!(page("/security/alerts_v2", "$top=2000&$skip=7"), Ok((1000, 7)));
    assert_eq!(page("/security/alerts_v2", "$top=99999999999999999999999"), Ok((1000, 0)));
    assert_eq!(page("/security/incidents", "$top=2000"), Ok((50, 0)));
    assert_eq!(page("/security/alerts", "$skip=5000"), Ok((100, 5000)));
    for bad in ["-1", "x", "", "1.5"] {
        let error = page("/security/alerts_v2", &format!("$top={bad}")).unwrap_err();
        assert_eq!(error, "the value of $top is not valid: it is a whole number, zero or more");
    }
}

#[test]
fn other_options() {
    let it = options(
        "/security/incidents",
        "$count=true&$search=abc&$format=json&x=y&@p='z'&$skiptoken=abc",
    )
    .unwrap();
    assert!(it.count);
    assert_eq!(it.search, Some(super::Search::Words("abc".to_owned())));
    assert_eq!(it.format.as_deref(), Some("json"));
    assert_eq!(it.skip_token.as_deref(), Some("abc"));
    assert_eq!(it.other, [("x".to_owned(), "y".to_owned()), ("@p".to_owned(), "'z'".to_owned())]);

    let message = |raw: &str| options("/security/incidents", raw).unwrap_err().to_string();
    assert_eq!(message("$nonsense=1"), "the query option '$nonsense' is not known");
    assert_eq!(message("$top=1&$Top=2"), "the query option '$top' is given more than once");
    assert_eq!(message("$count=maybe"), "the value of $count is not valid: it is true or false");
    assert_eq!(message("$filter="), "the value of $filter is not valid: it is empty");
    assert_eq!(message("$apply=aggregate(x)"), "the query option '$apply' is not supported");
    let it = options("/security/incidents", "$deltatoken=d&$id=x").unwrap();
    assert_eq!((it.delta_token.as_deref(), it.id.as_deref()), (Some("d"), Some("x")));
}

/// What a search means, with every text property but one left out.
fn search_on(path: &str, text: &str) -> String {
    let set = set(path);
    match Options::parse_for(graph(Version::V1), set.ty(), set.facts(), &format!("$search={text}"))
    {
        Ok(it) => it.condition(graph(Version::V1), set.ty()).unwrap().to_string(),
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn searching_is_a_condition_on_text_properties() {
    let networks = |text: &str| {
        let found = search_on("/security/identities/sensorCandidates", text);
        found.replace("contains(tolower(", "(").replace(" or ", "|")
    };
    let all = |word: &str| {
        let of = ["id", "computerDnsName", "domainName", "senseClientVersion"];
        of.map(|name| format!("({name}),'{word}')")).join("|")
    };
    assert_eq!(networks("Abc"), all("abc"));
    assert_eq!(networks("\"Two words\""), all("two words"));
    assert_eq!(networks("a AND b"), format!("({}) and ({})", all("a"), all("b")));
    assert_eq!(networks("a b"), networks("a AND b"));
    assert_eq!(networks("NOT a"), format!("not ({})", all("a")));
    let grouped = networks("(a OR b) c");
    assert!(grouped.starts_with("((") && grouped.ends_with(&format!("and ({})", all("c"))));
    for bad in ["", "()", "\"a", "(a", "a)", "AND", "a AND", "OR b", "NOT"] {
        assert!(networks(bad).starts_with("! the value of $search is not valid"), "{bad}");
    }
    assert!(networks(&"a ".repeat(40)).starts_with("! the words of $search"));
    let alerts = search_on("/security/alerts_v2", "x");
    assert!(alerts.contains("categories/any(it:contains(tolower(it),'x'))"), "{alerts}");
}

#[test]
fn entities_narrow_to_derived_types() {
    let hosts = |text: &str| filter_on("/security/threatIntelligence/hosts", text);
    let ip = "microsoft.graph.security.ipAddress";
    assert_eq!(
        hosts(&format!("{ip}/countryOrRegion eq 'x'")),
        format!("{ip}/countryOrRegion eq 'x'")
    );
    assert_eq!(
        hosts("microsoft.graph.ipAddress/countryOrRegion eq 'x'"),
        format!("{ip}/countryOrRegion eq 'x'")
    );
    assert_eq!(hosts(&format!("isof('{ip}')")), format!("isof('{ip}')"));
    assert_eq!(hosts("isof(microsoft.graph.security.host)"), "true eq true");
    assert!(hosts("isof('microsoft.graph.security.alert')").contains("is not a type below"));
    check(
        "evidence/any(e: isof(e,'microsoft.graph.security.ipEvidence'))",
        "evidence/any(e:isof(e,'microsoft.graph.security.ipEvidence'))",
    );
}

#[test]
fn beta_takes_options_without_the_dollar() {
    let beta = graph(Version::Beta);
    let Target::Collection(set) = resolve(beta, "security/alerts_v2").unwrap() else { panic!() };
    assert_eq!(Options::parse(beta, &set, "top=3").unwrap().top, Some(3));
    assert_eq!(options("/security/alerts_v2", "top=3").unwrap().top, None);
}

#[test]
fn ordering() {
    let order = |raw: &str| match options("/security/alerts_v2", raw) {
        Ok(it) => it
            .order_by
            .iter()
            .map(|key| format!("{}{}", key.path, if key.desc { " desc" } else { "" }))
            .collect::<Vec<_>>()
            .join(", "),
        Err(error) => format!("! {error}"),
    };
    assert_eq!(order("$orderby=LastUpdateDateTime desc,id"), "lastUpdateDateTime desc, id");
    assert_eq!(order("$orderby=severity asc"), "severity");
    assert_eq!(order("$orderby=evidence"), "! the property 'evidence' cannot be used in $orderby");
    assert_eq!(
        order("$orderby=createdDateTime down"),
        "! syntax error at position 16 in $orderby: expected an operator or the end, found 'down'"
    );
}

#[test]
fn selecting_and_expanding() {
    let it = options(
        "/security/incidents",
        "$select=ID,displayName&$expand=Alerts($select=id,title;$top=5;$filter=severity eq 'high')",
    )
    .unwrap();
    assert_eq!(it.select, [["id"], ["displayName"]]);
    assert_eq!(it.expand.len(), 1);
    let alerts = &it.expand[0];
    assert_eq!(alerts.nav, "alerts");
    assert_eq!(alerts.options.select, [["id"], ["title"]]);
    assert_eq!(alerts.options.top, Some(5));
    assert_eq!(alerts.options.filter.as_ref().unwrap().to_string(), "severity eq 'high'");

    let message = |raw: &str| options("/security/incidents", raw).unwrap_err().to_string();
    assert_eq!(
        message("$select=nothing"),
        "could not find a property named 'nothing' on type 'microsoft.graph.security.incident' (position 0 in $select)"
    );
    assert_eq!(
        message("$expand=nothing"),
        "could not find a property named 'nothing' on type 'microsoft.graph.security.incident' (position 0 in $expand)"
    );
    assert_eq!(message("$expand=alerts($nonsense=1)"), "the query option '$nonsense' is not known");
    assert_eq!(
        message("$expand=alerts("),
        "the value of $expand is not valid: a quote or a parenthesis is not closed"
    );
}

#[test]
fn the_next_page_keeps_every_other_option() {
    let raw = "$filter=severity%20eq%20'high'&$top=2&$skip=4&x=a%26b&$skiptoken=old";
    let it = options("/security/alerts_v2", raw).unwrap();
    let next = it.next_query("new+token");
    assert_eq!(next, "$filter=severity%20eq%20'high'&$top=2&x=a%26b&$skiptoken=new%2Btoken");
    let again = options("/security/alerts_v2", &next).unwrap();
    assert_eq!((again.filter, again.top, again.skip), (it.filter, it.top, 0));
}

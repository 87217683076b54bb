//! The whole policy as a golden table, and how look-ups behave.

use auth::policy::{Decision, Policy, policy};
use auth::{Caller, CallerKind};

fn caller(roles: &[&str]) -> Caller {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Caller { kind: CallerKind::App, app_id: "app".into(), name: "App".into(), user: None, roles }
}

/// `UPDATE_GOLDEN=1 cargo test -p auth` writes the table anew.
#[test]
fn the_policy_is_the_table_that_was_agreed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policy.txt");
    let roles = policy().roles().join("\n  ");
    let scopes = policy().scopes().join("\n  ");
    let table = format!("roles\n  {roles}\n\nscopes\n  {scopes}\n{}", policy().to_table());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), table, "set UPDATE_GOLDEN=1 to accept");
}

#[test]
fn a_role_opens_what_it_names_and_nothing_else() {
    let reader = caller(&["SecurityAlert.Read.All"]);
    let ask = |method, template| policy().check("v1.0", method, template, &reader);
    assert_eq!(ask("GET", "/security/alerts_v2"), Decision::Allowed);
    assert_eq!(ask("get", "/Security/Alerts_V2/{id}"), Decision::Allowed);
    assert_eq!(ask("GET", "/security/alerts_v2/{id}/evidence/$count"), Decision::Allowed);
    let needed = vec!["SecurityAlert.ReadWrite.All".to_owned()];
    assert_eq!(ask("PATCH", "/security/alerts_v2/{id}"), Decision::Forbidden { needed });
    assert!(matches!(ask("GET", "/security/incidents"), Decision::Forbidden { .. }));
    assert_eq!(ask("DELETE", "/security/alerts_v2/{id}"), Decision::Unknown);
    assert_eq!(ask("GET", "/security/alerts_v2/{id}/evidence/{id}"), Decision::Unknown);
    assert_eq!(ask("GET", "/security/somethingElse"), Decision::Unknown);
    assert_eq!(ask("GET", "/security/alerts_v2x"), Decision::Unknown);
}

#[test]
fn a_scope_is_no_role_and_a_role_no_scope() {
    let path = "/security/securityActions";
    let ask = |kind, method, template| {
        let both = ["SecurityActions.ReadWrite.All", "RecordsManagement.ReadWrite.All"];
        policy().check("beta", method, template, &Caller { kind, ..caller(&both) })
    };
    // Security actions are for applications, retention labels for people.
    assert_eq!(ask(CallerKind::App, "POST", path), Decision::Allowed);
    assert_eq!(ask(CallerKind::User, "POST", path), Decision::Forbidden { needed: Vec::new() });
    let path = "/security/labels/retentionLabels";
    assert_eq!(ask(CallerKind::User, "POST", path), Decision::Allowed);
    assert_eq!(ask(CallerKind::App, "POST", path), Decision::Forbidden { needed: Vec::new() });
}

#[test]
fn the_table_says_which_methods_there_are() {
    let methods = |template| policy().methods("v1.0", template);
    assert_eq!(methods("/security/alerts_v2"), ["GET", "POST"]);
    assert_eq!(methods("/security/alerts_v2/{id}"), ["GET", "PATCH"]);
    assert_eq!(methods("/security/alerts_v2/{id}/comments"), ["GET", "POST"]);
    assert_eq!(methods("/security/runHuntingQuery"), ["POST"]);
    assert!(methods("/security/tiIndicators").is_empty(), "beta only");
    assert!(methods("/security").is_empty());
}

#[test]
fn versions_are_kept_apart_and_other_paths_have_none() {
    let writer = caller(&["SecurityEvents.ReadWrite.All", "Yagura.Alerts.Push"]);
    let update = "/security/alerts/updateAlerts";
    assert_eq!(policy().check("beta", "POST", update, &writer), Decision::Allowed);
    assert_eq!(policy().check("v1.0", "POST", update, &writer), Decision::Unknown);
    for version in ["", "v1.0", "beta"] {
        let decision = policy().check(version, "POST", "/provider/v1/alerts", &writer);
        assert_eq!(decision, Decision::Allowed, "{version}");
    }
    let events = policy().check("", "POST", "/provider/v1/events/{table}", &writer);
    assert_eq!(events, Decision::Forbidden { needed: vec!["Yagura.Events.Ingest".into()] });
}

#[test]
fn hunting_has_its_graph_and_its_defender_name() {
    let hunt = |version, template, role| {
        policy().check(version, "POST", template, &caller(&[role])) == Decision::Allowed
    };
    for template in
        ["/security/runHuntingQuery", "/security/microsoft.graph.security.runHuntingQuery"]
    {
        assert!(hunt("v1.0", template, "ThreatHunting.Read.All"));
        assert!(!hunt("v1.0", template, "AdvancedQuery.Read.All"));
    }
    for role in ["AdvancedHunting.Read.All", "AdvancedQuery.Read.All", "ThreatHunting.Read.All"] {
        assert!(hunt("", "/api/advancedqueries/run", role));
        assert!(hunt("", "/api/advancedhunting/run", role));
    }
}

#[test]
fn without_roles_only_the_public_documents_are_open() {
    let nobody = caller(&[]);
    for rule in policy().rules() {
        for version in &rule.versions {
            let decision = policy().check(version, &rule.method, &rule.template, &nobody);
            let public = policy().is_public(version, &rule.method, &rule.template);
            assert_eq!(decision == Decision::Allowed, public, "{rule:?}");
            assert_eq!(public, rule.area == "documents", "{rule:?}");
        }
    }
    // The words that the table uses in the place of roles are no roles.
    for word in ["anyone", "-", "", "*"] {
        let decision = policy().check("v1.0", "GET", "/security/alerts_v2", &caller(&[word]));
        assert!(matches!(decision, Decision::Forbidden { .. }), "{word}");
    }
}

#[test]
fn a_table_with_a_mistake_names_the_line() {
    let of = |table: &str| Policy::parse(table).unwrap_err().to_string();
    assert_eq!(of("# x\nv1.0\tGET"), "line 2 of the permission table: 6 fields expected, 2 found");
    let twice = "v1.0\tGET\t/a/{x}\tR\t-\ta\nv1.0,beta\tget\t/A/{y}\tR\t-\ta";
    assert_eq!(of(twice), "line 2 of the permission table: v1.0 get /A/{y} stands there twice");
    assert!(of("v1.0\tGET\ta\tR\t-\ta").contains("are needed"));
}

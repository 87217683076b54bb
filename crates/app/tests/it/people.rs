//! People of a tenant: who `/users/{id}` and `/me` mean, and tokens that speak for them.

use serde_json::{Value, json};

use crate::harness::Yagura;

const LABELS: &str = "security/informationProtection/sensitivityLabels";
const ADA: &str = "ada@contoso.example";

fn run(it: &Yagura, args: &[&str]) -> String {
    let out = it.yagura(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn added(it: &Yagura, args: &[&str]) -> String {
    let all = [&["user", "add", "--json"], args].concat();
    let made: Value = serde_json::from_str(&run(it, &all)).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

#[test]
fn only_people_of_the_tenant_are_known() {
    let it = Yagura::start();
    let token = it.token();
    let id = added(&it, &["--upn", "Ada@Contoso.example", "--name", "Ada Park"]);
    for user in [&id, ADA, "ADA@contoso.example"] {
        it.get(&token, &format!("/beta/users/{user}/{LABELS}")).expect(200);
        it.get(&token, &format!("/beta/users('{user}')/{LABELS}/$count")).expect(200);
    }
    let policy = "informationProtection/policy/labels";
    for nobody in ["nobody", "bob@contoso.example", "00000000-0000-4000-8000-000000000000"] {
        it.get(&token, &format!("/beta/users/{nobody}/{LABELS}")).expect(404);
        it.get(&token, &format!("/beta/users/{nobody}/{policy}/$count")).expect(404);
        let extract = format!("/beta/users/{nobody}/{policy}/extractLabel");
        it.post(&token, &extract, &json!({})).expect(404);
    }
    let again = it.yagura(&["user", "add", "--upn", ADA]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already exists"));
    assert_eq!(it.yagura(&["user", "add", "--upn", "no domain@"]).status.code(), Some(1));

    let other = run(&it, &["tenant", "create", "--name", "B", "--domain", "b.example", "--json"]);
    let other: Value = serde_json::from_str(&other).unwrap();
    let stranger = it.token_with(&["all"], other["tenant_id"].as_str());
    it.get(&stranger, &format!("/beta/users/{id}/{LABELS}")).expect(404);
    it.get(&stranger, &format!("/beta/users/{ADA}/{LABELS}")).expect(404);
    let list = run(&it, &["user", "list", "--tenant", "b.example", "--json"]);
    assert_eq!(list, "[]");

    assert!(run(&it, &["user", "list"]).contains("Ada Park"));
    run(&it, &["user", "remove", ADA]);
    it.get(&token, &format!("/beta/users/{id}/{LABELS}")).expect(404);
    assert_eq!(run(&it, &["user", "list", "--json"]), "[]");
    assert_eq!(it.yagura(&["user", "remove", ADA]).status.code(), Some(1));
}

#[test]
fn a_token_speaks_for_a_person() {
    let it = Yagura::start();
    let id = added(&it, &["--upn", ADA, "--name", "Ada Park"]);
    let scopes = "InformationProtectionPolicy.Read eDiscovery.ReadWrite.All";
    let person = run(&it, &["token", "--user", ADA, "--scope", scopes]);
    it.get(&person, &format!("/beta/me/{LABELS}")).expect(200);
    it.get(&person, &format!("/beta/users/{id}/{LABELS}")).expect(200);
    let app = it.get(&it.token(), &format!("/beta/me/{LABELS}")).expect(400);
    assert!(app.error().1.contains("/me"), "{}", app.text);

    // What was not delegated is refused; what people make carries their name.
    it.get(&person, "/v1.0/security/incidents").expect(403);
    let case = json!({"displayName": "a case"});
    let made = it.post(&person, "/v1.0/security/cases/ediscoveryCases", &case).expect(201).body;
    let by = json!({"id": id, "displayName": "Ada Park"});
    assert_eq!(made["lastModifiedBy"]["user"]["id"], by["id"], "{made:#}");
    assert_eq!(made["lastModifiedBy"]["user"]["displayName"], by["displayName"]);
    let case = made["id"].as_str().unwrap();
    let close =
        format!("/v1.0/security/cases/ediscoveryCases/{case}/microsoft.graph.security.close");
    it.post(&person, &close, &json!({})).expect(204);
    let closed = it.get(&person, &format!("/v1.0/security/cases/ediscoveryCases/{case}"));
    assert_eq!(closed.expect(200).body["closedBy"]["user"]["displayName"], "Ada Park");

    // Only people may, and only known ones with known scopes get a token.
    let rights = run(&it, &["token", "--user", &id, "--scope", "RecordsManagement.Read.All"]);
    it.get(&rights, "/v1.0/security/labels/retentionLabels").expect(200);
    it.get(&it.token(), "/v1.0/security/labels/retentionLabels").expect(403);
    for args in
        [["--user", "bob@contoso.example", "--scope", "all"], ["--user", ADA, "--scope", "X.Y"]]
    {
        assert_eq!(it.yagura(&[&["token"], &args[..]].concat()).status.code(), Some(1));
    }
    assert_eq!(it.yagura(&["token", "--user", ADA]).status.code(), Some(2));

    run(&it, &["user", "remove", &id]);
    it.get(&person, &format!("/beta/me/{LABELS}")).expect(404);
}

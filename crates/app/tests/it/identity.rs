//! First start, tokens and discovery, over TLS with the local authority.

use serde_json::Value;

use crate::harness::{Yagura, send};

#[test]
fn first_start_leaves_private_credentials_and_tls_works() {
    use std::os::unix::fs::PermissionsExt;
    let it = Yagura::start_with(&[]);
    assert!(it.base.starts_with("https://"), "{}", it.base);
    let file = it.data().join("credentials.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let token = it.token();
    let answer = it.get(&token, "/v1.0/security/alerts_v2").expect(200);
    let context = answer.body["@odata.context"].as_str().unwrap();
    assert_eq!(context, format!("{}/v1.0/$metadata#security/alerts_v2", it.base));
    assert!(answer.value().is_empty());
}

#[test]
fn a_restart_keeps_tenant_and_keys() {
    let mut it = Yagura::start();
    let (token, before) = (it.token(), it.credentials["tenant_id"].clone());
    it.kill();
    it.boot();
    assert_eq!(it.credentials["tenant_id"], before);
    it.get(&token, "/v1.0/security/incidents").expect(200);
}

#[test]
fn discovery_names_this_server_and_its_tenant() {
    let it = Yagura::start();
    let tenant = it.credentials["tenant_id"].as_str().unwrap();
    let get = |path: &str| send(it.http.get(it.url(path)));
    for segment in [tenant, "common", "organizations", "yagura.local"] {
        let url = format!("/{segment}/v2.0/.well-known/openid-configuration");
        let answer = get(&url).expect(200);
        let issuer = answer.body["issuer"].as_str().unwrap();
        assert_eq!(issuer, format!("{}/{tenant}/v2.0", it.base));
        let keys = get(answer.body["jwks_uri"].as_str().unwrap()).expect(200);
        assert_eq!(keys.body["keys"][0]["alg"].as_str().unwrap_or("RS256"), "RS256");
    }
    let unknown =
        get("/5ca1ab1e-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration");
    assert_eq!(unknown.body["error_codes"][0], 90_002, "{}", unknown.text);
    get("/metadata/endpoints").expect(404);
}

#[test]
fn both_generations_of_the_token_endpoint() {
    let it = Yagura::start();
    let of = |member: &str| it.credentials[member].as_str().unwrap().to_owned();
    let v1 = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", of("client_id")),
        ("client_secret", of("client_secret")),
        ("resource", "https://api.security.microsoft.com".to_owned()),
    ];
    let url = it.url(&format!("/{}/oauth2/token", of("tenant_id")));
    let answer = send(it.http.post(format!("{url}/")).form(&v1)).expect(200);
    assert!(answer.body["expires_on"].is_string() && answer.body["resource"].is_string());
    let token = answer.body["access_token"].as_str().unwrap();
    it.get(token, "/v1.0/security/alerts_v2").expect(200);

    let scope = format!("{}/.default", it.base);
    let form = [("grant_type", "client_credentials"), ("scope", &scope)];
    let url = it.url(&format!("/{}/oauth2/v2.0/token", of("tenant_id")));
    let basic = it.http.post(url).basic_auth(of("client_id"), Some(of("client_secret")));
    let answer = send(basic.form(&form)).expect(200);
    assert!(answer.body["expires_in"].is_u64());
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[test]
fn refusals_carry_the_codes_clients_know() {
    let it = Yagura::start();
    let of = |member: &str| it.credentials[member].as_str().unwrap();
    let (tenant, client, secret) = (of("tenant_id"), of("client_id"), of("client_secret"));
    let code = |tenant: &str, client: &str, secret: &str| -> (u16, Value) {
        let answer = it.ask_token(tenant, client, secret);
        let description = answer.body["error_description"].as_str().unwrap_or_default();
        assert!(description.starts_with("AADSTS"), "{}", answer.text);
        (answer.status, answer.body["error_codes"][0].clone())
    };
    assert_eq!(code(tenant, client, "wrong"), (401, 7_000_215.into()));
    assert_eq!(code(tenant, tenant, secret).1, 700_016);
    assert_eq!(code("5ca1ab1e-0000-4000-8000-000000000000", client, secret).1, 90_002);
}

#[test]
fn tokens_that_are_not_ours_are_refused() {
    let it = Yagura::start();
    let token = it.token();
    let list = it.url("/v1.0/security/alerts_v2");
    let with = |header: Option<&str>| {
        let request = it.http.get(&list);
        send(match header {
            Some(header) => request.header("authorization", header),
            None => request,
        })
    };
    with(Some(&token)).expect(200);
    with(Some(&format!("bearer {token}"))).expect(200);
    let mut tampered = token.clone();
    let at = token.len() - 20;
    let other = if token[at..].starts_with('A') { "B" } else { "A" };
    tampered.replace_range(at..=at, other);
    for header in [None, Some("Bearer"), Some("Bearer x.y.z"), Some(&*tampered)] {
        let answer = with(header).expect(401);
        assert_eq!(answer.error().0, "InvalidAuthenticationToken");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        assert!(answer.body["error"]["innerError"]["request-id"].is_string());
    }
}

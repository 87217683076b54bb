//! The token endpoint: what it takes, what it answers, and how it refuses.

use auth::app::{AppRecord, AppSecret};
use auth::oauth::error::OAuthError;
use auth::oauth::grant::{Grant, Place, authenticate, object_id};
use auth::oauth::request::{Credential, TokenRequest, parse};
use auth::oauth::{Endpoint, answer, documents};
use auth::{secret, token};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

use crate::{APP, NOW, NOW_UNIX, TENANT, URL, keys, later};

const SECRET: &str = "Abc.defghijklmnopqrstuvwxyz_0123456789xy";
const GRAPH: &str = "https%3A%2F%2Fgraph.microsoft.com";

const PLACE: Place<'_> = Place { tenant: TENANT, own_url: URL, now: NOW };

fn app() -> AppRecord {
    static HASH: LazyLock<String> = LazyLock::new(|| secret::hash(SECRET).unwrap());
    let stored =
        AppSecret { id: "1".into(), hint: secret::hint(SECRET), hash: HASH.clone(), expires: None };
    AppRecord {
        app_id: APP.into(),
        tenant: TENANT.into(),
        name: "Poller".into(),
        roles: vec!["SecurityAlert.Read.All".into()],
        secrets: vec![stored],
        enabled: true,
    }
}

fn v2_body() -> String {
    format!(
        "grant_type=client_credentials&client_id={APP}&client_secret={SECRET}&scope={GRAPH}%2F.default"
    )
}

fn read(endpoint: Endpoint, body: &str) -> Result<TokenRequest, OAuthError> {
    parse(endpoint, body.as_bytes(), None)
}

/// `status error leading-code` of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> String {
    let refused = result.unwrap_err();
    let code = refused.codes[0];
    assert!(refused.description.starts_with(&format!("AADSTS{code}: ")), "{refused}");
    format!("{} {} {code}", refused.status, refused.error)
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[test]
fn a_version_2_request_is_answered_with_numbers() {
    let request = read(Endpoint::V2, &v2_body()).unwrap();
    let grant = authenticate(&request, Some(&app()), &PLACE).unwrap();
    let claims = grant.claims(URL, NOW);
    let signed = token::mint(keys().signing(), &claims).unwrap();
    let expect = token::Expect { now: NOW, own_url: URL, issuer_base: Some(URL), tenant: None };
    assert_eq!(token::verify(keys(), &signed, &expect).unwrap().roles, app().roles);
    assert_eq!(
        answer::to_json(&grant, &claims, "T"),
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "T"})
    );
}

#[test]
fn a_version_1_request_is_answered_with_texts() {
    for resource in ["https://graph.microsoft.com/", "https://api.securitycenter.windows.com"] {
        let body = format!(
            "resource={resource}&client_id={APP}&client_secret={SECRET}&grant_type=client_credentials"
        );
        let request = read(Endpoint::V1, &body).unwrap();
        let grant = authenticate(&request, Some(&app()), &PLACE).unwrap();
        let claims = grant.claims(URL, NOW);
        assert_eq!(claims.aud, resource);
        assert_eq!(
            answer::to_json(&grant, &claims, "T"),
            json!({
                "token_type": "Bearer", "expires_in": "3599", "ext_expires_in": "3599",
                "expires_on": (NOW_UNIX + 3600).to_string(), "not_before": NOW_UNIX.to_string(),
                "resource": resource, "access_token": "T",
            })
        );
    }
}

#[test]
fn credentials_may_come_as_basic_with_encoded_halves() {
    let body = format!("grant_type=client_credentials&scope={GRAPH}/.default");
    let parsed = |id: &str, secret: &str| {
        parse(Endpoint::V2, body.as_bytes(), Some(&basic(id, secret))).map(|it| {
            let Credential::Secret(secret) = it.credential;
            format!("{} {secret}", it.client_id)
        })
    };
    assert_eq!(parsed("app", "a%3Ab%2Bc%25").unwrap(), "app a:b+c%");
    assert_eq!(parsed("app", "a:b").unwrap(), "app a:b");
    assert_eq!(parsed("my+app", "x").unwrap(), "my app x");
    for wrong in [basic("", "x"), basic("x", ""), "Basic !!!".into(), "Basic eA==".into()] {
        let refused = parse(Endpoint::V2, body.as_bytes(), Some(&wrong));
        assert_eq!(refusal(refused), "400 invalid_request 90013", "{wrong}");
    }
    // The same in both places is fine, a contradiction is not, another scheme is ignored.
    let both = |id: &str| parse(Endpoint::V2, v2_body().as_bytes(), Some(&basic(id, SECRET)));
    assert!(both(APP).is_ok());
    assert_eq!(refusal(both("other")), "400 invalid_request 90013");
    assert!(parse(Endpoint::V2, v2_body().as_bytes(), Some("Bearer x")).is_ok());
}

#[test]
fn every_documented_resource_is_served() {
    for (scope, audience) in [
        ("https://graph.microsoft.com/.default", "https://graph.microsoft.com"),
        ("https://graph.microsoft.com//.default", "https://graph.microsoft.com/"),
        (".default openid offline_access", "https://graph.microsoft.com"),
        ("https://api.security.microsoft.com/.default", "https://api.security.microsoft.com"),
        ("https://security.microsoft.com/mtp/.default", "https://security.microsoft.com/mtp"),
        (
            "https://api.securitycenter.microsoft.com/.default",
            "https://api.securitycenter.microsoft.com",
        ),
        (
            "https://api.securitycenter.windows.com/.default",
            "https://api.securitycenter.windows.com",
        ),
        ("https://kusto.kusto.windows.net/.default", "https://kusto.kusto.windows.net"),
        ("https://127.0.0.1:8443/.default", "https://127.0.0.1:8443"),
    ] {
        let body = v2_body().replace(&format!("{GRAPH}%2F.default"), scope);
        let request = read(Endpoint::V2, &body).unwrap();
        let grant = authenticate(&request, Some(&app()), &PLACE).unwrap();
        assert_eq!(grant.resource, audience);
    }
}

#[test]
fn a_request_with_a_mistake_is_told_which() {
    let without = |name: &str| {
        let body = v2_body();
        let kept: Vec<_> = body.split('&').filter(|it| !it.starts_with(name)).collect();
        read(Endpoint::V2, &kept.join("&"))
    };
    for name in ["grant_type", "client_id", "scope"] {
        let refused = without(name);
        assert!(refused.as_ref().unwrap_err().description.contains(&format!("'{name}'")));
        assert_eq!(refusal(refused), "400 invalid_request 900144");
    }
    assert_eq!(refusal(without("client_secret")), "401 invalid_client 7000216");
    assert_eq!(refusal(read(Endpoint::V2, "")), "400 invalid_request 900144");
    let v1 = format!("grant_type=client_credentials&client_id={APP}&client_secret=x");
    assert_eq!(refusal(read(Endpoint::V1, &v1)), "400 invalid_request 900144");

    let with = |from: &str, to: &str| read(Endpoint::V2, &v2_body().replace(from, to));
    for grant in ["password", "authorization_code", "CLIENT_CREDENTIALS"] {
        let refused = with("client_credentials", grant);
        assert_eq!(refusal(refused), "400 unsupported_grant_type 70003");
    }
    for scope in ["/User.Read", "/default", "%2F.default+https://x.example/.default", "/.defaultx"]
    {
        let refused = with("%2F.default", scope);
        assert!(refused.as_ref().unwrap_err().codes.contains(&1_002_012), "{scope}");
        assert_eq!(refusal(refused), "400 invalid_scope 70011", "{scope}");
    }
    let twice = read(Endpoint::V2, &(v2_body() + "&client_id=x"));
    assert_eq!(refusal(twice), "400 invalid_request 9000411");
    let broken = parse(Endpoint::V2, b"grant_type=%ff", None);
    assert_eq!(refusal(broken), "400 invalid_request 90013");
    let huge = parse(Endpoint::V2, &vec![b'a'; 10_000_000], None);
    assert_eq!(refusal(huge), "400 invalid_request 90013");
}

#[test]
fn only_the_right_secret_of_a_known_application_gets_a_token() {
    let request = read(Endpoint::V2, &v2_body()).unwrap();
    let ask = |app: &AppRecord| authenticate(&request, Some(app), &PLACE).map(|it| it.app_id);
    assert_eq!(ask(&app()).unwrap(), APP);
    assert_eq!(refusal(authenticate(&request, None, &PLACE)), "400 unauthorized_client 700016");

    // The record of another tenant or client is no match, however it came here.
    let other = "00000000-0000-0000-0000-000000000001";
    let foreign = AppRecord { tenant: other.into(), ..app() };
    assert_eq!(refusal(ask(&foreign)), "400 unauthorized_client 700016");
    let foreign = AppRecord { app_id: other.into(), ..app() };
    assert_eq!(refusal(ask(&foreign)), "400 unauthorized_client 700016");

    for wrong in ["Abc.wrong", "zzz", &SECRET.to_uppercase()] {
        let request =
            TokenRequest { credential: Credential::Secret(wrong.into()), ..request.clone() };
        let refused = authenticate(&request, Some(&app()), &PLACE);
        assert!(!refused.as_ref().unwrap_err().description.contains(wrong));
        assert_eq!(refusal(refused), "401 invalid_client 7000215");
    }
    assert_eq!(refusal(ask(&AppRecord { secrets: vec![], ..app() })), "401 invalid_client 7000215");
    assert_eq!(
        refusal(ask(&AppRecord { enabled: false, ..app() })),
        "400 unauthorized_client 7000112"
    );
    let elsewhere = TokenRequest { resource: "https://vault.azure.net".into(), ..request.clone() };
    let refused = authenticate(&elsewhere, Some(&app()), &PLACE);
    assert_eq!(refusal(refused), "400 invalid_resource 500011");

    let mut dated = app();
    dated.secrets[0].expires = Some(later(1));
    assert!(ask(&dated).is_ok());
    dated.secrets[0].expires = Some(NOW);
    assert_eq!(refusal(ask(&dated)), "401 invalid_client 7000222");
    // A secret whose hint nobody wrote down is tried too.
    let mut unhinted = app();
    unhinted.secrets[0].hint.clear();
    assert!(ask(&unhinted).is_ok());
}

#[test]
fn unknown_tenants_are_told_apart_by_their_form() {
    let of = |tenant: &str| refusal::<()>(Err(OAuthError::unknown_tenant(tenant)));
    assert_eq!(of(TENANT), "400 invalid_request 90002");
    assert_eq!(of("contoso.example"), "400 invalid_request 90002");
    for tenant in ["contoso", "", "a b.example", "..", "<script>"] {
        assert_eq!(of(tenant), "400 invalid_request 900023", "{tenant}");
    }
}

#[test]
fn a_refusal_has_the_flat_form_that_libraries_read() {
    let (trace, correlation) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let refused = OAuthError::wrong_secret("app\r\nx").to_json(NOW, trace, correlation);
    let text = refused["error_description"].as_str().unwrap();
    assert!(text.starts_with("AADSTS7000215: "), "{text}");
    assert!(!text.contains('\n'), "{text}");
    assert!(text.ends_with("Timestamp: 2026-01-05 10:20:30Z"), "{text}");
    assert_eq!(refused["error"], "invalid_client");
    assert_eq!(refused["error_codes"], json!([7_000_215]));
    assert_eq!(refused["timestamp"], "2026-01-05 10:20:30Z");
    assert_eq!(refused["trace_id"], trace.to_string());
    assert_eq!(refused["correlation_id"], correlation.to_string());
}

#[test]
fn neither_requests_nor_records_show_secrets_when_printed() {
    let request = read(Endpoint::V2, &v2_body()).unwrap();
    assert!(!format!("{request:?}").contains(SECRET));
    let stored = serde_json::to_value(app()).unwrap();
    assert!(!stored.to_string().contains(SECRET));
    assert_eq!(serde_json::from_value::<AppRecord>(stored).unwrap(), app());
    let least = json!({"appId": APP, "tenant": TENANT, "name": "x"});
    let least: AppRecord = serde_json::from_value(least).unwrap();
    assert!(least.enabled && least.secrets.is_empty());
}

#[test]
fn object_ids_stay_and_differ() {
    assert_eq!(object_id(TENANT, APP), object_id(TENANT, APP));
    assert_ne!(object_id(TENANT, APP), object_id(APP, TENANT));
}

#[test]
fn the_openid_configuration_names_only_its_own_base() {
    for (segment, endpoint) in
        [(TENANT, Endpoint::V2), ("common", Endpoint::V2), (TENANT, Endpoint::V1)]
    {
        let document = documents::openid(&format!("{URL}/"), segment, TENANT, endpoint);
        for (name, value) in document.as_object().unwrap() {
            let is_url = value.as_str().is_some_and(|it| it.contains("://"));
            let own = value.as_str().is_some_and(|it| it.starts_with(&format!("{URL}/")));
            assert_eq!(is_url, own, "{name}: {value}");
        }
        let (issuer, infix) = match endpoint {
            Endpoint::V1 => (format!("{URL}/{TENANT}/"), "oauth2"),
            Endpoint::V2 => (format!("{URL}/{TENANT}/v2.0"), "oauth2/v2.0"),
        };
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{URL}/{segment}/{infix}/token"));
    }
    let keys_document = documents::jwks(keys());
    assert_eq!(keys_document["keys"][0]["kid"], keys().signing().kid());
    assert_eq!(keys_document["keys"][0]["d"], Value::Null);
}

#[test]
fn instance_discovery_answers_with_its_own_port() {
    let ask = |endpoint: &str| documents::instance(URL, Some(endpoint));
    let answer = ask(&format!("https://127.0.0.1/{TENANT}/oauth2/v2.0/authorize")).unwrap();
    assert_eq!(
        answer["tenant_discovery_endpoint"],
        format!("{URL}/{TENANT}/v2.0/.well-known/openid-configuration")
    );
    assert_eq!(answer["metadata"][0]["preferred_network"], "127.0.0.1:8443");
    assert_eq!(answer["metadata"][0]["aliases"], json!(["127.0.0.1:8443", "127.0.0.1"]));
    let answer = ask("https://login.microsoftonline.com/common/oauth2/authorize").unwrap();
    assert_eq!(
        answer["tenant_discovery_endpoint"],
        format!("{URL}/common/.well-known/openid-configuration")
    );
    for wrong in [
        "",
        "x",
        "https://h",
        "https://h/t",
        "https://h/t/x",
        "ftp://h/t/oauth2/authorize",
        "https://h/../oauth2/authorize/..",
    ] {
        assert_eq!(refusal(ask(wrong)), "400 invalid_instance 50049", "{wrong}");
    }
    assert_eq!(refusal(documents::instance(URL, None)), "400 invalid_request 900144");
}

#[test]
fn a_grant_is_what_the_record_says() {
    let request = read(Endpoint::V2, &v2_body()).unwrap();
    let upper = Place { tenant: &TENANT.to_uppercase(), ..PLACE };
    let expected = Grant {
        endpoint: Endpoint::V2,
        tenant: TENANT.into(),
        app_id: APP.into(),
        name: "Poller".into(),
        roles: app().roles,
        resource: "https://graph.microsoft.com".into(),
    };
    assert_eq!(authenticate(&request, Some(&app()), &upper).unwrap(), expected);
}

//! Being reached: addresses, header names, connections (1–8), tokens (9–17), rights (26–28).

use serde_json::{Value, json};

use super::{ask, fill, json_of, raw};
use crate::harness::{Yagura, send};

#[test]
fn item_1_and_5_urls_begin_with_the_address_the_client_used() {
    let it = Yagura::start_with(&["--plain-http", "--trust-proxy", "127.0.0.0/8"]);
    let token = it.token();
    fill(&it, &token, 2);
    let tenant = it.credentials["tenant_id"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let via = |headers: &[(&str, &str)]| {
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend(headers);
        json_of(&ask(&it, "GET /v1.0/security/alerts_v2?$top=1", &all, ""))
    };
    let begins = |answer: &Value, base: &str| {
        let context = format!("{base}/v1.0/$metadata#security/alerts_v2");
        assert_eq!(answer["@odata.context"], context);
        let next = answer["@odata.nextLink"].as_str().unwrap();
        assert!(next.starts_with(&format!("{base}/v1.0/security/alerts_v2?")), "{next}");
    };
    begins(&via(&[("Host", "graph.microsoft.com")]), "http://graph.microsoft.com");
    let forwarded = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "siem.example:8443")];
    begins(&via(&forwarded), "https://siem.example:8443");
    begins(&via(&[("X-Forwarded-Proto", "https"), ("Host", "a.example")]), "https://a.example");
    begins(&via(&[("Host", "<script>")]), "http://localhost");

    let path = format!("GET /{tenant}/v2.0/.well-known/openid-configuration");
    let document = json_of(&ask(&it, &path, &forwarded, ""));
    let base = "https://siem.example:8443";
    assert_eq!(document["issuer"], format!("{base}/{tenant}/v2.0"));
    let urls = document.as_object().unwrap().values().filter_map(Value::as_str);
    assert!(urls.clone().any(|url| url.ends_with("/token")));
    assert!(urls.clone().all(|url| !url.starts_with("http://")), "item 3: {document}");
}

#[test]
fn item_1_forwarded_headers_of_anyone_else_are_ignored() {
    let it = Yagura::start();
    let bearer = format!("Bearer {}", it.token());
    let headers =
        [("Authorization", &*bearer), ("Host", "a.example"), ("X-Forwarded-Host", "evil.example")];
    let answer = ask(&it, "GET /v1.0/security/incidents", &headers, "");
    assert!(!answer.contains("evil") && answer.contains("http://a.example/v1.0"), "{answer}");
}

#[test]
fn item_2_and_12_tls_with_a_token_for_the_own_url() {
    let it = Yagura::start_with(&[]);
    let of = |member: &str| it.credentials[member].as_str().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", of("client_id")),
        ("client_secret", of("client_secret")),
        ("scope", &format!("{}/.default", it.base)),
    ];
    let url = it.url(&format!("/{}/oauth2/v2.0/token", of("tenant_id")));
    let answer = send(it.http.post(url).form(&form)).expect(200);
    it.get(answer.body["access_token"].as_str().unwrap(), "/v1.0/security/alerts_v2").expect(200);
}

#[test]
fn item_4_one_listener_serves_every_host_name() {
    let it = Yagura::start();
    let bearer = format!("Bearer {}", it.token());
    let tenant = it.credentials["tenant_id"].as_str().unwrap();
    let discovery = format!("GET /{tenant}/v2.0/.well-known/openid-configuration");
    for (host, line) in [
        ("login.microsoftonline.com", discovery.as_str()),
        ("graph.microsoft.com", "GET /v1.0/security/alerts_v2"),
        ("graph.microsoft.com", "GET /beta/security/incidents"),
        ("api.security.microsoft.com", "GET /v1.0/security/alerts"),
    ] {
        let answer = ask(&it, line, &[("Host", host), ("Authorization", &bearer)], "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{host} {line}: {answer}");
        assert!(answer.contains(&format!("http://{host}/")), "{answer}");
    }
    let body = json!({"Query": "print 1"}).to_string();
    let length = body.len().to_string();
    let headers = [
        ("Host", "api.securitycenter.microsoft.com"),
        ("Authorization", &bearer),
        ("Content-Length", &length),
    ];
    let answer = ask(&it, "POST /api/advancedqueries/run", &headers, &body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn item_6_header_names_are_in_canonical_case() {
    let it = Yagura::start();
    let bearer = format!("Bearer {}", it.token());
    let answer = ask(&it, "GET /v1.0/security/alerts_v2", &[("Authorization", &bearer)], "");
    let refused = ask(&it, "DELETE /v1.0/security/alerts_v2", &[("Authorization", &bearer)], "");
    for (answer, names) in [
        (&answer, ["\r\nContent-Type: ", "\r\nContent-Length: ", "\r\nRequest-Id: ", "\r\nDate: "]),
        (
            &refused,
            ["\r\nContent-Type: ", "\r\nAllow: GET", "\r\nClient-Request-Id: ", "\r\nDate: "],
        ),
    ] {
        for name in names {
            assert!(answer.contains(name), "{name}: {answer}");
        }
    }
}

#[test]
fn item_8_a_connection_takes_one_request_after_another() {
    let it = Yagura::start();
    let token = it.token();
    let body = "{\"Query\": \"print a = 1\"}";
    let auth = format!("Host: x\r\nAuthorization: Bearer {token}");
    let get = format!("GET /v1.0/security/incidents HTTP/1.1\r\n{auth}\r\n\r\n");
    let chunked = format!(
        "POST /v1.0/security/runHuntingQuery HTTP/1.1\r\n{auth}\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/json\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        &body[..5],
        body.len() - 5,
        &body[5..],
    );
    let packed = get.replace("\r\n\r\n", "\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    let answer = raw(&it, format!("{get}{chunked}{packed}").as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    assert!(answer.contains("\"results\":[{\"a\":1}]"), "{answer}");
}

#[test]
fn item_7_and_11_discovery_of_clouds() {
    let it = Yagura::start();
    assert_eq!(send(it.http.get(it.url("/metadata/endpoints"))).status, 404);
    let tenant = it.credentials["tenant_id"].as_str().unwrap();
    let asked = format!("https%3A%2F%2F127.0.0.1%2F{tenant}%2Foauth2%2Fv2.0%2Fauthorize");
    let url = format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={asked}");
    let answer = send(it.http.get(it.url(&url))).expect(200).body;
    let found = answer["tenant_discovery_endpoint"].as_str().unwrap();
    assert_eq!(found, format!("{}/{tenant}/v2.0/.well-known/openid-configuration", it.base));
    assert!(answer["metadata"][0]["aliases"].is_array());
    assert_eq!(
        send(it.http.get(found)).expect(200).body["issuer"],
        format!("{}/{tenant}/v2.0", it.base)
    );
}

#[test]
fn item_13_to_17_tokens_and_refusals() {
    let it = Yagura::start();
    let of = |member: &str| it.credentials[member].as_str().unwrap();
    let (tenant, id, secret) = (of("tenant_id"), of("client_id"), of("client_secret"));
    let granted = it.ask_token(tenant, id, secret).expect(200);
    assert_eq!(granted.body["token_type"], "Bearer");
    assert!(granted.body["ext_expires_in"].is_u64() && granted.body["expires_in"].is_u64());
    assert_eq!(granted.headers["cache-control"], "no-store");
    let token = granted.body["access_token"].as_str().unwrap();
    assert!(token.len() < 8192 && token.split('.').count() == 3);
    for resource in [
        "https://graph.microsoft.com//.default",
        "https://api.security.microsoft.com/.default",
        "https://security.microsoft.com/mtp/.default",
        "https://api.securitycenter.microsoft.com/.default",
        "https://api.securitycenter.windows.com/.default",
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", resource),
            ("claims", "{\"access_token\":{\"xms_cc\":{\"values\":[\"CP1\"]}}}"),
        ];
        let url = it.url(&format!("/{tenant}/oauth2/v2.0/token"));
        let answer = send(it.http.post(url).form(&form)).expect(200);
        let token = answer.body["access_token"].as_str().unwrap();
        it.get(token, "/v1.0/security/alerts_v2").expect(200);
    }
    let refused = |form: &[(&str, &str)]| {
        let url = it.url(&format!("/{tenant}/oauth2/v2.0/token"));
        let answer = send(it.http.post(url).form(form));
        for member in ["error", "error_description", "timestamp", "trace_id", "correlation_id"] {
            assert!(answer.body[member].is_string(), "{member}: {}", answer.text);
        }
        answer.body["error_codes"][0].as_u64().unwrap()
    };
    assert_eq!(refused(&[("client_id", id)]), 900_144);
    assert_eq!(refused(&[("client_id", id), ("grant_type", "magic")]), 70_003);
    let bad_scope = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/User.Read"),
    ];
    assert_eq!(refused(&bad_scope), 70_011);
}

#[test]
fn item_26_and_27_forms_of_the_authorization_header() {
    let it = Yagura::start();
    let token = it.token();
    let with = |header: &str| {
        let request = it.http.get(it.url("/v1.0/security/alerts_v2"));
        send(request.header("authorization", header))
    };
    for header in [token.clone(), format!("bEARER  {token}"), format!("Bearer {token}")] {
        with(&header).expect(200);
    }
    let parts: Vec<&str> = token.split('.').collect();
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    // {"alg":"none","typ":"JWT"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let changed = format!("{}.e30.{}", parts[0], parts[2]);
    let long = "a".repeat(20_000) + ".b.c";
    for header in ["Basic YTpi", "Bearer", "Bearer a b", &*unsigned, &*none, &*changed, &*long] {
        let answer = with(header).expect(401);
        assert_eq!(answer.error().0, "InvalidAuthenticationToken", "{}", answer.text);
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "));
        assert!(!answer.text.contains(parts[2]), "the token is repeated");
    }
}

#[test]
fn item_28_the_right_is_decided_before_the_body_is_read() {
    let it = Yagura::start();
    let reader = it.token_with(&["SecurityAlert.Read.All"], None);
    let bearer = format!("Bearer {reader}");
    for line in [
        "PATCH /v1.0/security/alerts_v2/x",
        "POST /v1.0/security/alerts_v2/x/comments",
        "POST /v1.0/security/runHuntingQuery",
        "POST /api/advancedhunting/run",
        "POST /provider/v1/alerts?source=suricata",
        "POST /provider/v1/events/DeviceEvents",
    ] {
        // A body is announced and never comes: only a decision without it can answer.
        let headers = [("Authorization", bearer.as_str()), ("Content-Length", "1000")];
        let answer = ask(&it, line, &headers, "not json");
        assert!(answer.starts_with("HTTP/1.1 403"), "{line}: {answer}");
        assert_eq!(json_of(&answer)["error"]["code"], "Forbidden");
    }
}

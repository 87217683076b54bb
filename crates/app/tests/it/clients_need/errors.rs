//! Errors (51): one envelope, also where no route ever sees the request.

use serde_json::Value;

use super::{ask, json_of, raw};
use crate::harness::{Yagura, send};

/// The envelope, whole.
fn envelope(body: &Value) -> &str {
    let error = &body["error"];
    for member in ["date", "request-id", "client-request-id"] {
        assert!(error["innerError"][member].is_string(), "{member}: {body}");
    }
    let stamp = error["innerError"]["date"].as_str().unwrap();
    assert!(stamp.len() == 19 && stamp.as_bytes()[10] == b'T', "{stamp}");
    assert!(!error["message"].as_str().unwrap().is_empty(), "{body}");
    error["code"].as_str().unwrap()
}

#[test]
fn item_51_one_envelope_everywhere() {
    let it = Yagura::start();
    let bearer = format!("Bearer {}", it.token());
    let auth = ("Authorization", bearer.as_str());
    let json = [auth, ("Content-Type", "application/json"), ("Content-Length", "8")];
    let text = [auth, ("Content-Type", "text/csv"), ("Content-Length", "8")];
    let hunt = "POST /v1.0/security/runHuntingQuery";
    for (line, headers, status, code) in [
        ("GET /nowhere", &[auth][..], 404, "ResourceNotFound"),
        ("GET /v1.0/nowhere", &[auth], 404, "ResourceNotFound"),
        ("GET /v1.0/security/alerts_v2/none", &[auth], 404, "ResourceNotFound"),
        ("GET /v1.0/security/alerts_v2", &[], 401, "InvalidAuthenticationToken"),
        ("DELETE /v1.0/security/alerts_v2", &[auth], 405, "MethodNotAllowed"),
        ("BREW /v1.0/security/alerts_v2", &[auth], 405, "MethodNotAllowed"),
        ("POST /v1.0/$metadata", &[auth], 405, "MethodNotAllowed"),
        ("PUT /health", &[auth], 405, "MethodNotAllowed"),
        ("GET /provider/v1/alerts", &[auth], 405, "MethodNotAllowed"),
        ("GET /api/advancedhunting/run", &[auth], 405, "MethodNotAllowed"),
        ("GET /common/oauth2/v2.0/token", &[auth], 405, "MethodNotAllowed"),
        (hunt, &text, 415, "UnsupportedMediaType"),
        (hunt, &json, 400, "BadRequest"),
        ("POST /api/advancedhunting/run", &json, 400, "BadRequest"),
        ("GET /v1.0/security/alerts_v2?$filter=%ff", &[auth], 400, "BadRequest"),
        ("GET /v1.0/security/alerts_v2/%ff", &[auth], 400, "BadRequest"),
    ] {
        let answer = ask(&it, line, headers, "{\"a\": b}");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert_eq!(envelope(&json_of(&answer)), code, "{line}");
        assert_eq!(answer.contains("\r\nAllow: "), status == 405, "{line}: {answer}");
    }
}

#[test]
fn item_51_what_never_becomes_a_request_has_the_envelope_too() {
    let it = Yagura::start();
    let long = |name: &str| format!("GET /{} HTTP/1.1\r\n{name}\r\n\r\n", "a".repeat(70_000));
    let many = "X: 1\r\n".repeat(200);
    for (request, status, code) in [
        ("NONSENSE\r\n\r\n".to_owned(), 400, "BadRequest"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), 400, "BadRequest"),
        ("POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n".to_owned(), 400, "BadRequest"),
        (long("Host: x"), 414, "UriTooLong"),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431, "RequestHeaderFieldsTooLarge"),
    ] {
        let answer = raw(&it, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(envelope(&json_of(&answer)), code);
    }
    // Behind a good request on the same connection, whose answer stays as it is.
    let answer = raw(&it, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n");
    let (first, second) = answer.split_once("ok").unwrap();
    assert!(first.starts_with("HTTP/1.1 200") && !first.contains("error"), "{answer}");
    assert_eq!(envelope(&json_of(second)), "BadRequest");
}

#[test]
fn item_51_whoever_is_still_sending_sees_the_answer() {
    for flags in [&["--plain-http"][..], &[]] {
        let it = Yagura::start_with(flags);
        let token = it.token();
        let hunt = it.url("/v1.0/security/runHuntingQuery");
        let body = || vec![b' '; 40 << 20];
        for _ in 0..3 {
            let post = it.http.post(&hunt).header("content-type", "application/json");
            let answer = send(post.bearer_auth(&token).body(body())).expect(413);
            assert_eq!(envelope(&answer.body), "RequestEntityTooLarge");
            let post = it.http.post(&hunt).header("content-type", "application/json");
            let answer = send(post.body(body())).expect(401);
            assert_eq!(envelope(&answer.body), "InvalidAuthenticationToken");
        }
        it.get(&token, "/v1.0/security/alerts_v2").expect(200);
    }
    let it = Yagura::start();
    // The connection is not used again, and the answer says so.
    let bearer = format!("Bearer {}", it.token());
    let unread = format!(
        "POST /v1.0/security/nothing HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n\
         Content-Length: 9999\r\n\r\nx"
    );
    let answer = raw(&it, unread.as_bytes());
    assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    let answer = raw(&it, format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(10 << 20)).as_bytes());
    assert_eq!(envelope(&json_of(&answer)), "RequestHeaderFieldsTooLarge");
}

#[test]
fn a_token_never_shows_in_an_answer() {
    let it = Yagura::start();
    let token = it.token();
    let line = format!("GET /v1.0/security/alerts_v2?access_token={token}");
    let bearer = format!("Bearer {token}x");
    let answer = ask(&it, &line, &[("Authorization", &bearer)], "");
    assert!(answer.starts_with("HTTP/1.1 401") && !answer.contains(&token[..40]), "{answer}");
}

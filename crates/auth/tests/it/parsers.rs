//! Properties: whatever is sent, the parsers answer and never panic.

use auth::bearer;
use auth::keys::SigningKey;
use auth::oauth::{Endpoint, documents, form, request};
use auth::policy::{Decision, policy};
use auth::token::{Expect, verify};
use auth::{Caller, CallerKind, secret};
use proptest::prelude::*;

use crate::{NOW, URL, keys};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens(token in prop_oneof![".*", r"[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){0,4}"]) {
        let expect = Expect { now: NOW, own_url: URL, issuer_base: None, tenant: None };
        prop_assert!(verify(keys(), &token, &expect).is_err());
        let _ = bearer::token(Some(&token));
    }

    #[test]
    fn bearers(header in r"([Bb]earer|Basic|)[ \t]{0,3}\PC*") {
        if let Ok(token) = bearer::token(Some(&header)) {
            prop_assert_eq!(token.split('.').count(), 3);
            prop_assert!(!token.contains(char::is_whitespace));
        }
    }

    #[test]
    fn forms(body in prop::collection::vec(any::<u8>(), 0..300), header in ".*") {
        let _ = form::parse(&body);
        for endpoint in [Endpoint::V1, Endpoint::V2] {
            let _ = request::parse(endpoint, &body, Some(&header));
        }
    }

    #[test]
    fn near_forms(
        body in r"(grant_type=client_credentials&)?([a-z_]{1,13}=[%&=+A-Fa-f0-9.:/é]{0,20}&){0,8}",
        packed in r"(Basic|basic) [A-Za-z0-9+/]{0,40}={0,2}",
    ) {
        for endpoint in [Endpoint::V1, Endpoint::V2] {
            if let Ok(read) = request::parse(endpoint, body.as_bytes(), Some(&packed)) {
                prop_assert!(!read.client_id.is_empty());
            }
        }
    }

    #[test]
    fn forms_read_what_was_written(pairs in prop::collection::btree_map(r"[a-z]{1,8}", r"\PC*\S", 0..8)) {
        let encode = |text: &str| {
            let escapes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            escapes.concat()
        };
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let read = form::parse(body.join("&").as_bytes()).unwrap();
        prop_assert_eq!(read, pairs.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn instances(endpoint in prop_oneof![".*", r"https?://[a-z.:0-9]{0,20}/[^/]{0,20}/oauth2/(v2.0/)?authorize"]) {
        if let Ok(document) = documents::instance(URL, Some(&endpoint)) {
            let target = document["tenant_discovery_endpoint"].as_str().unwrap().to_owned();
            prop_assert!(target.starts_with("https://127.0.0.1:8443/"));
            prop_assert!(target.ends_with("/.well-known/openid-configuration"));
        }
    }

    #[test]
    fn templates(method in "[A-Za-z]{0,8}", template in r"(/[a-z{}$*é.()]{0,8}){0,6}") {
        let nobody = Caller {
            kind: CallerKind::App, app_id: String::new(), name: String::new(), user: None,
            roles: Vec::new(),
        };
        let decision = policy().check("v1.0", &method, &template, &nobody);
        prop_assert!(decision != Decision::Allowed || policy().is_public("v1.0", &method, &template));
    }

    #[test]
    fn keys_and_hashes(text in ".*") {
        prop_assert!(SigningKey::from_pem(&text).is_err());
        prop_assert!(!secret::verify("x", &text));
    }
}

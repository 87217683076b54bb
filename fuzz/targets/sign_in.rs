//! What comes before anybody is known: bearer tokens, token requests, instance discovery.
#![no_main]

use std::sync::LazyLock;

use auth::{
    bearer,
    keys::{KeySet, SigningKey},
    oauth::{Endpoint, documents, form, request},
    token::{Expect, verify},
};
use libfuzzer_sys::{Corpus, fuzz_target};
use model::time::Timestamp;
use uuid::Uuid;

const URL: &str = "https://127.0.0.1:8443";

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::new(SigningKey::generate().expect("a key can be made")));

fn check_form(body: &[u8], header: Option<&str>) {
    for endpoint in [Endpoint::V1, Endpoint::V2] {
        match request::parse(endpoint, body, header) {
            Ok(read) => assert!(!read.client_id.is_empty() && !read.resource.is_empty()),
            Err(error) => {
                let told = error.to_json(Timestamp(0), Uuid::nil(), Uuid::nil());
                fuzz::brief(told["error_description"].as_str().unwrap_or_default());
            }
        }
    }
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((way, text)) = fuzz::choose(data, &[0, 1, 2, 3]) else {
        if let Ok(pairs) = form::parse(data) {
            assert!(pairs.len() <= data.len());
        }
        return Corpus::Keep;
    };
    match way {
        0 => check_form(text.as_bytes(), None),
        1 => check_form(b"grant_type=client_credentials", Some(text)),
        2 => {
            let expect =
                Expect { now: Timestamp(0), own_url: URL, issuer_base: None, tenant: None };
            let error = verify(&KEYS, text, &expect).expect_err("nobody here signed it");
            fuzz::brief(&error.to_string());
            if let Ok(token) = bearer::token(Some(text)) {
                assert!(!token.contains(char::is_whitespace));
            }
        }
        _ => {
            if let Ok(document) = documents::instance(URL, Some(text)) {
                let target = document["tenant_discovery_endpoint"].as_str().unwrap_or_default();
                assert!(target.starts_with(URL), "{target}");
            }
        }
    }
    Corpus::Keep
});

//! Tokens: what is minted verifies, and every known way of forging one fails.

use auth::keys::{KeySet, SigningKey};
use auth::oauth::Endpoint;
use auth::oauth::grant::Grant;
use auth::token::{Claims, Expect, LONGEST, TokenError, mint, verify};
use auth::user::{Delegation, UserRecord};
use auth::{Caller, CallerKind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::{APP, NOW, NOW_UNIX, TENANT, URL, keys, later};

fn grant(endpoint: Endpoint) -> Grant {
    Grant {
        endpoint,
        tenant: TENANT.into(),
        app_id: APP.into(),
        name: "Poller".into(),
        roles: vec!["SecurityAlert.Read.All".into()],
        resource: "https://graph.microsoft.com".into(),
    }
}

fn claims() -> Claims {
    grant(Endpoint::V2).claims(URL, NOW)
}

const EXPECT: Expect<'_> = Expect { now: NOW, own_url: URL, issuer_base: None, tenant: None };

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn part(token: &str, index: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn verified(token: &str) -> Result<Claims, TokenError> {
    verify(keys(), token, &EXPECT)
}

/// The claims after a change, signed properly.
fn signed(change: impl FnOnce(&mut Claims)) -> String {
    let mut claims = claims();
    change(&mut claims);
    mint(keys().signing(), &claims).unwrap()
}

#[test]
fn what_is_minted_verifies() {
    for endpoint in [Endpoint::V1, Endpoint::V2] {
        let claims = grant(endpoint).claims(URL, NOW);
        let token = mint(keys().signing(), &claims).unwrap();
        assert!(token.len() < 2048);
        assert_eq!(verified(&token).unwrap(), claims);
        let caller = Caller::from_claims(&claims);
        assert_eq!((&*caller.app_id, &*caller.name), (APP, "Poller"));
        assert!(caller.holds("SecurityAlert.Read.All"));
    }
}

#[test]
fn the_claims_are_those_that_clients_read() {
    let token = mint(keys().signing(), &claims()).unwrap();
    let kid = keys().signing().kid();
    assert_eq!(part(&token, 0), json!({"typ": "JWT", "alg": "RS256", "kid": kid}));
    let mut payload = part(&token, 1);
    let members = payload.as_object_mut().unwrap();
    let uti = members.remove("uti").unwrap();
    assert_eq!(uti.as_str().unwrap().len(), 22);
    let (oid, sub) = (members.remove("oid").unwrap(), members.remove("sub").unwrap());
    assert_eq!(oid, sub);
    assert_eq!(oid.as_str().unwrap().len(), 36);
    let expected = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("{URL}/{TENANT}/v2.0"),
        "iat": NOW_UNIX, "nbf": NOW_UNIX, "exp": NOW_UNIX + 3600,
        "azp": APP, "app_displayname": "Poller", "idtyp": "app", "tid": TENANT,
        "roles": ["SecurityAlert.Read.All"], "ver": "2.0",
    });
    assert_eq!(payload, expected);

    let claims = grant(Endpoint::V1).claims(URL, NOW);
    assert_eq!(claims.iss, format!("{URL}/{TENANT}/"));
    assert_eq!(
        (claims.ver.as_str(), claims.appid.as_deref(), claims.azp),
        ("1.0", Some(APP), None)
    );
}

#[test]
fn a_token_has_its_time() {
    let token = signed(|_| ());
    let at = |seconds| verify(keys(), &token, &Expect { now: later(seconds), ..EXPECT });
    assert!(at(3600 + 59).is_ok());
    assert_eq!(at(3600 + 60), Err(TokenError::Expired));
    assert!(at(-60).is_ok());
    assert_eq!(at(-61), Err(TokenError::NotYetValid));
    for exp in [i64::MIN, i64::MAX] {
        let extreme = signed(|claims| claims.exp = exp);
        assert_eq!(verified(&extreme).is_ok(), exp == i64::MAX);
    }
}

#[test]
fn issuer_audience_and_tenant_must_fit() {
    let other = "00000000-0000-0000-0000-000000000001";
    for (token, error) in [
        (signed(|it| it.aud = "https://vault.azure.net".into()), TokenError::Audience),
        (signed(|it| it.aud = String::new()), TokenError::Audience),
        (signed(|it| it.iss = format!("{URL}/{other}/v2.0")), TokenError::Issuer),
        (signed(|it| it.tid = other.into()), TokenError::Issuer),
        (signed(|it| it.iss = format!("{URL}/{TENANT}/")), TokenError::Issuer),
        (signed(|it| it.iss = format!("{TENANT}/v2.0")), TokenError::Issuer),
        (signed(|it| it.ver = "3.0".into()), TokenError::Issuer),
    ] {
        assert_eq!(verified(&token), Err(error));
    }
    assert!(verified(&signed(|it| it.aud = format!("{URL}/"))).is_ok());
    let token = signed(|_| ());
    let with =
        |issuer_base, tenant| verify(keys(), &token, &Expect { issuer_base, tenant, ..EXPECT });
    assert!(with(Some("https://127.0.0.1:8443/"), Some(TENANT)).is_ok());
    assert_eq!(with(Some("https://yagura.example"), None), Err(TokenError::Issuer));
    assert_eq!(with(None, Some(other)), Err(TokenError::Issuer));
}

#[test]
fn a_token_without_signature_is_refused() {
    let payload = signed(|_| ()).split('.').nth(1).unwrap().to_owned();
    let kid = keys().signing().kid();
    for alg in ["none", "None", "NONE", "nOnE", "RS256 "] {
        let header = b64(json!({"alg": alg, "typ": "JWT", "kid": kid}).to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{payload}.{signature}");
            assert_eq!(verified(&token), Err(TokenError::Algorithm), "{alg}");
        }
    }
    let header = b64(json!({"alg": "RS256", "kid": kid}).to_string());
    assert_eq!(verified(&format!("{header}.{payload}.")), Err(TokenError::Signature));
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let key = keys().signing();
    let jwk = key.jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [modulus, jwk.to_string().into_bytes(), key.to_pem().as_bytes().to_vec()] {
        for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(alg);
            header.kid = Some(key.kid().into());
            let secret = EncodingKey::from_secret(&secret);
            let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
            assert_eq!(verified(&token), Err(TokenError::Algorithm), "{alg:?}");
            // The same with a header that claims RS256.
            let parts: Vec<&str> = token.split('.').collect();
            let lie = b64(json!({"alg": "RS256", "kid": key.kid()}).to_string());
            let token = format!("{lie}.{}.{}", parts[1], parts[2]);
            assert_eq!(verified(&token), Err(TokenError::Signature));
        }
    }
    let mut header = Header::new(Algorithm::RS512);
    header.kid = Some(key.kid().into());
    let rsa = EncodingKey::from_rsa_pem(key.to_pem().as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&header, &claims(), &rsa).unwrap();
    assert_eq!(verified(&token), Err(TokenError::Algorithm));
}

#[test]
fn a_tampered_token_is_refused() {
    let token = signed(|_| ());
    let parts: Vec<&str> = token.split('.').collect();
    let mut payload = part(&token, 1);
    payload["roles"] = json!(["SecurityAlert.ReadWrite.All"]);
    let forged = format!("{}.{}.{}", parts[0], b64(payload.to_string()), parts[2]);
    assert_eq!(verified(&forged), Err(TokenError::Signature));
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // The last character of a part holds bits that decode to nothing: a library may refuse or
        // ignore them, but what it accepts must still be the same claims.
        if let Ok(claims) = verified(&changed) {
            assert_eq!(claims, verified(&token).unwrap(), "at {at}");
            assert!(at + 1 == token.len(), "at {at}");
        }
    }
}

#[test]
fn keys_are_looked_up_by_name_alone() {
    let stranger = SigningKey::generate().unwrap();
    let token = mint(&stranger, &claims()).unwrap();
    assert_eq!(verified(&token), Err(TokenError::UnknownKey));
    // A stranger's key under our name, and a stranger's key sent along.
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(keys().signing().kid().into());
    header.jwk = serde_json::from_value(stranger.jwk()).ok();
    header.jku = Some("https://evil.example/keys".into());
    let rsa = EncodingKey::from_rsa_pem(stranger.to_pem().as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&header, &claims(), &rsa).unwrap();
    assert_eq!(verified(&token), Err(TokenError::Signature));
    // No name at all.
    let rsa = EncodingKey::from_rsa_pem(keys().signing().to_pem().as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims(), &rsa).unwrap();
    assert_eq!(verified(&token), Err(TokenError::UnknownKey));
}

#[test]
fn tokens_outlive_a_key_change_but_not_its_end() {
    let old = SigningKey::generate().unwrap();
    let token = mint(&old, &claims()).unwrap();
    let mut set = KeySet::new(old.clone());
    set.rotate(keys().signing().clone());
    assert!(verify(&set, &token, &EXPECT).is_ok());
    set.retire(old.kid());
    assert_eq!(verify(&set, &token, &EXPECT), Err(TokenError::UnknownKey));
}

#[test]
fn what_is_no_token_is_refused_by_its_form() {
    assert_eq!(verified(""), Err(TokenError::Missing));
    assert_eq!(verified(&"a".repeat(LONGEST + 1)), Err(TokenError::TooLarge));
    for text in ["x", "a.b", "a.b.c", "..", "....", "e30.e30.e30", "é.é.é", "\0.\0.\0"] {
        assert_eq!(verified(text), Err(TokenError::Malformed), "{text}");
    }
    // Properly signed, but not our claims.
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(keys().signing().kid().into());
    let rsa = EncodingKey::from_rsa_pem(keys().signing().to_pem().as_bytes()).unwrap();
    for body in [json!({}), json!([]), json!({"aud": 1}), json!("x")] {
        let token = jsonwebtoken::encode(&header, &body, &rsa).unwrap();
        assert_eq!(verified(&token), Err(TokenError::Malformed), "{body}");
    }
    let roles = (0..400).map(|it| format!("Some.Long.Role.Name.{it}")).collect();
    let large = Claims { roles, ..claims() };
    assert_eq!(mint(keys().signing(), &large), Err(TokenError::TooLarge));
}

#[test]
fn a_person_speaks_with_the_scopes_that_were_given() {
    let person = UserRecord {
        id: "5e7d3c1a-0000-4000-8000-000000000001".into(),
        user_principal_name: "ada@contoso.example".into(),
        display_name: "Ada Park".into(),
        mail: None,
    };
    let scopes = ["eDiscovery.Read.All".to_owned(), "SecurityAlert.Read.All".to_owned()];
    let given = Delegation { tenant: TENANT, app_id: APP, scopes: &scopes, own_url: URL, now: NOW };
    let claims = verified(&mint(keys().signing(), &person.claims(&given)).unwrap()).unwrap();
    let caller = Caller::from_claims(&claims);
    assert_eq!((caller.kind, &*caller.app_id, &*caller.name), (CallerKind::User, APP, "Ada Park"));
    assert_eq!(caller.user.as_ref(), Some(&person.id));
    assert!(caller.holds("eDiscovery.Read.All") && !caller.holds("eDiscovery.ReadWrite.All"));
    assert_eq!(Caller::from_claims(&grant(Endpoint::V2).claims(URL, NOW)).user, None);
}

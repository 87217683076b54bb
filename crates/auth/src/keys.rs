//! Signing keys: RSA-2048, kept as PKCS#8 PEM, published as JWK.
//!
//! A key is named by its RFC 7638 thumbprint, so its name is a fact about it and not a setting. A
//! set holds several: the first signs, all verify, which is how a key is changed without breaking
//! the tokens that are out.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Value, json};

use crate::text::base64url;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// The longest PEM text that is looked at; a 4096-bit key has 3.3 KiB.
const LONGEST_PEM: usize = 16 * 1024;

/// Why a key could not be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key came out of the generator.
    #[error("the signing key could not be generated")]
    Generate,
    /// Not a PEM block of an unencrypted PKCS#8 private key.
    #[error("not a PEM text with one unencrypted PKCS#8 private key")]
    Pem,
    /// A private key, but not an RSA key of at least 2048 bits.
    #[error("not an RSA key of at least 2048 bits")]
    NotRsa,
}

/// A key that signs tokens and verifies them.
#[derive(Clone)]
pub struct SigningKey {
    pem: String,
    kid: String,
    /// Modulus and exponent in base64url, as a JWK has them.
    modulus: String,
    exponent: String,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
}

impl SigningKey {
    /// A new RSA-2048 key; takes some 100 ms.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| KeyError::Generate)?;
        Self::from_pkcs8(der.as_ref())
    }

    /// Reads what [`SigningKey::to_pem`] wrote, or any other unencrypted PKCS#8 RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let body = pem
            .get(..LONGEST_PEM.min(pem.len()))
            .and_then(|text| text.trim().strip_prefix(PEM_BEGIN))
            .and_then(|text| text.strip_suffix(PEM_END))
            .ok_or(KeyError::Pem)?;
        let packed: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(packed).map_err(|_| KeyError::Pem)?;
        Self::from_pkcs8(&der)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| KeyError::NotRsa)?;
        if pair.public_modulus_len() < KeySize::Rsa2048.len() {
            return Err(KeyError::NotRsa);
        }
        let public = pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
        let (modulus, exponent) = (base64url(n), base64url(e));
        let pem = pem_text(der);
        let encoding = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::Pem)?;
        let decoding = DecodingKey::from_rsa_raw_components(n, e);
        let kid = thumbprint(&modulus, &exponent);
        Ok(Self { pem, kid, modulus, exponent, encoding, decoding })
    }

    /// The private key as PKCS#8 PEM, to be stored and shown to nobody.
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// The name of the key in token headers and in the key document.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JSON Web Key.
    pub fn jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": self.modulus,
            "e": self.exponent,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The keys in use: the first signs, all verify.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<SigningKey>,
}

impl KeySet {
    /// A set with one key.
    pub fn new(key: SigningKey) -> Self {
        Self { keys: vec![key] }
    }

    /// A set of several keys, the signing one first; none when there is no key.
    pub fn from_keys(keys: Vec<SigningKey>) -> Option<Self> {
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// From now on `key` signs; the others go on verifying.
    pub fn rotate(&mut self, key: SigningKey) {
        self.keys.retain(|held| held.kid != key.kid);
        self.keys.insert(0, key);
    }

    /// Drops a key that no longer verifies; the signing key stays.
    pub fn retire(&mut self, kid: &str) {
        let signing = self.signing().kid.clone();
        self.keys.retain(|held| held.kid == signing || held.kid != kid);
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        self.keys.first().expect("a set is never empty")
    }

    /// The key of that name.
    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|held| held.kid == kid)
    }

    /// All keys, the signing one first.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }
}

fn pem_text(der: &[u8]) -> String {
    let packed = STANDARD.encode(der);
    let mut pem = format!("{PEM_BEGIN}\n");
    let mut rest = packed.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem + PEM_END + "\n"
}

/// RFC 7638: the digest of the required members, in order, without blanks.
fn thumbprint(modulus: &str, exponent: &str) -> String {
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    base64url(digest::digest(&digest::SHA256, members.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_survives_its_pem() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(key.to_pem()).unwrap();
        assert_eq!((key.kid(), key.jwk()), (again.kid(), again.jwk()));
        assert_eq!(again.to_pem(), key.to_pem());
        assert!(key.to_pem().lines().all(|line| line.len() <= 64));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let modulus = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_",
            "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_",
            "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4",
            "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        );
        assert_eq!(thumbprint(modulus, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn rotation_keeps_the_old_key_until_it_is_retired() {
        let (old, new) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let mut set = KeySet::new(old.clone());
        set.rotate(new.clone());
        assert_eq!(set.signing().kid(), new.kid());
        assert!(set.find(old.kid()).is_some());
        set.retire(new.kid());
        set.retire(old.kid());
        assert_eq!(set.iter().map(SigningKey::kid).collect::<Vec<_>>(), [new.kid()]);
        assert!(KeySet::from_keys(Vec::new()).is_none());
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let garbage = format!("{PEM_BEGIN}\nAAAA\n{PEM_END}");
        for (text, error) in [
            ("", KeyError::Pem),
            ("-----BEGIN PRIVATE KEY-----", KeyError::Pem),
            ("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----", KeyError::Pem),
            (garbage.as_str(), KeyError::NotRsa),
        ] {
            assert_eq!(SigningKey::from_pem(text).err(), Some(error), "{text}");
        }
        assert_eq!(SigningKey::from_pem(&"é".repeat(LONGEST_PEM)).err(), Some(KeyError::Pem));
    }
}

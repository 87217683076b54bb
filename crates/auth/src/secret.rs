//! Client secrets: making one, hashing it for storage, verifying what a caller shows.
//!
//! A secret is 40 characters with 240 random bits; what is stored is an Argon2id hash. Hashing and
//! verifying take tens of milliseconds and 19 MiB on purpose: run them off the I/O threads, and
//! bound how many run at once.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq as _;

use crate::text::random;

/// Characters in a secret.
const LENGTH: usize = 40;
/// Characters of a secret that may be shown in lists.
const HINT: usize = 3;
/// What a caller may show; longer texts are refused unhashed.
const LONGEST: usize = 1024;
/// 64 characters that need no escaping in forms, URLs or shells: six bits each, without bias.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";

/// 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A stored hash may ask for this much at most, so that a damaged record cannot stall the server.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

/// A well-formed hash that no secret has: verifying against it takes as long as against a real one.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a secret could not be hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The text is empty or too long.
    #[error("a secret has 1 to {LONGEST} bytes")]
    Length,
    /// The hash function refused.
    #[error("the secret could not be hashed: {0}")]
    Hash(String),
}

/// A new secret.
pub fn generate() -> String {
    let pick = |byte: u8| char::from(ALPHABET[usize::from(byte % 64)]);
    random::<LENGTH>().into_iter().map(pick).collect()
}

/// The part of a secret that may be stored and shown.
pub fn hint(secret: &str) -> String {
    secret.chars().take(HINT).collect()
}

/// The Argon2id hash of a secret as a PHC string, with a fresh salt. Slow on purpose.
pub fn hash(secret: &str) -> Result<String, SecretError> {
    if secret.is_empty() || secret.len() > LONGEST {
        return Err(SecretError::Length);
    }
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the cost is a valid one");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2
        .hash_password_with_salt(secret.as_bytes(), &random::<16>())
        .map_err(|err| SecretError::Hash(err.to_string()))?;
    Ok(hash.to_string())
}

/// Is this the secret behind that PHC string? Slow on purpose; compares in constant time.
pub fn verify(secret: &str, phc: &str) -> bool {
    if secret.is_empty() || secret.len() > LONGEST {
        return verify_nobody(secret);
    }
    recompute(secret, phc).unwrap_or(false)
}

/// Takes as long as [`verify`] and never succeeds, for callers that do not exist.
pub fn verify_nobody(secret: &str) -> bool {
    let _ = recompute(secret.get(..LONGEST).unwrap_or(secret), NOBODYS);
    false
}

fn recompute(secret: &str, phc: &str) -> Option<bool> {
    let parsed = PasswordHash::new(phc).ok()?;
    if parsed.algorithm != Algorithm::Argon2id.ident() {
        return None;
    }
    let version = Version::try_from(parsed.version?).ok()?;
    let params = Params::try_from(&parsed).ok()?;
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
        return None;
    }
    let (salt, expected) = (parsed.salt?, parsed.hash?);
    let mut computed = vec![0; expected.len()];
    Argon2::new(Algorithm::Argon2id, version, params)
        .hash_password_into(secret.as_bytes(), salt.as_ref(), &mut computed)
        .ok()?;
    Some(computed.ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_verifies_against_its_own_hash_alone() {
        let (mine, other) = (generate(), generate());
        assert_eq!((mine.len(), mine == other), (40, false));
        let stored = hash(&mine).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify(&mine, &stored));
        assert!(!verify(&other, &stored));
        assert_ne!(hash(&mine).unwrap(), stored, "salts are fresh");
        assert!(!stored.contains(&mine));
    }

    #[test]
    fn a_hash_that_is_not_one_verifies_nothing() {
        for phc in [
            "",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$AAAA",
            "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=4000000,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(recompute("x", phc), None, "{phc}");
            assert!(!verify("x", phc), "{phc}");
        }
        assert_eq!(recompute("x", NOBODYS), Some(false));
        assert_eq!(hash(""), Err(SecretError::Length));
        assert_eq!(hash(&"x".repeat(LONGEST + 1)), Err(SecretError::Length));
        assert!(!verify_nobody(&"é".repeat(LONGEST)));
    }

    #[test]
    fn every_character_of_the_alphabet_passes_unescaped() {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
        assert!(ALPHABET.iter().all(plain));
        assert_eq!(hint("abcdef"), "abc");
    }
}

//! Making and recognising ids.
//!
//! Ids are opaque text to callers, with two habits that clients rely on: incidents are numbered in
//! digits, and everything made from the same source data gets the same id again.

use uuid::Uuid;

/// The namespace of ids made from data.
const NAMESPACE: Uuid = Uuid::from_u128(0x9f7a_6c1e_52d4_4b0f_8e37_1d60_a4c2_95b8);

/// The longest id that a path may carry, in bytes.
pub const MAX_LEN: usize = 512;

/// An id that is the same whenever the parts are: for example tenant, provider and the provider's
/// own id. Parts are kept apart, so `["ab", "c"]` and `["a", "bc"]` differ.
pub fn stable(parts: &[&str]) -> String {
    let mut name = Vec::new();
    for part in parts {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &name).to_string()
}

/// Is it a number written in digits, as ids of incidents are?
pub fn is_digits(id: &str) -> bool {
    !id.is_empty() && id.len() <= 19 && id.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_ids_keep_parts_apart() {
        assert_eq!(stable(&["t", "a"]), stable(&["t", "a"]));
        assert_ne!(stable(&["ab", "c"]), stable(&["a", "bc"]));
    }

    #[test]
    fn digits_only() {
        assert!(is_digits("28"));
        assert!(!is_digits(""));
        assert!(!is_digits("28a"));
    }
}

//! By what a repeated alert is known: the product's own id, and without one the whole item.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Bytes of the digest that are kept: enough that no two alerts ever meet.
const KEPT: usize = 16;

/// The fingerprint of an alert from `source`. The tenant is not part of it: fingerprints are
/// looked up per tenant.
pub(crate) fn fingerprint(source: &str, provider_alert_id: &str, item: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(source.as_bytes());
    if provider_alert_id.is_empty() {
        hash.update([0, 1]);
        hash.update(item.to_string().as_bytes());
    } else {
        hash.update([0, 0]);
        hash.update(provider_alert_id.as_bytes());
    }
    hex(&hash.finalize()[..KEPT])
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_id_decides_and_else_the_content() {
        let (one, two) = (json!({"a": 1}), json!({"a": 2}));
        assert_eq!(fingerprint("s", "7", &one), fingerprint("s", "7", &two));
        assert_ne!(fingerprint("s", "7", &one), fingerprint("t", "7", &one));
        assert_ne!(fingerprint("s", "", &one), fingerprint("s", "", &two));
        assert_eq!(fingerprint("s", "", &one), fingerprint("s", "", &one));
        assert_eq!(fingerprint("s", "", &one).len(), 2 * KEPT);
    }
}

//! The crate as its callers see it.

#![allow(clippy::unwrap_used)]

mod documented;
mod oauth;
mod parsers;
mod policy;
mod token;

use std::sync::LazyLock;

use auth::keys::{KeySet, SigningKey};
use model::time::Timestamp;

pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const APP: &str = "99999999-8888-7777-6666-555555555555";
pub(crate) const URL: &str = "https://127.0.0.1:8443";

/// 2026-01-05T10:20:30Z, in ticks and in Unix seconds.
pub(crate) const NOW: Timestamp = Timestamp(621_355_968_000_000_000 + NOW_UNIX * 10_000_000);
pub(crate) const NOW_UNIX: i64 = 1_767_608_430;

/// That many seconds after now.
pub(crate) fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 10_000_000)
}

/// One key pair for all tests: making one takes a while.
pub(crate) fn keys() -> &'static KeySet {
    static KEYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::new(SigningKey::generate().unwrap()));
    &KEYS
}

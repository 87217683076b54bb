//! Hashes of values.

pub(super) mod combine;
pub(super) mod digest;
pub(super) mod xxhash64;

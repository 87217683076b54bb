//! Alerts in: what a provider pushes becomes stored alerts in incidents.
//!
//! `push.rs` prepares a batch outside any transaction (normalise, check, fingerprint), then places
//! it chunk by chunk, each chunk in one transaction; `place.rs` puts one alert into the store and
//! into its incident; `drafts.rs` holds the incidents a chunk touches until they are written once.
//! What belongs together is decided by [`crate::correlation`] alone.

pub(crate) mod drafts;
pub(crate) mod fingerprint;
pub(crate) mod place;
pub(crate) mod push;

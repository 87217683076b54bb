//! Correlation: which incident a new alert belongs to.
//!
//! A pure function, alert after alert: [`extract::subject`] reads what an alert is about,
//! [`decide`] weighs the recent alerts that share an entity with it. It knows no clock and
//! no chance, so a replay of the same alerts groups them the same way. Loading the recent past and
//! storing the outcome is `intake/place.rs`; the reader's page is `docs/src/correlation.md`.

pub mod commonplace;
pub mod decide;
pub mod entity;
pub mod extract;
#[cfg(test)]
mod tests;

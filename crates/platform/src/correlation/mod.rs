//! Correlation: which incident a new alert belongs to.
//!
//! A pure function, alert after alert: [`extract::subject`] reads what an alert is about,
//! [`address::other_names`] adds the other name of a machine, [`pair::compare`] weighs one thing
//! that two alerts share, and [`decide`] makes a decision of all of them. It knows no clock and
//! no chance, so a replay of the same alerts groups them the same way. Loading the recent past and
//! storing the outcome is `intake/place.rs`; the reader's page is `docs/src/correlation.md`.

pub mod address;
pub mod commonplace;
pub mod decide;
pub mod entity;
pub mod evidence;
pub mod extract;
pub mod mention;
pub mod pair;
pub mod telling;
#[cfg(test)]
mod tests;
pub mod trace;

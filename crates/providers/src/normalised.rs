//! What a connector makes of one item: an alert, a part of one, nothing to do, or a refusal.

use serde_json::{Map, Value};

/// What one gathered item of a batch turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Normalised {
    /// A whole alert: an `alerts_v2` document without what the hub decides (`id`, `status`,
    /// `incidentId`, `tenantId`, `lastUpdateDateTime`). The same `providerAlertId` again is a
    /// duplicate.
    Alert(Map<String, Value>),
    /// What a product said about an alert in one of several pieces. It is a valid document by
    /// itself; when an alert with its `providerAlertId` is stored already, `merge::merge` folds
    /// it in and says whether anything changed (nothing changed: a duplicate).
    Part(Map<String, Value>),
    /// Well-formed, but no alert: a flow record, a block-list update. Skipped and counted.
    NotAnAlert {
        /// What it is instead, in the product's own word or a short phrase.
        what: String,
    },
}

/// Why an item was not taken: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Refused {
    /// Path of the offending member in the item as the product wrote it, such as
    /// `alert.signature`; `item` for the item itself.
    pub path: String,
    /// What is wrong with it, such as `missing`.
    pub reason: String,
}

impl Refused {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

//! The areas of the API, one folder each, and the behaviours that the write path and the readers
//! look up by kind. What has no behaviour here is stored and read as the model says.

pub(crate) mod alerts;
pub mod hunting;
pub(crate) mod incidents;
pub(crate) mod legacy_alerts;
pub(crate) mod unbuilt;

use crate::behavior::{Behavior, Plain};

/// The kind of alerts.
pub(crate) const ALERTS: &str = "security/alerts_v2";
/// The kind of incidents.
pub(crate) const INCIDENTS: &str = "security/incidents";
/// The kind of the reasons for an incident's members.
pub(crate) const CORRELATIONS: &str = "security/incidents/correlations";

/// Every behaviour, in reading order.
const BEHAVIORS: &[&dyn Behavior] =
    &[&alerts::alert::Alert, &incidents::incident::Incident, &legacy_alerts::alert::LegacyAlert];

/// The behaviour of a kind.
pub(crate) fn behavior(kind: &str) -> &'static dyn Behavior {
    BEHAVIORS.iter().find(|it| it.kind() == kind).copied().unwrap_or(&Plain)
}

/// Indexes per kind of stored record: equality first, the order of the list last, then what they
/// carry (`+`) so that a filter on it need not read the documents. They follow what
/// clients filter and sort by; each one costs every write, so what is rare goes without.
pub(crate) const INDEXES: &[(&str, &[&[&str]])] = &[
    (
        ALERTS,
        &[
            &["createdDateTime", "+severity", "+status"],
            &[
                "lastUpdateDateTime",
                "+severity",
                "+status",
                // What hunts over the alerts look for; see `hunting::extent`.
                "+yagura/firstRow",
                "+yagura/lastRow",
            ],
            &["firstActivityDateTime"],
            &["incidentId", "createdDateTime"],
            &["severity", "createdDateTime", "+status"],
            &["status", "createdDateTime", "+severity"],
        ],
    ),
    (
        INCIDENTS,
        &[
            &["createdDateTime"],
            &["lastUpdateDateTime"],
            &["severity", "lastUpdateDateTime"],
            &["status", "lastUpdateDateTime"],
        ],
    ),
];

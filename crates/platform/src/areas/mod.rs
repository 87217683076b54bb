//! The areas of the API, one folder each, and the behaviours that the write path and the readers
//! look up by kind. What has no behaviour here is stored and read as the model says.

pub(crate) mod alerts;
pub(crate) mod analyzed_emails;
pub(crate) mod attack_simulation;
pub(crate) mod audit_log;
pub(crate) mod beside;
pub mod defender_incidents;
pub(crate) mod detection_rules;
pub(crate) mod ediscovery;
pub mod hunting;
pub(crate) mod identities;
pub(crate) mod incidents;
pub(crate) mod labels;
pub(crate) mod legacy_alerts;
pub(crate) mod operate;
pub(crate) mod records_management;
pub(crate) mod secure_scores;
pub(crate) mod security_actions;
pub(crate) mod subject_rights;
pub mod subscriptions;
pub(crate) mod threat_assessment;
pub(crate) mod threat_submission;
pub(crate) mod ti_indicators;
pub mod unbuilt;

use crate::behavior::{Behavior, Plain};

/// The kind of alerts.
pub(crate) const ALERTS: &str = "security/alerts_v2";
/// The kind of incidents.
pub(crate) const INCIDENTS: &str = "security/incidents";
/// The kind of the reasons for an incident's members.
pub(crate) const CORRELATIONS: &str = "security/incidents/correlations";

/// Every behaviour, in reading order.
const BEHAVIORS: &[&dyn Behavior] = &[
    &alerts::alert::Alert,
    &incidents::incident::Incident,
    &legacy_alerts::alert::LegacyAlert,
    &analyzed_emails::AnalyzedEmail,
    &attack_simulation::Simulation,
    &audit_log::Query,
    &detection_rules::DetectionRule,
    &ediscovery::case::Case,
    &ediscovery::holds::CUSTODIAN,
    &ediscovery::holds::NONCUSTODIAL,
    &records_management::DispositionReviewStage,
    &records_management::RetentionEvent,
    &records_management::RetentionLabel,
    &secure_scores::ControlProfile,
    &secure_scores::Score,
    &security_actions::SecurityAction,
    &subject_rights::Note,
    &subject_rights::Request,
    &subscriptions::Subscription,
    &threat_assessment::Request,
    &threat_submission::EMAIL,
    &threat_submission::FILE,
    &threat_submission::URL,
    &ti_indicators::TiIndicator,
];

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
            &["assignedTo", "createdDateTime"],
        ],
    ),
    (
        INCIDENTS,
        &[
            &["createdDateTime"],
            &["lastUpdateDateTime"],
            &["severity", "lastUpdateDateTime"],
            &["status", "lastUpdateDateTime"],
            &["assignedTo", "lastUpdateDateTime"],
        ],
    ),
    (crate::directory::users::USERS, &[&["userPrincipalName"]]),
];

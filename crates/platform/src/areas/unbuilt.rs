//! What the model declares and this server does not do yet: answered with 501, never with a
//! pretence. Building one of them removes its line.

use crate::call::Method;

/// Verb and target in normal form.
const UNBUILT: &[(Method, &str)] = &[
    (Method::Post, "/security/alerts_v2/moveAlerts"),
    (Method::Post, "/security/alerts_v2/createAlert"),
    (Method::Post, "/security/alerts/updateAlerts"),
    (Method::Post, "/security/incidents/mergeIncidents"),
    (Method::Patch, "/security/secureScoreControlProfiles/{id}"),
    (Method::Post, "/subscriptions"),
    (Method::Patch, "/subscriptions/{id}"),
    (Method::Delete, "/subscriptions/{id}"),
    (Method::Post, "/subscriptions/{id}/reauthorize"),
    (Method::Get, "/security/getHuntingSchema"),
    (Method::Get, "/security/getHuntingSchemaTables"),
];

/// Whether a call is declared only.
pub(crate) fn is_unbuilt(method: Method, template: &str) -> bool {
    UNBUILT.iter().any(|(verb, path)| *verb == method && path.eq_ignore_ascii_case(template))
}

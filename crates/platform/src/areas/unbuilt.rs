//! What the model declares and this server does not do yet: answered with 501, never with a
//! pretence. All of it is called with POST, and has its effect outside of the record. Building one
//! removes its line.

use crate::call::Method;

/// Targets in normal form.
const UNBUILT: &[&str] = &[
    "/informationProtection/policy/labels/evaluateClassificationResults",
    "/informationProtection/sensitivityLabels/computeRightsAndInheritance",
    "/informationProtection/sensitivityLabels/evaluate",
    "/informationProtection/sensitivityLabels/{id}/sublabels/computeRightsAndInheritance",
    "/security/cases/ediscoveryCases/{id}/custodians/updateIndex",
    "/security/cases/ediscoveryCases/{id}/custodians/{id}/updateIndex",
    "/security/cases/ediscoveryCases/{id}/exportDownload",
    "/security/cases/ediscoveryCases/{id}/noncustodialDataSources/updateIndex",
    "/security/cases/ediscoveryCases/{id}/noncustodialDataSources/{id}/updateIndex",
    "/security/cases/ediscoveryCases/{id}/reviewSets/{id}/addToReviewSet",
    "/security/cases/ediscoveryCases/{id}/reviewSets/{id}/export",
    "/security/cases/ediscoveryCases/{id}/reviewSets/{id}/queries/{id}/applyTags",
    "/security/cases/ediscoveryCases/{id}/reviewSets/{id}/queries/{id}/export",
    "/security/cases/ediscoveryCases/{id}/searches/{id}/estimateStatistics",
    "/security/cases/ediscoveryCases/{id}/searches/{id}/exportReport",
    "/security/cases/ediscoveryCases/{id}/searches/{id}/exportResult",
    "/security/cases/ediscoveryCases/{id}/searches/{id}/purgeData",
    "/security/collaboration/analyzedEmails/remediate",
    "/security/collaboration/analyzedEmails/setVerdict",
    "/security/dataSecurityAndGovernance/processContent",
    "/security/dataSecurityAndGovernance/processContentAsync",
    "/security/dataSecurityAndGovernance/protectionScopes/compute",
    "/security/dataSecurityAndGovernance/sensitivityLabels/computeRightsAndInheritance",
    "/security/dataSecurityAndGovernance/sensitivityLabels/{id}/sublabels/computeRightsAndInheritance",
    "/security/identities/identityAccounts/{id}/invokeAction",
    "/security/identities/sensorCandidates/activate",
    "/security/identities/sensorMigration/migrate",
    "/security/incidentTasks/{id}/executeResponseAction",
    "/security/informationProtection/sensitivityLabels/evaluateClassificationResults",
    "/users/{id}/informationProtection/policy/labels/evaluateClassificationResults",
    "/users/{id}/informationProtection/sensitivityLabels/computeRightsAndInheritance",
    "/users/{id}/informationProtection/sensitivityLabels/{id}/sublabels/computeRightsAndInheritance",
    "/users/{id}/security/informationProtection/sensitivityLabels/evaluateClassificationResults",
];

/// Whether a call is declared only.
pub fn is_unbuilt(method: Method, template: &str) -> bool {
    method == Method::Post && UNBUILT.iter().any(|it| it.eq_ignore_ascii_case(template))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_only_shrinks() {
        assert!(UNBUILT.len() <= 33, "{} lines", UNBUILT.len());
    }
}

//! What the store keeps beside the documents of a kind, so that filters need not read them.
//!
//! Sought members are those by which somebody asks for one thing among very many: which alerts name
//! this address, this file, this account. Tallied members have few values, and together say how
//! much is open, and how bad. Each costs every write a little; a member that no element has costs
//! nothing.

use super::{ALERTS, INCIDENTS};

/// Per kind: members whose texts are sought, those of collections' elements too, and members whose
/// combinations are counted.
pub(crate) const BESIDE: &[(&str, &[&str], &[&str])] = &[
    (
        ALERTS,
        &[
            "evidence/verdict",
            "evidence/ipAddress",
            "evidence/sourceAddress/ipAddress",
            "evidence/destinationAddress/ipAddress",
            "evidence/url",
            "evidence/domainName",
            "evidence/deviceDnsName",
            "evidence/hostName",
            "evidence/mdeDeviceId",
            "evidence/azureAdDeviceId",
            "evidence/lastIpAddress",
            "evidence/lastExternalIpAddress",
            "evidence/userAccount/accountName",
            "evidence/userAccount/userPrincipalName",
            "evidence/userAccount/azureAdUserId",
            "evidence/userAccount/userSid",
            "evidence/fileDetails/fileName",
            "evidence/fileDetails/sha1",
            "evidence/fileDetails/sha256",
            "evidence/imageFile/fileName",
            "evidence/imageFile/sha1",
            "evidence/imageFile/sha256",
            "evidence/value",
            "evidence/registryKey",
            "evidence/primaryAddress",
            "evidence/recipientEmailAddress",
            "evidence/networkMessageId",
            "evidence/internetMessageId",
            "evidence/senderIp",
            "evidence/appId",
            "evidence/resourceId",
            "evidence/name",
            "mitreTechniques",
            "detectorId",
            "providerAlertId",
        ],
        &["severity", "status", "classification", "serviceSource"],
    ),
    (INCIDENTS, &["customTags"], &["severity", "status", "classification"]),
];

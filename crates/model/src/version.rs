//! The two published versions of the API and the schema files each of them is made of.
//!
//! The files are compiled in; adding an area is adding its file here, once per version. Files that
//! somebody brings at start-up can be added with [`extend`].

use std::sync::OnceLock;

use crate::{
    csdl::{self, CsdlError},
    model::Model,
};

/// A published version of the API: the first segment of every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// The stable version, `v1.0`.
    V1,
    /// The preview version, `beta`.
    Beta,
}

impl Version {
    /// Both versions, in the order they are presented.
    pub const ALL: [Version; 2] = [Version::V1, Version::Beta];

    /// The path segment: `v1.0` or `beta`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::V1 => "v1.0",
            Version::Beta => "beta",
        }
    }

    /// Reads the path segment, in any case.
    pub fn parse(segment: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(segment))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The schema files of one version as `(name, text)`.
macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        &[$((
            concat!($folder, "/", $name),
            include_str!(concat!("../../../schema/", $folder, "/", $name)),
        )),*]
    };
}

pub(crate) const V1_FILES: &[(&str, &str)] = files!("v1.0":
    "root.xml"
    "common.xml"
    "alerts.xml"
    "evidence.xml"
    "incidents.xml"
    "legacy-alerts.xml"
    "hunting.xml"
    "attack-simulation.xml"
    "ediscovery.xml"
    "audit-log.xml"
    "identities.xml"
    "information-protection.xml"
    "threat-assessment.xml"
    "bitlocker.xml"
    "records-management.xml"
    "secure-scores.xml"
    "threat-intelligence.xml"
    "analyzed-emails.xml"
    "subject-rights-requests.xml"
    "subscriptions.xml"
    "yagura.xml"
);

pub(crate) const BETA_FILES: &[(&str, &str)] = files!("beta":
    "root.xml"
    "common.xml"
    "alerts.xml"
    "evidence.xml"
    "incidents.xml"
    "incident-tasks.xml"
    "legacy-alerts.xml"
    "hunting.xml"
    "detection-rules.xml"
    "security-actions.xml"
    "attack-simulation.xml"
    "ediscovery.xml"
    "case-management.xml"
    "audit-log.xml"
    "identities.xml"
    "information-protection.xml"
    "threat-assessment.xml"
    "bitlocker.xml"
    "records-management.xml"
    "secure-scores.xml"
    "threat-intelligence.xml"
    "ti-indicators.xml"
    "threat-submission.xml"
    "analyzed-emails.xml"
    "subject-rights-requests.xml"
    "zones.xml"
    "custom-tags.xml"
    "workbooks.xml"
    "security-profiles.xml"
    "security-copilot.xml"
    "partner-security.xml"
    "data-discovery.xml"
    "subscriptions.xml"
    "yagura.xml"
);

/// One for each version, in the order of [`Version::ALL`].
static MODELS: [OnceLock<Model>; 2] = [OnceLock::new(), OnceLock::new()];

impl Version {
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Version::V1 => V1_FILES,
            Version::Beta => BETA_FILES,
        }
    }

    fn slot(self) -> &'static OnceLock<Model> {
        match self {
            Version::V1 => &MODELS[0],
            Version::Beta => &MODELS[1],
        }
    }

    fn read(self, more: &[(&str, &str)]) -> Result<Model, CsdlError> {
        let mut files = self.files().to_vec();
        files.extend(more);
        let mut model = csdl::parse(&files)?;
        model.bare_options = self == Version::Beta;
        Ok(model)
    }
}

/// The model of a version, parsed at first use and kept for the life of the process.
pub fn graph(version: Version) -> &'static Model {
    let read = || version.read(&[]).expect("the embedded schema parses");
    version.slot().get_or_init(read)
}

/// Why a version could not be extended.
#[derive(Debug, thiserror::Error)]
pub enum ExtendError {
    /// The files are not a model, alone or with ours.
    #[error("the schema could not be extended")]
    Schema(#[source] CsdlError),
    /// The model is in use already.
    #[error("the schema of {0} can only be extended before it is first used")]
    Late(Version),
}

/// Adds files, each a name and a text, to the schema of a version. Their containers must extend
/// `microsoft.graph.GraphService`. Only before the first use of [`graph`] for that version.
pub fn extend(version: Version, files: &[(&str, &str)]) -> Result<(), ExtendError> {
    if version.slot().get().is_some() {
        return Err(ExtendError::Late(version));
    }
    let model = version.read(files).map_err(ExtendError::Schema)?;
    version.slot().set(model).map_err(|_| ExtendError::Late(version))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_schema_file_is_listed() {
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/");
        for (version, files) in [(Version::V1, V1_FILES), (Version::Beta, BETA_FILES)] {
            let folder = std::fs::read_dir(format!("{schema}{version}")).unwrap();
            let mut found: Vec<String> = folder
                .map(|it| format!("{version}/{}", it.unwrap().file_name().to_str().unwrap()))
                .collect();
            let mut listed: Vec<String> =
                files.iter().map(|(name, _)| (*name).to_owned()).collect();
            found.sort();
            listed.sort();
            assert_eq!(found, listed);
        }
    }

    #[test]
    fn what_is_in_use_is_not_extended() {
        graph(Version::V1);
        assert!(matches!(extend(Version::V1, &[]), Err(ExtendError::Late(Version::V1))));
    }

    /// Everything waits for this at the first start. A debug build takes many times as long.
    #[test]
    fn reading_the_schema_is_quick() {
        let start = std::time::Instant::now();
        let models = [V1_FILES, BETA_FILES].map(|files| csdl::parse(files).unwrap());
        let taken = start.elapsed();
        let sizes = models.map(|it| (it.types().len(), it.sets().len(), it.metadata_xml().len()));
        println!("{taken:?} for (types, sets, bytes) {sizes:?}");
        assert!(taken.as_secs() < 5, "{taken:?}");
    }
}

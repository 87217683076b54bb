//! The two published versions of the API and the schema files each of them is made of.
//!
//! The files are compiled in; adding an area is adding its file here, once per version.

use std::sync::LazyLock;

use crate::{csdl, model::Model};

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
    "secure-scores.xml"
    "subscriptions.xml"
    "yagura.xml"
);

pub(crate) const BETA_FILES: &[(&str, &str)] = files!("beta":
    "root.xml"
    "common.xml"
    "alerts.xml"
    "evidence.xml"
    "incidents.xml"
    "legacy-alerts.xml"
    "hunting.xml"
    "secure-scores.xml"
    "subscriptions.xml"
    "yagura.xml"
);

/// The model of a version, parsed at first use and kept for the life of the process.
pub fn graph(version: Version) -> &'static Model {
    static V1: LazyLock<Model> =
        LazyLock::new(|| csdl::parse(V1_FILES).expect("the embedded v1.0 schema parses"));
    static BETA: LazyLock<Model> = LazyLock::new(|| {
        let mut model = csdl::parse(BETA_FILES).expect("the embedded beta schema parses");
        model.bare_options = true;
        model
    });
    match version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    }
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
}

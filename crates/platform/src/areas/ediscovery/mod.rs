//! eDiscovery: cases and their custodians. What is a state of the record is built; jobs that read
//! or export content are not.

pub(crate) mod case;
pub(crate) mod holds;
pub(crate) mod policies;
pub(crate) mod tags;

/// The kind of cases.
pub(crate) const CASES: &str = "security/cases/ediscoveryCases";

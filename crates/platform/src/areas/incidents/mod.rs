//! Incidents: what people change in them, and what their alerts make of them.

pub(crate) mod incident;
pub(crate) mod profile;
pub(crate) mod regroup;

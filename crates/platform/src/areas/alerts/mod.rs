//! Alerts: `alerts_v2` with its comments. Incoming alerts are `intake`'s.

pub(crate) mod alert;
pub(crate) mod manual;

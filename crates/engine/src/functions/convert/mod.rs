//! Conversions between types. A conversion that fails is null, never an error.

pub(crate) mod cast;
pub(super) mod estimate_data_size;
pub(super) mod format_bytes;
pub(super) mod gettype;
pub(super) mod parse_json;
pub(super) mod tobool;
pub(super) mod todatetime;
pub(super) mod todecimal;
pub(super) mod toguid;
pub(super) mod tohex;
pub(super) mod tolong;
pub(super) mod toreal;
pub(super) mod tostring;
pub(super) mod totimespan;

//! Choosing, testing and comparing values.

pub(super) mod assert;
pub(super) mod case;
pub(super) mod coalesce;
pub(super) mod iff;
pub(super) mod is_float;
pub(super) mod isempty;
pub(super) mod isnull;
pub(super) mod min_max_of;
pub(super) mod not;

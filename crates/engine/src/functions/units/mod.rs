//! Quantities in one unit as quantities in another.

pub(super) mod convert;
mod factors;
pub(super) mod temperature;

//! Reading and adding the states that the aggregates `hll` and `tdigest` leave.

pub(super) mod hll;
pub(super) mod tdigest;

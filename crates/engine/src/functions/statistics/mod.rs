//! Distributions and tests.

pub(super) mod beta;
pub(super) mod welch_test;

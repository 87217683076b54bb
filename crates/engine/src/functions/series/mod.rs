//! Series: dynamic arrays of numbers, mostly values at regular times.

pub(super) mod decompose;
pub(super) mod elementwise;
pub(super) mod fft;
pub(super) mod fill;
pub(super) mod filter;
pub(super) mod fit_2lines;
pub(super) mod fit_line;
pub(super) mod fit_poly;
pub(super) mod outliers;
pub(super) mod pairwise;
pub(super) mod periods;
pub(super) mod reduce;
pub(super) mod stats;
mod values;

//! Numbers.

pub(super) mod abs;
pub(super) mod around;
pub(super) mod binary;
pub(super) mod exponential;
pub(super) mod gamma;
pub(super) mod pow;
pub(super) mod round;
pub(super) mod trigonometry;

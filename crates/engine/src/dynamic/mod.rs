//! Dynamic values: JSON text in a column, read without building trees where that is possible.

pub(crate) mod compare;
pub(crate) mod encode;
pub(crate) mod index;
pub(crate) mod scan;

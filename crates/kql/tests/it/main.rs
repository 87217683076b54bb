//! Tests over the crate's public face.

mod corpus;
mod diagnostics_page;
mod golden;
mod robust;
mod support;

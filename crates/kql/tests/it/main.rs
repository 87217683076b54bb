//! Tests over the crate's public face.

mod corpus;
mod diagnostics_page;
mod golden;
mod operator_columns;
mod printing;
mod recovery;
mod robust;
mod support;

//! Legacy alerts (`/security/alerts`): a view of the stored alerts, record by record.
//!
//! `show.rs` turns a stored alert into the older shape, `paths.rs` turns filters and orders on the
//! older names into ones on the stored names with the table of `states.rs`, `alert.rs` writes the older
//! PATCH through.

pub(crate) mod alert;
pub(crate) mod bulk;
mod paths;
mod show;
mod states;

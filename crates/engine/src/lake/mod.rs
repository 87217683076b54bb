//! The lake: rows of hunting tables in Parquet files.
//!
//! `<data>/lake/<tenant>/<Table>/<yyyy-mm-dd>/<id>.parquet` holds rows of one day, sorted by time.
//! `<data>/lake/<tenant>/<Table>/_log/<id>.json` lists the files one ingest made and is written
//! last, in one atomic step: a file that no log entry names does not exist for a scan, so the rows
//! of an ingest appear together or not at all, and what a crash leaves behind is only rubbish.
//!
//! Members a table has no column for are not lost: they are kept as a JSON object in the file's
//! column `_unknown`, which queries do not see.

pub(crate) mod adapter;
pub(crate) mod coerce;
pub(crate) mod ingest;
pub(crate) mod lines;
pub(crate) mod log;
pub(crate) mod rows;
pub(crate) mod scan;
pub(crate) mod writer;

use std::path::{Path, PathBuf};

/// The file column that keeps unknown members.
pub(crate) const UNKNOWN: &str = "_unknown";

/// The folder of a tenant's table.
pub(crate) fn folder(data: &Path, tenant: &str, table: &str) -> PathBuf {
    data.join("lake").join(tenant).join(table)
}

/// Is a tenant's name safe as a folder's name?
pub(crate) fn is_safe(tenant: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !tenant.is_empty()
        && tenant.len() <= 128
        && tenant.bytes().all(plain)
        && !tenant.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_folders() {
        assert!(is_safe("0a8f1d2c-1111-4222-8333-444455556666"));
        for bad in ["", "..", ".", "a/b", "a\\b", "a\0", "ä", ".hidden"] {
            assert!(!is_safe(bad), "{bad:?}");
        }
    }
}

//! Numbers given out one after the other, such as the ids of incidents.

use rusqlite::{OptionalExtension, params};

use crate::{StoreError, Tx};

impl Tx<'_> {
    /// The next number under a name: 1 at first. A write that fails gives its numbers back.
    pub fn next_number(&mut self, tenant: &str, name: &str) -> Result<u64, StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            let mut find = tx
                .conn
                .prepare_cached("SELECT value FROM counter WHERE tenant = ?1 AND name = ?2")?;
            let found: Option<i64> =
                find.query_row(params![no.0, name], |row| row.get(0)).optional()?;
            let value = found.unwrap_or(0) + 1;
            tx.conn
                .prepare_cached(
                    "INSERT INTO counter (tenant, name, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                )?
                .execute(params![no.0, name, value])?;
            Ok(value as u64)
        })
    }
}

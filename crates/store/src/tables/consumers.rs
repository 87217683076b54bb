//! How far each background reader has come: a name and a text only it understands.
//!
//! Written in the transaction that does the reader's work, it moves exactly when the work is kept.

use rusqlite::{OptionalExtension, params};

use crate::{ReadTx, StoreError, Tx};

impl ReadTx<'_> {
    /// What was put under this name last.
    pub fn cursor_get(&self, tenant: &str, name: &str) -> Result<Option<String>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(None) };
        let mut find = self
            .conn
            .prepare_cached("SELECT value FROM consumer WHERE tenant = ?1 AND name = ?2")?;
        Ok(find.query_row(params![no.0, name], |row| row.get(0)).optional()?)
    }
}

impl Tx<'_> {
    /// Puts a text under a name.
    pub fn cursor_put(&mut self, tenant: &str, name: &str, value: &str) -> Result<(), StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            tx.conn
                .prepare_cached(
                    "INSERT INTO consumer (tenant, name, value) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                )?
                .execute(params![no.0, name, value])?;
            Ok(())
        })
    }
}

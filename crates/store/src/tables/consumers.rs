//! How far each background reader has come: a name and a text only it understands.
//!
//! Written in the transaction that does the reader's work, it moves exactly when the work is kept.

use crate::backend::value::args;
use crate::{ReadTx, StoreError, Tx};

impl ReadTx<'_> {
    /// What was put under this name last.
    pub fn cursor_get(&self, tenant: &str, name: &str) -> Result<Option<String>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(None) };
        let text = "SELECT value FROM consumer WHERE tenant = ?1 AND name = ?2";
        self.conn.row(text, args![no.0, name], |row| row.get(0))
    }
}

impl Tx<'_> {
    /// Puts a text under a name.
    pub fn cursor_put(&mut self, tenant: &str, name: &str, value: &str) -> Result<(), StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            tx.conn.later(
                "INSERT INTO consumer (tenant, name, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value",
                args![no.0, name, value],
            )
        })
    }

    /// Forgets a name.
    pub fn cursor_remove(&mut self, tenant: &str, name: &str) -> Result<(), StoreError> {
        self.together(|tx| {
            let Some(no) = tx.tenant_no(tenant)? else { return Ok(()) };
            let text = "DELETE FROM consumer WHERE tenant = ?1 AND name = ?2";
            tx.conn.later(text, args![no.0, name])
        })
    }
}

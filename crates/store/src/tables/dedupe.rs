//! Which alert a source's item became, so that sending it again changes nothing.

use rusqlite::{OptionalExtension, params};

use super::digest::digest;
use crate::{ReadTx, StoreError, Tx};

impl ReadTx<'_> {
    /// The alert that was made of what has this fingerprint.
    pub fn dedupe_get(
        &self,
        tenant: &str,
        fingerprint: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(None) };
        let mut find = self
            .conn
            .prepare_cached("SELECT alert FROM dedupe WHERE tenant = ?1 AND fingerprint = ?2")?;
        Ok(find.query_row(params![no.0, digest(fingerprint)], |row| row.get(0)).optional()?)
    }
}

impl Tx<'_> {
    /// Remembers a fingerprint; `false` when it was known, and then nothing changes.
    pub fn dedupe_put(
        &mut self,
        tenant: &str,
        fingerprint: &str,
        alert_id: &str,
    ) -> Result<bool, StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            let mut put = tx.conn.prepare_cached(
                "INSERT INTO dedupe (tenant, fingerprint, alert) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
            )?;
            Ok(put.execute(params![no.0, digest(fingerprint), alert_id])? == 1)
        })
    }
}

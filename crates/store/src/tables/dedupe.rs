//! Which alert a source's item became, so that sending it again changes nothing.

use super::digest::digest;
use crate::backend::value::args;
use crate::{ReadTx, StoreError, Tx};

impl ReadTx<'_> {
    /// The alert that was made of what has this fingerprint.
    pub fn dedupe_get(
        &self,
        tenant: &str,
        fingerprint: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(None) };
        let text = "SELECT alert FROM dedupe WHERE tenant = ?1 AND fingerprint = ?2";
        self.conn.row(text, args![no.0, &digest(fingerprint)[..]], |row| row.get(0))
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
            let put = tx.conn.execute(
                "INSERT INTO dedupe (tenant, fingerprint, alert) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
                args![no.0, &digest(fingerprint)[..], alert_id],
            )?;
            Ok(put == 1)
        })
    }
}

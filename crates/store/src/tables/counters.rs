//! Numbers given out one after the other, such as the ids of incidents.

use crate::backend::value::args;
use crate::{StoreError, Tx};

impl Tx<'_> {
    /// The next number under a name: 1 at first. A write that fails gives its numbers back.
    pub fn next_number(&mut self, tenant: &str, name: &str) -> Result<u64, StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            let value: Option<i64> = tx.conn.row(
                "INSERT INTO counter (tenant, name, value) VALUES (?1, ?2, 1)
                 ON CONFLICT (tenant, name) DO UPDATE SET value = counter.value + 1
                 RETURNING value",
                args![no.0, name],
                |row| row.get(0),
            )?;
            Ok(value.unwrap_or(1) as u64)
        })
    }
}

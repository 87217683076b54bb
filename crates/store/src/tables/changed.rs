//! Which records of one collection changed: the change log without its before-images.

use super::changes::line;
use crate::backend::value::args;
use crate::{Operation, ReadTx, StoreError};

/// One line of the log of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The number of the change.
    pub seq: u64,
    /// Which record.
    pub id: String,
    /// What happened to it.
    pub operation: Operation,
    /// When.
    pub at: i64,
}

impl ReadTx<'_> {
    /// The changes of one collection behind number `after`, up to number `until`, oldest first, at
    /// most `limit`. The work grows with the changes of all collections in between.
    pub fn changed(
        &self,
        tenant: &str,
        kind: &str,
        after: u64,
        until: u64,
        limit: u32,
    ) -> Result<Vec<Changed>, StoreError> {
        let Some((tenant, kind)) = self.tenant_no(tenant)?.zip(self.kind_no(kind)?) else {
            return Ok(Vec::new());
        };
        let (first, last) = (line(tenant, after), line(tenant, until));
        self.conn.rows(
            "SELECT c.seq, c.id, c.operation, c.at FROM change AS c
             WHERE c.row > ?1 AND c.row <= ?2 AND c.kind = ?3 ORDER BY c.row LIMIT ?4",
            args![first, last, kind.0, i64::from(limit)],
            |row| {
                Ok(Changed {
                    seq: row.get::<i64>(0)? as u64,
                    id: row.get(1)?,
                    operation: Operation::of_code(row.get(2)?)?,
                    at: row.get(3)?,
                })
            },
        )
    }
}

//! The change log: its numbers and its lines.
//!
//! Numbers are taken inside the transaction that uses them, so they have no gaps and several
//! processes may write. `tables/records.rs` writes the lines.

use rusqlite::params;

use super::records::Columns;
use crate::tx::TenantNo;
use crate::{Change, Key, Operation, ReadTx, StoreError};

/// The highest number a tenant's log may reach; what is left of a row number tells the tenant.
const MAX_SEQ: u64 = (1 << SEQ_BITS) - 1;
const SEQ_BITS: u32 = 42;

/// The row of a tenant's change with a number.
pub(crate) fn line(tenant: TenantNo, seq: u64) -> i64 {
    (tenant.0 << SEQ_BITS) + seq.min(MAX_SEQ) as i64
}

impl Operation {
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Created => 1,
            Self::Updated => 2,
            Self::Deleted => 3,
        }
    }

    fn of_code(code: i64) -> Result<Self, StoreError> {
        match code {
            1 => Ok(Self::Created),
            2 => Ok(Self::Updated),
            3 => Ok(Self::Deleted),
            _ => Err(StoreError::Corrupt { what: format!("a change of operation {code}") }),
        }
    }
}

impl ReadTx<'_> {
    /// The number of the tenant's last change; 0 when there was none.
    pub fn head(&self, tenant: &str) -> Result<u64, StoreError> {
        let no = self.tenant_no(tenant)?;
        Ok(no.map_or(0, |no| self.head_of(no)) as u64)
    }

    /// Every tenant that anything was ever stored for, in the order they came.
    pub fn tenants(&self) -> Result<Vec<String>, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT name FROM tenant ORDER BY no")?;
        let names = find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// The tenant's changes behind number `after`, oldest first, at most `limit`.
    pub fn changes_since(
        &self,
        tenant: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(Vec::new()) };
        let (after, last) = (line(no, after), line(no, MAX_SEQ));
        let mut find = self.conn.prepare_cached(
            "SELECT c.seq, k.name, c.id, c.parent, c.operation, c.actor, c.at, c.before_seq IS NULL,
                    c.id, c.parent, c.before_etag, c.before_created, c.before_modified,
                    c.before_seq, json(c.doc)
             FROM change AS c CROSS JOIN kind AS k ON k.no = c.kind
             WHERE c.row > ?1 AND c.row <= ?2 ORDER BY c.row LIMIT ?3",
        )?;
        let mut rows = find.query(params![after, last, limit])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let kind: String = row.get(1)?;
            let before = if row.get(7)? {
                None
            } else {
                Some(Columns::read(row, 8)?.record(tenant, &kind)?)
            };
            changes.push(Change {
                seq: row.get::<_, i64>(0)? as u64,
                key: Key::new(tenant, kind, row.get::<_, String>(2)?),
                parent: row.get(3)?,
                operation: Operation::of_code(row.get(4)?)?,
                actor: row.get(5)?,
                at: row.get(6)?,
                before,
            });
        }
        Ok(changes)
    }
}

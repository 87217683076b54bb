//! The change log: its numbers and its lines.
//!
//! Numbers are taken inside the transaction that uses them, so they have no gaps and several
//! processes may write. `tables/records.rs` writes the lines.

use super::records::Columns;
use crate::backend::value::args;
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

    pub(crate) fn of_code(code: i64) -> Result<Self, StoreError> {
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
        let Some(no) = self.tenant_no(tenant)? else { return Ok(0) };
        Ok(self.head_of(no)? as u64)
    }

    /// Every tenant that anything was ever stored for, in the order they came.
    pub fn tenants(&self) -> Result<Vec<String>, StoreError> {
        self.conn.rows("SELECT name FROM tenant ORDER BY no", args![], |row| row.get(0))
    }

    /// The number of the last change of each tenant.
    pub fn heads(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.conn.rows("SELECT name, head FROM tenant ORDER BY no", args![], |row| {
            Ok((row.get(0)?, row.get::<i64>(1)? as u64))
        })
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
        let text = format!(
            "SELECT c.seq, k.name, c.id, c.parent, c.operation, c.actor, c.at, c.before_seq IS NULL,
                    c.id, c.parent, c.before_etag, c.before_created, c.before_modified,
                    c.before_seq, {}
             FROM change AS c {} kind AS k ON k.no = c.kind
             WHERE c.row > ?1 AND c.row <= ?2 ORDER BY c.row LIMIT ?3",
            self.conn.dialect().document("c.doc"),
            self.conn.dialect().join_in_order()
        );
        self.conn.rows(&text, args![after, last, i64::from(limit)], |row| {
            let kind: String = row.get(1)?;
            let before = if row.get(7)? {
                None
            } else {
                Some(Columns::read(row, 8)?.record(tenant, &kind)?)
            };
            Ok(Change {
                seq: row.get::<i64>(0)? as u64,
                key: Key::new(tenant, kind, row.get::<String>(2)?),
                parent: row.get(3)?,
                operation: Operation::of_code(row.get(4)?)?,
                actor: row.get(5)?,
                at: row.get(6)?,
                before,
            })
        })
    }
}

//! The two things a closure is given: a snapshot to read, and a transaction to write in.
//!
//! The statements themselves stand in `tables/` and `query/`, one file per family. A write that
//! fails half-way marks the transaction broken, so what it began is undone even when the closure
//! swallows the error.

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;

/// A consistent view of the whole store, as of the moment of its first read.
pub struct ReadTx<'c> {
    pub(crate) conn: &'c Connection,
}

/// A write in progress; it also reads, and sees what it wrote.
pub struct Tx<'c> {
    read: ReadTx<'c>,
    broken: Option<StoreError>,
}

impl<'c> Deref for Tx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

/// The number that stands for a tenant in every row. It never leaves the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TenantNo(pub(crate) i64);

/// The number that stands for a kind in every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KindNo(pub(crate) i64);

impl<'c> ReadTx<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }

    pub(crate) fn tenant_no(&self, name: &str) -> Result<Option<TenantNo>, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT no FROM tenant WHERE name = ?1")?;
        Ok(find.query_row([name], |row| row.get(0)).optional()?.map(TenantNo))
    }

    pub(crate) fn kind_no(&self, name: &str) -> Result<Option<KindNo>, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT no FROM kind WHERE name = ?1")?;
        Ok(find.query_row([name], |row| row.get(0)).optional()?.map(KindNo))
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { read: ReadTx::new(conn), broken: None }
    }

    /// Why the transaction must not be kept, if it must not.
    pub(crate) fn broken(&mut self) -> Option<StoreError> {
        self.broken.take()
    }

    /// Runs statements that belong together: when one fails, none may stay. A refusal is said
    /// before anything is written, so it breaks nothing.
    pub(crate) fn together<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = work(self);
        if let Err(error) = &done {
            use StoreError as E;
            match error {
                E::Conflict(_)
                | E::NotFound(_)
                | E::PreconditionFailed(_)
                | E::TooComplex { .. }
                | E::BadCursor { .. }
                | E::BadName { .. } => {}
                E::Busy { .. }
                | E::Full { .. }
                | E::Corrupt { .. }
                | E::Unusable { .. }
                | E::Panicked { .. }
                | E::RolledBack
                | E::Thread { .. }
                | E::Closed
                | E::Sql { .. } => self.broken = Some(error.clone()),
            }
        }
        done
    }

    /// The number of a tenant, given out at its first write.
    pub(crate) fn tenant_make(&mut self, name: &str) -> Result<TenantNo, StoreError> {
        if let Some(no) = self.tenant_no(name)? {
            return Ok(no);
        }
        let mut add = self.conn.prepare_cached("INSERT INTO tenant (name) VALUES (?1)")?;
        Ok(TenantNo(add.insert([name])?))
    }

    /// The number of a kind, given out at its first write.
    pub(crate) fn kind_make(&mut self, name: &str) -> Result<KindNo, StoreError> {
        if let Some(no) = self.kind_no(name)? {
            return Ok(no);
        }
        let mut add = self.conn.prepare_cached("INSERT INTO kind (name) VALUES (?1)")?;
        Ok(KindNo(add.insert([name])?))
    }
}

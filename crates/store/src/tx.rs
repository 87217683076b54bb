//! The two things a closure is given: a snapshot to read, and a transaction to write in.
//!
//! The statements themselves stand in `tables/` and `query/`, one file per family. A write that
//! fails half-way marks the transaction broken, so what it began is undone even when the closure
//! swallows the error.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;
use crate::tables::Links;

/// A consistent view of the whole store, as of the moment of its first read.
pub struct ReadTx<'c> {
    pub(crate) conn: &'c Connection,
    known: RefCell<Known>,
    pub(crate) links: RefCell<Links>,
}

/// What was looked up once and cannot change under this transaction: a batch names the same tenant
/// thousands of times.
#[derive(Default)]
struct Known {
    tenants: HashMap<String, TenantNo>,
    kinds: HashMap<String, KindNo>,
    heads: HashMap<i64, Head>,
    /// How many records more, or fewer, each collection has than the database says.
    grown: HashMap<(i64, i64), i64>,
}

/// A tenant's last change number: as it is now, and as the database has it.
#[derive(Clone, Copy)]
struct Head {
    now: i64,
    stored: i64,
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
        Self { conn, known: RefCell::default(), links: RefCell::default() }
    }

    pub(crate) fn tenant_no(&self, name: &str) -> Result<Option<TenantNo>, StoreError> {
        if let Some(no) = self.known.borrow().tenants.get(name) {
            return Ok(Some(*no));
        }
        let mut find = self.conn.prepare_cached("SELECT no, head FROM tenant WHERE name = ?1")?;
        let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((no, head)) = found else { return Ok(None) };
        let mut known = self.known.borrow_mut();
        known.tenants.insert(name.to_owned(), TenantNo(no));
        known.heads.insert(no, Head { now: head, stored: head });
        Ok(Some(TenantNo(no)))
    }

    pub(crate) fn kind_no(&self, name: &str) -> Result<Option<KindNo>, StoreError> {
        if let Some(no) = self.known.borrow().kinds.get(name) {
            return Ok(Some(*no));
        }
        let mut find = self.conn.prepare_cached("SELECT no FROM kind WHERE name = ?1")?;
        let found = find.query_row([name], |row| row.get(0)).optional()?.map(KindNo);
        if let Some(no) = found {
            self.known.borrow_mut().kinds.insert(name.to_owned(), no);
        }
        Ok(found)
    }

    /// How many records a collection has.
    pub(crate) fn total(&self, tenant: TenantNo, kind: KindNo) -> Result<i64, StoreError> {
        let mut find = self
            .conn
            .prepare_cached("SELECT records FROM total WHERE tenant = ?1 AND kind = ?2")?;
        let stored: Option<i64> =
            find.query_row([tenant.0, kind.0], |row| row.get(0)).optional()?;
        let grown = self.known.borrow().grown.get(&(tenant.0, kind.0)).copied();
        Ok(stored.unwrap_or(0) + grown.unwrap_or(0))
    }

    /// The last change number of a tenant whose number was looked up here.
    pub(crate) fn head_of(&self, tenant: TenantNo) -> i64 {
        self.known.borrow().heads.get(&tenant.0).map_or(0, |it| it.now)
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

    /// Writes what was only noted so far; the last step of a transaction that is kept.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        self.links_write()?;
        let conn = self.read.conn;
        let known = self.read.known.get_mut();
        for (no, head) in &mut known.heads {
            if head.now != head.stored {
                conn.prepare_cached("UPDATE tenant SET head = ?2 WHERE no = ?1")?
                    .execute([*no, head.now])?;
                head.stored = head.now;
            }
        }
        for ((tenant, kind), by) in known.grown.drain() {
            conn.prepare_cached(
                "INSERT INTO total (tenant, kind, records) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET records = records + excluded.records",
            )?
            .execute([tenant, kind, by])?;
        }
        Ok(())
    }

    /// What was read and is to be written of links.
    pub(crate) fn links_mut(&mut self) -> &mut Links {
        self.read.links.get_mut()
    }

    /// Notes that a collection has so many records more, or fewer.
    pub(crate) fn grow(&mut self, tenant: TenantNo, kind: KindNo, by: i64) {
        *self.read.known.get_mut().grown.entry((tenant.0, kind.0)).or_default() += by;
    }

    /// Takes the next number of a tenant's change log. It is written once, by [`Self::finish`].
    pub(crate) fn seq_next(&mut self, tenant: TenantNo) -> u64 {
        let known = self.read.known.get_mut();
        let head = known.heads.entry(tenant.0).or_insert(Head { now: 0, stored: 0 });
        head.now += 1;
        head.now as u64
    }

    /// Gives back the number just taken, for a change that was refused.
    pub(crate) fn seq_return(&mut self, tenant: TenantNo) {
        if let Some(head) = self.read.known.get_mut().heads.get_mut(&tenant.0) {
            head.now -= 1;
        }
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
                | E::BadName { .. }
                | E::TooSlow { .. } => {}
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
        let no = add.insert([name])?;
        let known = self.read.known.get_mut();
        known.tenants.insert(name.to_owned(), TenantNo(no));
        known.heads.insert(no, Head { now: 0, stored: 0 });
        Ok(TenantNo(no))
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

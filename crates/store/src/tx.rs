//! The two things a closure is given: a snapshot to read, and a transaction to write in.
//!
//! The statements themselves stand in `tables/` and `query/`, one file per family. A write that
//! fails half-way marks the transaction broken, so what it began is undone even when the closure
//! swallows the error.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use crate::StoreError;
use crate::backend::conn::Conn;
use crate::backend::value::args;
use crate::tables::{Kept, Links, Pending, Tallied};

/// A consistent view of the whole store, as of the moment of its first read.
pub struct ReadTx<'c> {
    pub(crate) conn: &'c Conn,
    known: RefCell<Known>,
    pub(crate) links: RefCell<Links>,
    /// What is still to be written beside the records, as `tables/beside.rs` says.
    terms: RefCell<Pending>,
    tallied: RefCell<Tallied>,
    /// Whether it is part of a write.
    writes: bool,
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
    /// What is kept beside the documents of a kind.
    kept: HashMap<i64, Rc<Kept>>,
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
    pub(crate) fn new(conn: &'c Conn) -> Self {
        Self {
            conn,
            known: RefCell::default(),
            links: RefCell::default(),
            terms: RefCell::default(),
            tallied: RefCell::default(),
            writes: false,
        }
    }

    /// Is it part of a write?
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    /// Is there nothing still to be written beside the records?
    pub(crate) fn beside_written(&self) -> bool {
        self.terms.borrow().is_empty() && self.tallied.borrow().is_empty()
    }

    pub(crate) fn kept_known(&self, kind: KindNo) -> Option<Rc<Kept>> {
        self.known.borrow().kept.get(&kind.0).cloned()
    }

    /// Remembers what is kept of a kind, or forgets it.
    pub(crate) fn keep_known(&self, kind: KindNo, kept: Option<Rc<Kept>>) {
        let known = &mut self.known.borrow_mut().kept;
        match kept {
            Some(kept) => known.insert(kind.0, kept),
            None => known.remove(&kind.0),
        };
    }

    pub(crate) fn tenant_no(&self, name: &str) -> Result<Option<TenantNo>, StoreError> {
        if let Some(no) = self.known.borrow().tenants.get(name) {
            return Ok(Some(*no));
        }
        // Who writes asks in any case: it must hold the tenant and know its last number.
        if !self.writes
            && let Some(no) = self.conn.number_of("tenant", name)
        {
            return Ok(Some(TenantNo(no)));
        }
        let text = self.conn.dialect().tenant(self.writes);
        let found = self.conn.row(text, args![name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((no, head)) = found else { return Ok(None) };
        if !self.writes {
            self.conn.keep_number("tenant", name, no);
        }
        let mut known = self.known.borrow_mut();
        known.tenants.insert(name.to_owned(), TenantNo(no));
        known.heads.insert(no, Head { now: head, stored: head });
        Ok(Some(TenantNo(no)))
    }

    pub(crate) fn kind_no(&self, name: &str) -> Result<Option<KindNo>, StoreError> {
        if let Some(no) = self.known.borrow().kinds.get(name) {
            return Ok(Some(*no));
        }
        let found = if let Some(no) = self.conn.number_of("kind", name) {
            Some(no)
        } else {
            let text = "SELECT no FROM kind WHERE name = ?1";
            let found = self.conn.row(text, args![name], |row| row.get(0))?;
            if let Some(no) = found {
                self.conn.keep_number("kind", name, no);
            }
            found
        };
        if let Some(no) = found {
            self.known.borrow_mut().kinds.insert(name.to_owned(), KindNo(no));
        }
        Ok(found.map(KindNo))
    }

    /// How many records a collection has.
    pub(crate) fn total(&self, tenant: TenantNo, kind: KindNo) -> Result<i64, StoreError> {
        let text = "SELECT records FROM total WHERE tenant = ?1 AND kind = ?2";
        let stored: Option<i64> = self.conn.row(text, args![tenant.0, kind.0], |row| row.get(0))?;
        let grown = self.known.borrow().grown.get(&(tenant.0, kind.0)).copied();
        Ok(stored.unwrap_or(0) + grown.unwrap_or(0))
    }

    /// The last change number of a tenant.
    pub(crate) fn head_of(&self, tenant: TenantNo) -> Result<i64, StoreError> {
        if let Some(head) = self.known.borrow().heads.get(&tenant.0) {
            return Ok(head.now);
        }
        let text = "SELECT head FROM tenant WHERE no = ?1";
        let head = self.conn.row(text, args![tenant.0], |row| row.get(0))?.unwrap_or(0);
        self.known.borrow_mut().heads.insert(tenant.0, Head { now: head, stored: head });
        Ok(head)
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c Conn) -> Self {
        Self { read: ReadTx { writes: true, ..ReadTx::new(conn) }, broken: None }
    }

    /// Why the transaction must not be kept, if it must not.
    pub(crate) fn broken(&mut self) -> Option<StoreError> {
        self.broken.take()
    }

    /// Writes what was only noted so far; the last step of a transaction that is kept.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        self.links_write()?;
        self.terms_write()?;
        self.tally_write()?;
        let conn = self.read.conn;
        let known = self.read.known.get_mut();
        for (no, head) in &mut known.heads {
            if head.now != head.stored {
                conn.later("UPDATE tenant SET head = ?2 WHERE no = ?1", args![*no, head.now])?;
                head.stored = head.now;
            }
        }
        for ((tenant, kind), by) in known.grown.drain() {
            conn.later(
                "INSERT INTO total (tenant, kind, records) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant, kind)
                 DO UPDATE SET records = total.records + excluded.records",
                args![tenant, kind, by],
            )?;
        }
        conn.settle()
    }

    /// What was read and is to be written of links.
    pub(crate) fn links_mut(&mut self) -> &mut Links {
        self.read.links.get_mut()
    }

    /// The terms that are to be written.
    pub(crate) fn terms_mut(&mut self) -> &mut Pending {
        self.read.terms.get_mut()
    }

    /// What is to be added to the tallies.
    pub(crate) fn tallied_mut(&mut self) -> &mut Tallied {
        self.read.tallied.get_mut()
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
                | E::Away { .. }
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
        let add = "INSERT INTO tenant (name) VALUES (?1) ON CONFLICT (name) DO NOTHING";
        self.conn.execute(add, args![name])?;
        // Another node may have been first; then its changes count.
        self.tenant_no(name)?.ok_or_else(|| lost("tenant"))
    }

    /// The number of a kind, given out at its first write.
    pub(crate) fn kind_make(&mut self, name: &str) -> Result<KindNo, StoreError> {
        if let Some(no) = self.kind_no(name)? {
            return Ok(no);
        }
        let add = "INSERT INTO kind (name) VALUES (?1) ON CONFLICT (name) DO NOTHING";
        self.conn.execute(add, args![name])?;
        self.kind_no(name)?.ok_or_else(|| lost("kind"))
    }
}

fn lost(what: &str) -> StoreError {
    StoreError::Corrupt { what: format!("a {what} that was just written") }
}

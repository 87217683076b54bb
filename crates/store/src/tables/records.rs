//! Records one at a time: read, insert, replace, delete.
//!
//! Each write takes the next number of the tenant's change log and leaves a line there. Documents
//! are encoded once, by the database, into its binary JSON, which every index expression then reads.

use serde_json::Value;

use super::changes::line;
use crate::backend::row::Row;
use crate::backend::value::args;
use crate::query::dialect::Dialect;
use crate::tx::{KindNo, TenantNo};
use crate::{Document, Key, NewRecord, Operation, ReadTx, Record, StoreError, Tx};

/// The columns [`Columns::read`] takes, of the table of records...
pub(crate) const RECORD: &str = "id, parent, etag, created, modified, seq";
/// ...and of the before-images in the change log. The document follows.
pub(crate) const BEFORE: &str =
    "id, parent, before_etag, before_created, before_modified, before_seq";

impl ReadTx<'_> {
    /// The record with this key.
    pub fn get(&self, key: &Key) -> Result<Option<Record>, StoreError> {
        let Some((tenant, kind)) = self.numbers(key)? else { return Ok(None) };
        let text = format!(
            "SELECT {RECORD}, {} FROM record WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
            self.conn.dialect().document("doc")
        );
        let args = args![tenant.0, kind.0, &key.id];
        let found = self.conn.row(&text, args, |row| Columns::read(row, 0))?;
        found.map(|it| it.record(&key.tenant, &key.kind)).transpose()
    }

    fn numbers(&self, key: &Key) -> Result<Option<(TenantNo, KindNo)>, StoreError> {
        Ok(self.tenant_no(&key.tenant)?.zip(self.kind_no(&key.kind)?))
    }
}

impl Tx<'_> {
    /// Stores a new record; `actor` is who the change log names.
    pub fn insert(&mut self, new: NewRecord, actor: &str) -> Result<Record, StoreError> {
        let text = encode(&new.doc, self.conn.dialect())?;
        self.together(|tx| {
            let tenant = tx.tenant_make(&new.key.tenant)?;
            let kind = tx.kind_make(&new.key.kind)?;
            let seq = tx.seq_next(tenant);
            let etag = etag(new.modified, seq);
            let add = format!(
                "INSERT INTO record
                   (tenant, kind, id, parent, etag, created, modified, seq, doc)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, {})
                 ON CONFLICT (tenant, kind, id) DO NOTHING",
                tx.conn.dialect().to_document("?9")
            );
            let added = tx.conn.execute(
                &add,
                args![
                    tenant.0,
                    kind.0,
                    &new.key.id,
                    &new.parent,
                    &etag,
                    new.created,
                    new.modified,
                    seq as i64,
                    &text
                ],
            )?;
            if added == 0 {
                tx.seq_return(tenant);
                return Err(StoreError::Conflict(new.key));
            }
            tx.grow(tenant, kind, 1);
            let NewRecord { key, parent, doc, created, modified } = new;
            tx.conn.later(
                "INSERT INTO change (row, tenant, seq, kind, id, parent, operation, actor, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                args![
                    line(tenant, seq),
                    tenant.0,
                    seq as i64,
                    kind.0,
                    &key.id,
                    &parent,
                    Operation::Created.code(),
                    actor,
                    modified
                ],
            )?;
            Ok(Record { key, parent, etag, created, modified, seq, doc })
        })
    }

    /// Replaces a record's document. With `if_match` only the version with that etag is replaced.
    pub fn update(
        &mut self,
        key: &Key,
        doc: Document,
        modified: i64,
        actor: &str,
        if_match: Option<&str>,
    ) -> Result<Record, StoreError> {
        let text = encode(&doc, self.conn.dialect())?;
        self.together(|tx| {
            let held = tx.hold(key, if_match)?;
            let seq = tx.log(&held, Operation::Updated, actor, modified)?;
            let etag = etag(modified, seq);
            let replace = format!(
                "UPDATE record SET etag = ?2, modified = ?3, seq = ?4, doc = {} WHERE row = ?1",
                tx.conn.dialect().to_document("?5")
            );
            tx.conn.later(&replace, args![held.row, &etag, modified, seq as i64, &text])?;
            let Held { parent, created, .. } = held;
            Ok(Record { key: key.clone(), parent, etag, created, modified, seq, doc })
        })
    }

    /// Removes a record and answers what it was.
    pub fn delete(
        &mut self,
        key: &Key,
        at: i64,
        actor: &str,
        if_match: Option<&str>,
    ) -> Result<Record, StoreError> {
        self.together(|tx| {
            let held = tx.hold(key, if_match)?;
            let was = tx.get(key)?.ok_or_else(|| StoreError::NotFound(key.clone()))?;
            tx.log(&held, Operation::Deleted, actor, at)?;
            tx.conn.later("DELETE FROM record WHERE row = ?1", args![held.row])?;
            tx.grow(held.tenant, held.kind, -1);
            Ok(was)
        })
    }

    /// Finds what is to be changed and checks that it is the version meant.
    fn hold(&self, key: &Key, if_match: Option<&str>) -> Result<Held, StoreError> {
        let missing = || StoreError::NotFound(key.clone());
        let (tenant, kind) = self.numbers(key)?.ok_or_else(missing)?;
        let found = self.conn.row(
            "SELECT row, parent, etag, created FROM record
             WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
            args![tenant.0, kind.0, &key.id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)?, row.get(3)?)),
        )?;
        let (row, parent, etag, created) = found.ok_or_else(missing)?;
        if if_match.is_some_and(|it| it != etag) {
            return Err(StoreError::PreconditionFailed(key.clone()));
        }
        Ok(Held { tenant, kind, row, parent, created })
    }

    /// Writes the line of a change, with the record as it still is. The image is copied inside
    /// the database, without being decoded.
    fn log(
        &mut self,
        held: &Held,
        operation: Operation,
        actor: &str,
        at: i64,
    ) -> Result<u64, StoreError> {
        let seq = self.seq_next(held.tenant);
        self.conn.later(
            "INSERT INTO change
               (row, tenant, seq, kind, id, parent, operation, actor, at,
                before_etag, before_created, before_modified, before_seq, doc)
             SELECT ?6, tenant, ?2, kind, id, parent, ?3, ?4, ?5,
                etag, created, modified, seq, doc
             FROM record WHERE row = ?1",
            args![held.row, seq as i64, operation.code(), actor, at, line(held.tenant, seq)],
        )?;
        Ok(seq)
    }
}

struct Held {
    tenant: TenantNo,
    kind: KindNo,
    row: i64,
    parent: Option<String>,
    created: i64,
}

/// A stored record whose document is still text.
pub(crate) struct Columns {
    id: String,
    parent: Option<String>,
    etag: String,
    created: i64,
    modified: i64,
    seq: i64,
    doc: String,
}

impl Columns {
    /// Reads [`RECORD`] or [`BEFORE`] and the document, which begin at column `at`.
    pub(crate) fn read(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(at)?,
            parent: row.get(at + 1)?,
            etag: row.get(at + 2)?,
            created: row.get(at + 3)?,
            modified: row.get(at + 4)?,
            seq: row.get(at + 5)?,
            doc: row.get(at + 6)?,
        })
    }

    pub(crate) fn record(self, tenant: &str, kind: &str) -> Result<Record, StoreError> {
        let doc = serde_json::from_str(&self.doc).map_err(|error| StoreError::Corrupt {
            what: format!("document of {kind} {}: {error}", self.id),
        })?;
        Ok(Record {
            key: Key::new(tenant, kind, self.id),
            parent: self.parent,
            etag: self.etag,
            created: self.created,
            modified: self.modified,
            seq: self.seq as u64,
            doc,
        })
    }
}

fn encode(doc: &Document, dialect: Dialect) -> Result<String, StoreError> {
    let failed = |error| StoreError::Corrupt { what: format!("a document to write: {error}") };
    let text = serde_json::to_string(doc).map_err(failed)?;
    if dialect == Dialect::Postgres && text.contains("\\u0000") {
        return serde_json::to_string(&without_nul(Value::Object(doc.clone()))).map_err(failed);
    }
    Ok(text)
}

/// PostgreSQL's documents hold every character but U+0000; the replacement character stands for it.
fn without_nul(value: Value) -> Value {
    let text = |it: String| it.replace('\0', "\u{fffd}");
    match value {
        Value::String(it) => Value::String(text(it)),
        Value::Array(it) => it.into_iter().map(without_nul).collect(),
        Value::Object(it) => {
            it.into_iter().map(|(name, it)| (text(name), without_nul(it))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Differs for every version of a record, also when a record is made again under an old name.
fn etag(modified: i64, seq: u64) -> String {
    format!("{modified:x}-{seq:x}")
}

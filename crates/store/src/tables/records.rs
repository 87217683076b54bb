//! Records one at a time: read, insert, replace, delete.
//!
//! Each write takes the next number of the tenant's change log and leaves a line there. Documents
//! are encoded once, by the database, into its binary JSON, which every index expression then reads.

use std::rc::Rc;

use serde_json::Value;

use super::beside::Kept;
use super::changes::line;
use super::terms::array;
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
            let kept = tx.kept(kind)?;
            let dialect = tx.conn.dialect();
            let terms = kept.terms(tenant, kind, &new.doc, dialect);
            let own = array(&terms).filter(|_| dialect == Dialect::Postgres);
            let (column, value) =
                if own.is_some() { (", terms", ", (?10::text)::bigint[]") } else { ("", "") };
            let add = format!(
                "INSERT INTO record
                   (tenant, kind, id, parent, etag, created, modified, seq, doc{column})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, {}{value})
                 ON CONFLICT (tenant, kind, id) DO NOTHING",
                dialect.to_document("?9")
            );
            let args = args![
                tenant.0,
                kind.0,
                &new.key.id,
                &new.parent,
                &etag,
                new.created,
                new.modified,
                seq as i64,
                &text,
                &own
            ];
            let count = args.len() - usize::from(own.is_none());
            if tx.conn.execute(&add, &args[..count])? == 0 {
                tx.seq_return(tenant);
                return Err(StoreError::Conflict(new.key));
            }
            if let Some(row) = tx.conn.last_row() {
                tx.terms_add(row, terms);
            }
            tx.tally(&kept, tenant, kind, &new.doc, 1)?;
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
            let Held { tenant, kind, row, parent, created, kept, doc: was } = held;
            if let Some(was) = was {
                let dialect = tx.conn.dialect();
                let terms = kept.terms(tenant, kind, &doc, dialect);
                if terms != kept.terms(tenant, kind, &was, dialect) {
                    tx.terms_replace(row, terms)?;
                }
                tx.tally(&kept, tenant, kind, &was, -1)?;
                tx.tally(&kept, tenant, kind, &doc, 1)?;
            }
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
            // A server's terms go with the row; a file may give its number to another record.
            if tx.conn.dialect() == Dialect::Sqlite && !held.kept.sought.is_empty() {
                tx.terms_replace(held.row, Vec::new())?;
            }
            tx.tally(&held.kept, held.tenant, held.kind, &was.doc, -1)?;
            tx.grow(held.tenant, held.kind, -1);
            Ok(was)
        })
    }

    /// Finds what is to be changed and checks that it is the version meant.
    fn hold(&self, key: &Key, if_match: Option<&str>) -> Result<Held, StoreError> {
        let missing = || StoreError::NotFound(key.clone());
        let (tenant, kind) = self.numbers(key)?.ok_or_else(missing)?;
        let kept = self.kept(kind)?;
        // What is kept beside the document changes by how it was.
        let doc =
            if kept.is_empty() { "NULL".to_owned() } else { self.conn.dialect().document("doc") };
        let text = format!(
            "SELECT row, parent, etag, created, {doc} FROM record
             WHERE tenant = ?1 AND kind = ?2 AND id = ?3"
        );
        let found = self.conn.row(&text, args![tenant.0, kind.0, &key.id], |row| {
            let doc = if kept.is_empty() { None } else { Some(row.get::<String>(4)?) };
            Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)?, row.get(3)?, doc))
        })?;
        let (row, parent, etag, created, doc) = found.ok_or_else(missing)?;
        if if_match.is_some_and(|it| it != etag) {
            return Err(StoreError::PreconditionFailed(key.clone()));
        }
        let doc = doc.map(|it| decode(&it, &key.kind, &key.id)).transpose()?;
        Ok(Held { tenant, kind, row, parent, created, kept, doc })
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
    kept: Rc<Kept>,
    /// The document, when something is kept beside it.
    doc: Option<Document>,
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
        let doc = decode(&self.doc, kind, &self.id)?;
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

fn decode(text: &str, kind: &str, id: &str) -> Result<Document, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt { what: format!("document of {kind} {id}: {error}") })
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

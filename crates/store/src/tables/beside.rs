//! What is kept beside the documents of a kind, so that some questions need not read them.
//!
//! Sought members lead from their texts to the records (`terms.rs`); tallied members have few
//! values, and the records of each combination are counted (`tally.rs`). A kind's row says what is
//! kept of it, and whoever writes one of its records keeps that up in the same transaction. So what
//! the row says is true of every record, at every change number a reader can see as the present.

use std::rc::Rc;

use crate::backend::value::args;
use crate::query::dialect::Dialect;
use crate::tx::{KindNo, TenantNo};
use crate::{Document, ReadTx, StoreError, Tx};

/// Records read at a time when something new is to be kept.
const CHUNK: i64 = 500;

/// What is kept of a kind.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Paths of members, as `a/b`; a collection on the way means each of its elements.
    pub(crate) sought: Vec<String>,
    /// Members of the document itself.
    pub(crate) tallied: Vec<String>,
}

impl Kept {
    pub(crate) fn is_empty(&self) -> bool {
        self.sought.is_empty() && self.tallied.is_empty()
    }
}

impl ReadTx<'_> {
    /// What is kept of a kind. Who writes keeps others from changing it until the end.
    pub(crate) fn kept(&self, kind: KindNo) -> Result<Rc<Kept>, StoreError> {
        if let Some(kept) = self.kept_known(kind) {
            return Ok(kept);
        }
        let text = self.conn.dialect().beside(self.writes());
        let lines = |it: String| it.lines().map(str::to_owned).collect();
        let found = self.conn.row(text, args![kind.0], |row| {
            Ok(Kept { sought: lines(row.get(0)?), tallied: lines(row.get(1)?) })
        })?;
        let kept = Rc::new(found.unwrap_or_default());
        self.keep_known(kind, Some(Rc::clone(&kept)));
        Ok(kept)
    }
}

impl Tx<'_> {
    /// Sees to it that exactly this is kept of a kind: the members whose texts are sought, those of
    /// collections' elements too (`evidence/ipAddress`), and the members of the document that are
    /// tallied. What is new is gathered from the records that are there, in this transaction.
    pub fn ensure_beside(
        &mut self,
        kind: &str,
        sought: &[&str],
        tallied: &[&str],
    ) -> Result<(), StoreError> {
        self.together(|tx| {
            let kind = tx.kind_make(kind)?;
            let wanted = (sought.join("\n"), tallied.join("\n"));
            let there = tx.conn.row(
                "SELECT sought, tallied FROM beside WHERE kind = ?1",
                args![kind.0],
                |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
            )?;
            if there.as_ref() == Some(&wanted) {
                return Ok(());
            }
            if tx.conn.dialect() == Dialect::Postgres {
                // Whoever is writing finishes first, and whoever comes next sees what is kept.
                tx.conn.batch("LOCK TABLE beside, record IN SHARE ROW EXCLUSIVE MODE")?;
            }
            tx.conn.execute(
                "INSERT INTO beside (kind, sought, tallied) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind) DO UPDATE
                 SET sought = excluded.sought, tallied = excluded.tallied",
                args![kind.0, &wanted.0, &wanted.1],
            )?;
            tx.keep_known(kind, None);
            tx.gather(kind)
        })
    }

    /// Keeps of every record of a kind what is to be kept.
    fn gather(&mut self, kind: KindNo) -> Result<(), StoreError> {
        let kept = self.kept(kind)?;
        self.conn.execute("DELETE FROM tally WHERE kind = ?1", args![kind.0])?;
        let dialect = self.conn.dialect();
        let text = format!(
            "SELECT row, tenant, {} FROM {} WHERE kind = ?1 AND row > ?2 ORDER BY row LIMIT ?3",
            dialect.document("doc"),
            dialect.by_row()
        );
        let mut last = i64::MIN;
        loop {
            let rows = self.conn.rows(&text, args![kind.0, last, CHUNK], |row| {
                Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?))
            })?;
            let Some((row, ..)) = rows.last() else { return Ok(()) };
            last = *row;
            for (row, tenant, doc) in rows {
                let tenant = TenantNo(tenant);
                let doc: Document = serde_json::from_str(&doc).map_err(|error| {
                    StoreError::Corrupt { what: format!("document of row {row}: {error}") }
                })?;
                let terms = kept.terms(tenant, kind, &doc, dialect);
                self.tally(&kept, tenant, kind, &doc, 1)?;
                self.terms_replace(row, terms)?;
            }
            self.terms_write()?;
        }
    }
}

//! Terms: a text at a sought member of a record, as a number, which leads back to the record.
//!
//! A term is a digest of tenant, kind, member and text. Two that meet, by chance or by design, do
//! no harm: whoever looks up a term asks the document, too. A file keeps terms in a table of their
//! own, to which a transaction adds them at its end in the order of rows; a server keeps them in
//! the row of the record.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::beside::Kept;
use super::digest::digest;
use crate::backend::value::args;
use crate::query::dialect::Dialect;
use crate::tx::{KindNo, TenantNo};
use crate::{Document, StoreError, Tx};

/// The terms of a record, in order and each once.
pub(crate) type Terms = Vec<i64>;

/// What a transaction has still to write of terms, by row.
pub(crate) type Pending = BTreeMap<i64, Change>;

pub(crate) enum Change {
    /// The row is new.
    New(Terms),
    /// The row may have terms already.
    Replaced(Terms),
}

/// The term of a text at a member.
pub(crate) fn term(tenant: TenantNo, kind: KindNo, member: &str, text: &str) -> i64 {
    let whole = digest(&format!("{} {} {member}\n{text}", tenant.0, kind.0));
    ((u128::from_be_bytes(whole) >> 64) as u64).cast_signed()
}

/// Terms as words of the file's table.
pub(crate) fn words(terms: &[i64]) -> String {
    let mut words = String::with_capacity(terms.len() * 17);
    for term in terms {
        let _ = write!(words, "{term:016x} ");
    }
    words
}

/// Terms as an array of the server's.
pub(crate) fn array(terms: &[i64]) -> Option<String> {
    if terms.is_empty() {
        return None;
    }
    let terms: Vec<_> = terms.iter().map(i64::to_string).collect();
    Some(format!("{{{}}}", terms.join(",")))
}

impl Kept {
    /// The terms of a document.
    pub(crate) fn terms(
        &self,
        tenant: TenantNo,
        kind: KindNo,
        doc: &Document,
        dialect: Dialect,
    ) -> Terms {
        let mut terms = Terms::new();
        for member in &self.sought {
            let mut path = member.split('/');
            if let Some(value) = path.next().and_then(|it| doc.get(it)) {
                texts(value, &path, &mut |text| {
                    let stored = dialect.stored_text(text);
                    terms.push(term(tenant, kind, member, &stored));
                });
            }
        }
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

/// Every text at the end of a path, of each element of the collections on the way.
fn texts<'a>(
    value: &Value,
    path: &(impl Iterator<Item = &'a str> + Clone),
    found: &mut impl FnMut(&str),
) {
    match value {
        Value::Array(items) => items.iter().for_each(|it| texts(it, path, found)),
        Value::Object(members) => {
            let mut rest = path.clone();
            if let Some(value) = rest.next().and_then(|it| members.get(it)) {
                texts(value, &rest, found);
            }
        }
        Value::String(text) if path.clone().next().is_none() => found(text),
        // Where a filter compares all values as text, these have one too.
        Value::Number(_) | Value::Bool(_) if path.clone().next().is_none() => {
            found(&value.to_string());
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

impl Tx<'_> {
    /// Notes the terms of a row that was just added.
    pub(crate) fn terms_add(&mut self, row: i64, terms: Terms) {
        if !terms.is_empty() {
            self.terms_mut().insert(row, Change::New(terms));
        }
    }

    /// Gives a row other terms, or none.
    pub(crate) fn terms_replace(&mut self, row: i64, terms: Terms) -> Result<(), StoreError> {
        if self.conn.dialect() == Dialect::Postgres {
            let text = "UPDATE record SET terms = (?2::text)::bigint[] WHERE row = ?1";
            return self.conn.later(text, args![row, &array(&terms)]);
        }
        let pending = self.terms_mut();
        match pending.remove(&row) {
            Some(Change::New(_)) if terms.is_empty() => None,
            Some(Change::New(_)) => pending.insert(row, Change::New(terms)),
            Some(Change::Replaced(_)) | None => pending.insert(row, Change::Replaced(terms)),
        };
        Ok(())
    }

    /// Writes what was noted.
    pub(crate) fn terms_write(&mut self) -> Result<(), StoreError> {
        for (row, change) in std::mem::take(self.terms_mut()) {
            match change {
                Change::New(terms) => self.conn.later(
                    "INSERT INTO term (rowid, words) VALUES (?1, ?2)",
                    args![row, &words(&terms)],
                )?,
                Change::Replaced(terms) if terms.is_empty() => {
                    self.conn.later("DELETE FROM term WHERE rowid = ?1", args![row])?;
                }
                Change::Replaced(terms) => self.conn.later(
                    "INSERT OR REPLACE INTO term (rowid, words) VALUES (?1, ?2)",
                    args![row, &words(&terms)],
                )?,
            }
        }
        Ok(())
    }
}

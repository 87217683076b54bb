//! How many records have each combination of the tallied members of their kind.
//!
//! A combination is a small document of those members, so a filter that asks about nothing else
//! holds for a combination exactly when it holds for each of its records. A transaction adds up
//! what it changed and writes each combination once, at its end.

use std::collections::BTreeMap;

use serde_json::Value;

use super::beside::Kept;
use crate::backend::value::args;
use crate::tx::{KindNo, TenantNo};
use crate::{Document, StoreError, Tx};

/// How many records more, or fewer, a transaction gave each combination.
pub(crate) type Tallied = BTreeMap<(i64, i64, String), i64>;

impl Kept {
    /// The combination that a document has, as text.
    fn combination(&self, doc: &Document) -> Result<String, StoreError> {
        let mut members = Document::new();
        for member in &self.tallied {
            if let Some(value) = doc.get(member).filter(|it| !it.is_null()) {
                members.insert(member.clone(), value.clone());
            }
        }
        let failed = |error| StoreError::Corrupt { what: format!("members to count: {error}") };
        serde_json::to_string(&Value::Object(members)).map_err(failed)
    }
}

impl Tx<'_> {
    /// Notes that there is a record more, or fewer, with the members of a document.
    pub(crate) fn tally(
        &mut self,
        kept: &Kept,
        tenant: TenantNo,
        kind: KindNo,
        doc: &Document,
        by: i64,
    ) -> Result<(), StoreError> {
        if !kept.tallied.is_empty() {
            let name = kept.combination(doc)?;
            *self.tallied_mut().entry((tenant.0, kind.0, name)).or_default() += by;
        }
        Ok(())
    }

    /// Writes what was noted.
    pub(crate) fn tally_write(&mut self) -> Result<(), StoreError> {
        let tallied = std::mem::take(self.tallied_mut());
        let text = format!(
            "INSERT INTO tally (tenant, kind, name, doc, records) VALUES (?1, ?2, ?3, {}, ?5)
             ON CONFLICT (tenant, kind, name)
             DO UPDATE SET records = tally.records + excluded.records",
            self.conn.dialect().to_document("?4")
        );
        for ((tenant, kind, name), by) in tallied.iter().filter(|(_, by)| **by != 0) {
            self.conn.later(&text, args![*tenant, *kind, name, name, *by])?;
        }
        Ok(())
    }
}

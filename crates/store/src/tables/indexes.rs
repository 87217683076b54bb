//! Indexes over members of documents, made from what the model says about a kind.
//!
//! Each is laid out as tenant, members, id, and holds only rows of its kind. Members it only carries
//! come last: what filters often add is then tested, and counted, without reading the documents.
//! Its name says kind and members, so making them again at the next start finds them there; what is no longer asked for
//! is dropped, because every index makes every insert dearer.

use rusqlite::params;

use crate::query::dialect;
use crate::tx::KindNo;
use crate::{StoreError, Tx};

/// The name of the index over these members of a kind.
pub(crate) fn index_name<S: AsRef<str>>(kind: KindNo, members: &[&[S]]) -> String {
    let mut name = prefix(kind);
    for (at, member) in members.iter().enumerate() {
        name.push_str(if at == 0 { "" } else { "+" });
        let segments: Vec<_> = member.iter().map(AsRef::as_ref).collect();
        name.push_str(&segments.join("/"));
    }
    name
}

fn prefix(kind: KindNo) -> String {
    format!("member {} ", kind.0)
}

impl Tx<'_> {
    /// Sees to it that a kind has exactly these indexes: each a list of member paths (`a/b`
    /// reaches into `a`), first those compared for equality, last the one ordered by; then, each
    /// behind a `+`, those it carries.
    pub fn ensure_indexes(&mut self, kind: &str, indexes: &[&[&str]]) -> Result<(), StoreError> {
        self.together(|tx| {
            let kind = tx.kind_make(kind)?;
            let mut wanted = Vec::new();
            for members in indexes {
                let (mut sought, mut carried) = (Vec::new(), Vec::new());
                for member in *members {
                    match member.strip_prefix('+') {
                        Some(member) => carried.push(segments(member)),
                        None => sought.push(segments(member)),
                    }
                }
                let members: Vec<&[&str]> = sought.iter().map(Vec::as_slice).collect();
                let name = index_name(kind, &members);
                let mut columns = vec!["tenant".to_owned()];
                for member in &members {
                    columns.push(dialect::member("doc", member)?);
                }
                columns.push("id".to_owned());
                for member in &carried {
                    columns.push(dialect::member("doc", member)?);
                }
                let text = format!(
                    "CREATE INDEX {} ON record ({}) WHERE kind = {}",
                    quoted(&name),
                    columns.join(", "),
                    kind.0
                );
                wanted.push((name, text, (members.len(), carried.len())));
            }
            let there = tx.indexes_of(kind)?;
            for (name, text) in &there {
                if !wanted.iter().any(|it| it.0 == *name && it.1 == *text) {
                    tracing::info!(index = name, "dropping an index no longer wanted");
                    tx.conn.execute_batch(&format!("DROP INDEX {}", quoted(name)))?;
                }
            }
            for (name, text, members) in &wanted {
                if !there.iter().any(|it| it.0 == *name && it.1 == *text) {
                    tx.conn.execute_batch(text)?;
                    tx.assume(name, *members)?;
                }
            }
            Ok(())
        })
    }

    /// Tells the query planner what to assume about an index: members compared for equality leave
    /// many rows, the one ordered by leaves few. Other connections read this with the changed
    /// schema; this one is told to.
    fn assume(&self, name: &str, (members, carried): (usize, usize)) -> Result<(), StoreError> {
        let mut sizes = String::from("500000 250000");
        for _ in 1..members {
            sizes.push_str(" 10000");
        }
        sizes.push_str(if members == 0 { " 1" } else { " 5 1" });
        sizes.push_str(&" 1".repeat(carried));
        self.conn
            .prepare_cached("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('record', ?1, ?2)")?
            .execute([name, &sizes])?;
        self.conn.execute_batch("ANALYZE sqlite_schema")?;
        Ok(())
    }

    fn indexes_of(&self, kind: KindNo) -> Result<Vec<(String, String)>, StoreError> {
        let mut find = self.conn.prepare_cached(
            "SELECT name, sql FROM sqlite_schema
             WHERE type = 'index' AND substr(name, 1, length(?1)) = ?1",
        )?;
        let rows = find.query_map(params![prefix(kind)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn segments(member: &str) -> Vec<&str> {
    member.split('/').collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

//! Indexes over members of documents, made from what the model says about a kind.
//!
//! Each is laid out as tenant, members, id, and holds only rows of its kind. Members it only carries
//! come last: what filters often add is then tested, and counted, without reading the documents.
//! Its name says kind and members, so making them again at the next start finds them there; what is no longer asked for
//! is dropped, because every index makes every insert dearer.

use super::digest::digest;
use crate::backend::value::args;
use crate::query::dialect::{As, Dialect};
use crate::tx::KindNo;
use crate::{ReadTx, StoreError, Tx};

/// The longest name that PostgreSQL keeps whole.
const MAX_NAME: usize = 63;

/// The name of the index over these members of a kind.
pub(crate) fn index_name<S: AsRef<str>>(
    dialect: Dialect,
    kind: KindNo,
    members: &[&[S]],
) -> String {
    let mut name = prefix(kind);
    for (at, member) in members.iter().enumerate() {
        name.push_str(if at == 0 { "" } else { "+" });
        let segments: Vec<_> = member.iter().map(AsRef::as_ref).collect();
        name.push_str(&segments.join("/"));
    }
    if dialect == Dialect::Postgres && name.len() > MAX_NAME {
        return format!("{}{:032x}", prefix(kind), u128::from_be_bytes(digest(&name)));
    }
    name
}

fn prefix(kind: KindNo) -> String {
    format!("member {} ", kind.0)
}

impl Tx<'_> {
    /// Sees to it that a kind has exactly these indexes: each a list of member paths (`a/b`
    /// reaches into `a`), first those compared for equality, last the one ordered by; then, each
    /// behind a `+`, those it carries. A member that is a number is written `name:number`.
    pub fn ensure_indexes(&mut self, kind: &str, indexes: &[&[&str]]) -> Result<(), StoreError> {
        self.together(|tx| {
            let kind = tx.kind_make(kind)?;
            let dialect = tx.conn.dialect();
            if dialect == Dialect::Postgres {
                // Nodes that start together make them once.
                let lock = "SELECT pg_advisory_xact_lock(hashtext('yagura indexes'),
                    hashtext(current_schema()::text))";
                tx.conn.exists(lock, args![])?;
            }
            let mut wanted = Vec::new();
            for members in indexes {
                let (mut sought, mut carried) = (Vec::new(), Vec::new());
                for member in *members {
                    match member.strip_prefix('+') {
                        Some(member) => carried.push(segments(member)),
                        None => sought.push(segments(member)),
                    }
                }
                let members: Vec<&[&str]> = sought.iter().map(|it| it.0.as_slice()).collect();
                let name = index_name(dialect, kind, &members);
                let mut columns = vec!["tenant".to_owned()];
                for (member, kind) in &sought {
                    columns.push(dialect.index_column(member, *kind)?);
                }
                columns.push("id".to_owned());
                for (member, kind) in &carried {
                    columns.push(dialect.index_column(member, *kind)?);
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
                    tx.conn.batch(&format!("DROP INDEX {}", quoted(name)))?;
                }
            }
            for (name, text, members) in &wanted {
                if !there.iter().any(|it| it.0 == *name && it.1 == *text) {
                    tx.conn.batch(text)?;
                    tx.note(name, text, *members)?;
                }
            }
            Ok(())
        })
    }

    /// Notes what an index is made by, where the database does not keep that; a server gathers
    /// by itself how many rows leave what. SQLite's planner is told what to assume: members
    /// compared for equality leave many rows, the one ordered by leaves few. Other connections
    /// read this with the changed schema; this one is told to.
    fn note(
        &self,
        name: &str,
        text: &str,
        (members, carried): (usize, usize),
    ) -> Result<(), StoreError> {
        if self.conn.dialect() == Dialect::Postgres {
            let text = text.replace('\'', "''");
            return self.conn.batch(&format!("COMMENT ON INDEX {} IS '{text}'", quoted(name)));
        }
        let mut sizes = String::from("500000 250000");
        for _ in 1..members {
            sizes.push_str(" 10000");
        }
        sizes.push_str(if members == 0 { " 1" } else { " 5 1" });
        sizes.push_str(&" 1".repeat(carried));
        self.conn.execute(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('record', ?1, ?2)",
            args![name, &sizes],
        )?;
        self.conn.batch("ANALYZE sqlite_schema")
    }
}

impl ReadTx<'_> {
    pub(crate) fn has_index(&self, name: &str) -> Result<bool, StoreError> {
        let text = match self.conn.dialect() {
            Dialect::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1",
            Dialect::Postgres => {
                "SELECT 1 FROM pg_catalog.pg_class AS c
                 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'i'
                   AND c.relname = ?1"
            }
        };
        self.conn.exists(text, args![name])
    }

    /// The indexes over members of a kind, each with the text that made it.
    fn indexes_of(&self, kind: KindNo) -> Result<Vec<(String, String)>, StoreError> {
        let text = match self.conn.dialect() {
            Dialect::Sqlite => {
                "SELECT name, sql FROM sqlite_schema
                 WHERE type = 'index' AND substr(name, 1, length(?1)) = ?1"
            }
            Dialect::Postgres => {
                "SELECT c.relname, coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '')
                 FROM pg_catalog.pg_class AS c
                 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'i'
                   AND starts_with(c.relname::text, ?1)"
            }
        };
        self.conn.rows(text, args![&prefix(kind)], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// A member path, and what it is ordered as.
fn segments(member: &str) -> (Vec<&str>, As) {
    let number = member.strip_suffix(":number");
    let kind = if number.is_some() { As::Number } else { As::Text };
    (number.unwrap_or(member).split('/').collect(), kind)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

//! Bringing a schema up to date: numbered files, each run once and never edited afterwards.
//!
//! Nodes that start together wait for one another at a lock, and all that is missing runs in one
//! transaction. A schema that holds something else, or that a newer release has written, is
//! refused.

use super::session::{Role, Session};
use crate::StoreError;
use crate::address::Server;
use crate::backend::conn::{Conn, Step};
use crate::backend::value::args;

/// In order; the place in the list, counted from one, is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/postgres/0001_records.sql"),
    include_str!("../../../migrations/postgres/0002_beside.sql"),
];

/// The oldest server that has what our statements need.
const OLDEST: i64 = 130_000;

/// Checks the server and brings our schema up to date.
pub(crate) fn migrate(server: &Server) -> Result<(), StoreError> {
    let conn = Conn::Postgres(Box::new(Session::new(server.clone(), Role::Writer)?));
    let unusable = |reason: String| StoreError::Unusable { place: server.to_string(), reason };
    let setting = |name: &str| {
        let found = conn.row("SELECT current_setting(?1)", args![name], |it| it.get::<String>(0));
        Ok::<_, StoreError>(found?.unwrap_or_default())
    };
    if setting("server_encoding")? != "UTF8" {
        return Err(unusable("its encoding is not UTF8".into()));
    }
    let version = setting("server_version_num")?;
    if version.parse::<i64>().is_ok_and(|it| it < OLDEST) {
        return Err(unusable("the server is older than PostgreSQL 13".into()));
    }
    conn.step(Step::BeginWrite)?;
    let schema = &server.schema;
    conn.rows(
        "SELECT pg_advisory_xact_lock(hashtext('yagura'), hashtext(?1))",
        args![schema],
        |_| Ok(()),
    )?;
    let there = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?1";
    if !conn.exists(there, args![schema])? {
        conn.batch(&format!("CREATE SCHEMA {schema}"))?;
    }
    let objects = "SELECT 1 FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = ?1 AND (?2 = '' OR c.relname = ?2)";
    if !conn.exists(objects, args![schema, "meta"])? {
        if conn.exists(objects, args![schema, ""])? {
            return Err(unusable(format!("its schema {schema} belongs to another program")));
        }
        conn.batch(
            "CREATE TABLE meta (name text PRIMARY KEY, value bigint NOT NULL);
             INSERT INTO meta (name, value) VALUES ('version', 0)",
        )?;
    }
    let version = "SELECT value FROM meta WHERE name = 'version'";
    let version: i64 = conn.row(version, args![], |it| it.get(0))?.unwrap_or(-1);
    let known = MIGRATIONS.len() as i64;
    let missing = usize::try_from(version).ok().and_then(|it| MIGRATIONS.get(it..));
    let Some(missing) = missing else {
        return Err(unusable(format!(
            "it has version {version}, this release knows {known}; use the newer release"
        )));
    };
    for text in missing {
        conn.batch(text)?;
    }
    if !missing.is_empty() {
        conn.execute("UPDATE meta SET value = ?1 WHERE name = 'version'", args![known])?;
    }
    conn.step(Step::Commit)
}

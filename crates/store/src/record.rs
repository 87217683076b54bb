//! The things the store keeps, as its callers see them.
//!
//! Times are ticks (100 ns since 0001-01-01T00:00:00Z). A sequence number counts the changes of one
//! tenant; a record's `seq` is the number of the change that made it what it is now.

use crate::Document;

/// What names a record: unique over the whole store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The tenant that owns the record; empty for records of the installation itself.
    pub tenant: String,
    /// Which collection it stands in, such as `security/alerts_v2`.
    pub kind: String,
    /// Its name within the collection.
    pub id: String,
}

impl Key {
    /// The key of `id` in a tenant's collection.
    pub fn new(tenant: impl Into<String>, kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), kind: kind.into(), id: id.into() }
    }
}

/// A stored record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its name.
    pub key: Key,
    /// The id of the record it is contained in, where its kind is a contained one.
    pub parent: Option<String>,
    /// Changes with every write; compared, never read.
    pub etag: String,
    /// When it was created.
    pub created: i64,
    /// When it was last changed.
    pub modified: i64,
    /// The number of its last change.
    pub seq: u64,
    /// What it says.
    pub doc: Document,
}

/// A record to be stored; the store adds the etag and the change number.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// Its name, which must be free.
    pub key: Key,
    /// The id of the record it is contained in.
    pub parent: Option<String>,
    /// What it says.
    pub doc: Document,
    /// When it was created.
    pub created: i64,
    /// When it was last changed; equal to `created` unless it came from elsewhere.
    pub modified: i64,
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// The record began to exist.
    Created,
    /// Its document was replaced.
    Updated,
    /// It ceased to exist.
    Deleted,
}

/// One line of a tenant's change log.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its number, rising within the tenant.
    pub seq: u64,
    /// Which record.
    pub key: Key,
    /// The parent of that record.
    pub parent: Option<String>,
    /// What happened to it.
    pub operation: Operation,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: i64,
    /// The whole record as it was before; `None` for a creation.
    pub before: Option<Record>,
}

/// One occurrence of an entity (an address, a user, a file) in an alert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The alert that names the entity.
    pub alert_id: String,
    /// The incident that alert was in when it was linked.
    pub incident_id: String,
    /// When the alert saw the entity.
    pub at: i64,
    /// A short word of the caller's about the other end; empty when it said nothing.
    pub peer: String,
}

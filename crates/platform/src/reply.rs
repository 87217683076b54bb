//! What a call answers, before it takes a wire shape. Items are complete (every declared member is
//! there) and already reduced to `$select`; stamps, enums and `@odata.type`s are final.

use kql::answer::Answer;
use serde_json::{Map, Value};

/// The answer to a call. `context` is what follows `$metadata#` in `@odata.context`.
#[derive(Clone, Debug)]
pub enum Reply {
    /// One page of a collection of entities.
    Page {
        /// `security/alerts_v2`.
        context: String,
        /// The items of this page.
        items: Vec<Map<String, Value>>,
        /// `@odata.count`, when `$count=true`.
        count: Option<u64>,
        /// The `$skiptoken` of the next page; none on the last one.
        next: Option<String>,
        /// The `$deltatoken` of the next round, on the last page of a delta.
        delta: Option<String>,
    },
    /// One entity.
    Entity {
        /// `security/alerts_v2/$entity`.
        context: String,
        /// The entity.
        doc: Map<String, Value>,
        /// Its version, without the quotes of an `ETag`; empty for a computed view.
        etag: String,
        /// Whether this call made it (201 with `Location: {context without $entity}/{id}`).
        created: bool,
        /// Whether `Prefer: return=representation` is why there is a body.
        preference_applied: bool,
    },
    /// Taken on: what comes of it stands at this path below the version's root (202).
    Accepted {
        /// `security/attackSimulation/operations('1')`.
        location: String,
    },
    /// Done, nothing to show (204).
    NoContent,
    /// Done, nothing to show, where the published answer is 200 all the same.
    Done,
    /// `/$count`, plain text.
    Count(u64),
    /// A property: `{"@odata.context", "value": …}`, or the bare value of a complex one.
    Value {
        /// `security/alerts_v2('1')/title`.
        context: String,
        /// The value; null answers 204.
        value: Value,
    },
    /// `/property/$value`: the bare text.
    Raw(String),
    /// A media stream.
    Bytes {
        /// Its media type, as it was sent.
        kind: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A collection of complex values, as actions answer it.
    Collection {
        /// `Collection(microsoft.graph.security.alertComment)`.
        context: String,
        /// The whole list.
        items: Vec<Value>,
        /// Whether something failed that the items tell of (206).
        partial: bool,
    },
    /// References to entities, as paths below the version's root.
    Refs {
        /// `Collection($ref)` or `$ref`.
        context: String,
        /// The paths.
        paths: Vec<String>,
        /// Whether the navigation leads to one at most.
        single: bool,
    },
    /// Rows of a hunt; the server writes them in Graph's or Defender's shape.
    Hunt(Answer),
}

/// What a pushed batch did. Every item is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PushReport {
    /// New alerts stored.
    pub accepted: u64,
    /// Rows that completed an alert stored before.
    pub merged: u64,
    /// Items seen before; they changed nothing.
    pub duplicates: u64,
    /// Items that are no alerts (flow records and the like).
    pub skipped: u64,
    /// Items refused by themselves, in order.
    pub refused: Vec<Refusal>,
}

/// Why one item of a batch was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// Zero-based place in the batch.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

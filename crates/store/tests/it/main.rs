//! The store from outside: one suite, over a file, in memory and over a server.
#![allow(clippy::unwrap_used, missing_docs)]

mod beside;
mod crash;
mod links;
mod lists;
mod records;
mod server;
mod snapshot;
mod writer;

use std::future::Future;

use serde_json::{Map, Value};
use store::{Address, Key, NewRecord, Store, StoreError};

pub const TENANT: &str = "tenant-a";
pub const KIND: &str = "security/alerts_v2";

/// Runs a test over each backend.
pub async fn on_each<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    let dir = tempfile::tempdir().unwrap();
    test(Store::open(&dir.path().join("yagura.sqlite")).unwrap()).await;
    test(Store::memory().unwrap()).await;
    if let Some(address) = server::address() {
        test(Store::open_at(&Address::parse(&address).unwrap()).unwrap()).await;
    }
}

pub fn doc(json: Value) -> Map<String, Value> {
    match json {
        Value::Object(it) => it,
        other => panic!("not an object: {other}"),
    }
}

pub fn key(id: &str) -> Key {
    Key::new(TENANT, KIND, id)
}

pub fn new(id: &str, json: Value) -> NewRecord {
    NewRecord { key: key(id), parent: None, doc: doc(json), created: 1, modified: 1 }
}

pub type Outcome<T> = Result<T, StoreError>;

//! Watchlists: CSV and NDJSON files in `watchlists/` of the data directory, and in
//! `watchlists/TENANT/` for one tenant alone.
//!
//! A file's name without its ending is the watchlist's name. Every column is text. Before a file's
//! own columns come those that all watchlists have; the search key is the file's column `SearchKey`,
//! or else its first. Files are read when a query asks for them, so a changed file counts at once.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use datafusion::{
    arrow::{array::RecordBatch, datatypes::Schema},
    catalog::TableProvider,
    datasource::MemTable,
};
use indexmap::IndexMap;
use kql::types::{Column, Type};
use serde_json::Value as Json;

use crate::{
    args::{out_longs, out_texts},
    arrow_types::field,
    error::EngineError,
    outside::records,
};

/// How tables of watchlists are named in a plan.
pub(crate) const PREFIX: &str = "watchlist:";
/// The table of their names.
pub(crate) const ALIASES: &str = "watchlists:";
/// The largest file.
const MOST_BYTES: u64 = 32 << 20;
/// The columns that every watchlist has.
const OWN: [(&str, Type); 4] = [
    ("_DTItemId", Type::String),
    ("LastUpdatedTimeUTC", Type::DateTime),
    ("SearchKey", Type::String),
    ("WatchlistItem", Type::Dynamic),
];
const KEY: &str = "SearchKey";

/// The folder.
pub(crate) struct Watchlists {
    folder: PathBuf,
}

/// A watchlist as it was read.
struct Watchlist {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    changed: i64,
}

impl Watchlists {
    /// Those of a data directory.
    pub(crate) fn of(data: &Path) -> Self {
        Self { folder: data.join("watchlists") }
    }

    /// The columns of a watchlist.
    pub(crate) fn columns(&self, tenant: &str, name: &str) -> Option<Vec<Column>> {
        let watchlist = self.read(tenant, name)?;
        let own = OWN.iter().map(|(name, ty)| Column::new(*name, *ty));
        let names = watchlist.names.iter().filter(|it| !is_own(it));
        Some(own.chain(names.map(|it| Column::new(it.as_str(), Type::String))).collect())
    }

    /// The rows of a watchlist.
    pub(crate) fn table(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        let gone = || EngineError::refused(format!("the watchlist `{name}` is gone"));
        let watchlist = self.read(tenant, name).ok_or_else(gone)?;
        let rows = watchlist.rows.len();
        let place = |wanted: &str| watchlist.names.iter().position(|it| it == wanted);
        let cell = |row: usize, at: usize| {
            watchlist.rows.get(row).and_then(|it| it.get(at)).map_or("", String::as_str)
        };
        let id = |row: usize| {
            let text = format!(
                "{name}\n{}",
                watchlist.rows.get(row).map(|it| it.join("\n")).unwrap_or_default()
            );
            uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
        };
        let key = place(KEY).unwrap_or(0);
        let item = |row: usize| {
            let members = watchlist.names.iter().enumerate();
            let members = members.map(|(at, name)| (name.clone(), Json::from(cell(row, at))));
            Json::Object(members.collect()).to_string()
        };
        let mut fields: Vec<_> = OWN.iter().map(|(name, ty)| field(*name, *ty)).collect();
        let mut arrays = vec![
            out_texts(rows, |row| Some(id(row))),
            out_longs(rows, |_| Some(watchlist.changed)),
            out_texts(rows, |row| Some(cell(row, key))),
            out_texts(rows, |row| Some(item(row))),
        ];
        for (at, name) in watchlist.names.iter().enumerate().filter(|(_, it)| !is_own(it)) {
            fields.push(field(name, Type::String));
            arrays.push(out_texts(rows, |row| Some(cell(row, at))));
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }

    /// The names of a tenant's watchlists.
    pub(crate) fn aliases(&self, tenant: &str) -> Result<Arc<dyn TableProvider>, EngineError> {
        let mut names: Vec<String> = Vec::new();
        for folder in self.folders(tenant) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let ending = path.extension().and_then(|it| it.to_str()).unwrap_or("");
                if let (true, Some(stem)) =
                    (ENDINGS.contains(&ending), path.file_stem().and_then(|it| it.to_str()))
                {
                    names.push(stem.to_owned());
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        let schema = Arc::new(Schema::new(vec![field("WatchlistAlias", Type::String)]));
        let arrays = vec![out_texts(names.len(), |row| names.get(row))];
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }

    fn folders(&self, tenant: &str) -> Vec<PathBuf> {
        let own = crate::lake::is_safe(tenant).then(|| self.folder.join(tenant));
        own.into_iter().chain([self.folder.clone()]).collect()
    }

    fn read(&self, tenant: &str, name: &str) -> Option<Watchlist> {
        let safe = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | ' ' | '.');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(safe) {
            return None;
        }
        let (path, ending) = self.folders(tenant).into_iter().find_map(|folder| {
            let path = |ending: &str| folder.join(format!("{name}.{ending}"));
            ENDINGS.iter().map(|it| (path(it), *it)).find(|it| it.0.is_file())
        })?;
        let facts = fs::metadata(&path).ok()?;
        if facts.len() > MOST_BYTES {
            tracing::warn!(watchlist = name, "the file of a watchlist is too large");
            return None;
        }
        let text = fs::read(&path).ok()?;
        let text = String::from_utf8_lossy(&text);
        let text = text.trim_start_matches('\u{feff}');
        let changed = facts.modified().ok().map_or(0, ticks);
        let (names, rows) = if ending == "csv" { of_csv(text) } else { of_json(text) };
        (!names.is_empty()).then_some(Watchlist { names, rows, changed })
    }
}

/// The endings that count, the first before the others.
const ENDINGS: [&str; 4] = ["csv", "ndjson", "jsonl", "json"];

fn is_own(name: &str) -> bool {
    OWN.iter().any(|it| it.0 == name)
}

fn ticks(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    kql::time::UNIX_EPOCH + i64::try_from(since.as_nanos() / 100).unwrap_or(0)
}

fn of_csv(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut records = records(text, ',').into_iter();
    let names = records.next().unwrap_or_default();
    let names = names.into_iter().map(|it| it.trim().to_owned()).collect();
    (names, records.collect())
}

fn of_json(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut names: IndexMap<String, ()> = IndexMap::new();
    let mut objects = Vec::new();
    let values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    for value in values.map_while(Result::ok) {
        match value {
            Json::Array(items) => objects.extend(items),
            other => objects.push(other),
        }
    }
    for object in objects.iter().filter_map(Json::as_object) {
        for name in object.keys() {
            names.entry(name.clone()).or_default();
        }
    }
    let cell = |object: &Json, name: &String| match object.get(name) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let row = |object: &Json| names.keys().map(|name| cell(object, name)).collect();
    let rows = objects.iter().filter(|it| it.is_object()).map(row).collect();
    (names.keys().cloned().collect(), rows)
}

//! The log of a table: which files exist.
//!
//! One entry per ingest, a JSON file that appears by a rename. Entries never change, so what was
//! read once is kept in memory and a scan reads only the names of new ones. Another process (the
//! command line beside a server) may add entries at any time.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::folder;
use crate::error::EngineError;

const LOG: &str = "_log";
const ENTRY: &str = ".json";

/// Files younger than this are not swept away: another process may still be writing them.
const SWEEP_AFTER: Duration = Duration::from_hours(1);

/// A file of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DataFile {
    /// Relative to the table's folder.
    pub(crate) path: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its rows.
    pub(crate) rows: u64,
    /// The first time in it.
    pub(crate) first: i64,
    /// The last.
    pub(crate) last: i64,
}

/// Entries by their file's name.
type Entries = HashMap<String, Arc<Vec<DataFile>>>;

/// The logs of all tables.
#[derive(Debug)]
pub(crate) struct Log {
    data: PathBuf,
    known: Mutex<HashMap<PathBuf, Entries>>,
}

impl Log {
    /// The logs under a data directory; sweeps away what crashes left there.
    pub(crate) fn open(data: &Path) -> Self {
        let log = Self { data: data.to_owned(), known: Mutex::default() };
        if let Err(error) = log.sweep() {
            tracing::warn!(%error, "could not sweep the lake");
        }
        log
    }

    /// The folder of a tenant's table.
    pub(crate) fn folder(&self, tenant: &str, table: &str) -> PathBuf {
        folder(&self.data, tenant, table)
    }

    /// The files of a tenant's table with rows in the window.
    pub(crate) fn files(
        &self,
        tenant: &str,
        table: &str,
        window: Option<(i64, i64)>,
    ) -> Result<Vec<DataFile>, EngineError> {
        let folder = self.folder(tenant, table);
        let entries = self
            .entries(&folder)
            .map_err(|source| EngineError::Io { doing: "read the log of a table", source })?;
        let inside = |file: &&DataFile| {
            window.is_none_or(|(from, to)| file.first <= to && file.last >= from)
        };
        Ok(entries.iter().flat_map(|entry| entry.iter().filter(inside).cloned()).collect())
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Arc<Vec<DataFile>>>> {
        let listed = match fs::read_dir(folder.join(LOG)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed?,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry(folder.to_owned()).or_default();
        let mut names = Vec::new();
        for entry in listed {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().filter(|it| it.ends_with(ENTRY)) {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let files = if let Some(files) = known.get(&name) {
                Arc::clone(files)
            } else {
                let text = fs::read_to_string(folder.join(LOG).join(&name))?;
                let files = Arc::new(read(&text)?);
                known.insert(name, Arc::clone(&files));
                files
            };
            entries.push(files);
        }
        Ok(entries)
    }

    /// Makes files, which are already durable under their names, part of the table.
    pub(crate) fn commit(folder: &Path, files: &[DataFile]) -> io::Result<()> {
        let log = folder.join(LOG);
        fs::create_dir_all(&log)?;
        let name = uuid::Uuid::now_v7();
        let entries: Vec<Value> = files
            .iter()
            .map(|file| {
                json!({
                    "path": file.path, "bytes": file.bytes, "rows": file.rows,
                    "first": file.first, "last": file.last,
                })
            })
            .collect();
        let text = json!({"format": 1, "files": entries}).to_string();
        let temporary = log.join(format!("{name}.tmp"));
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, log.join(format!("{name}.json")))?;
        sync_folder(&log)?;
        // The log's folder itself may be new.
        sync_folder(folder)
    }

    fn sweep(&self) -> io::Result<()> {
        for tenant in folders(&self.data.join("lake"))? {
            for table in folders(&tenant)? {
                self.sweep_table(&table)?;
            }
        }
        Ok(())
    }

    #[allow(clippy::disallowed_methods, reason = "the age of a file is a fact of the disk")]
    fn sweep_table(&self, table: &Path) -> io::Result<()> {
        let entries = self.entries(table)?;
        let mut listed = std::collections::HashSet::new();
        for file in entries.iter().flat_map(|it| it.iter()) {
            listed.insert(table.join(&file.path));
        }
        for day in folders(table)? {
            let is_log = day.file_name().is_some_and(|it| it == LOG);
            for file in fs::read_dir(&day)? {
                let file = file?;
                let path = file.path();
                let keep = if is_log {
                    path.extension().is_some_and(|it| it == "json")
                } else {
                    listed.contains(&path)
                };
                let age = SystemTime::now().duration_since(file.metadata()?.modified()?);
                if !keep && age.is_ok_and(|age| age > SWEEP_AFTER) {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }
}

fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    let listed = match fs::read_dir(of) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut out = Vec::new();
    for entry in listed {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            out.push(entry.path());
        }
    }
    Ok(out)
}

fn read(text: &str) -> io::Result<Vec<DataFile>> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "a log entry cannot be read");
    let entry: Value = serde_json::from_str(text).map_err(|_| broken())?;
    if entry.get("format").and_then(Value::as_u64) != Some(1) {
        return Err(broken());
    }
    let files = entry.get("files").and_then(Value::as_array).ok_or_else(broken)?;
    let file = |it: &Value| {
        Some(DataFile {
            path: it.get("path")?.as_str()?.to_owned(),
            bytes: it.get("bytes")?.as_u64()?,
            rows: it.get("rows")?.as_u64()?,
            first: it.get("first")?.as_i64()?,
            last: it.get("last")?.as_i64()?,
        })
    };
    files.iter().map(|it| file(it).ok_or_else(broken)).collect()
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

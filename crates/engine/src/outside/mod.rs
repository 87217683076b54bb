//! `externaldata`: bytes that lie elsewhere, as rows.
//!
//! Who may read what, and over which wires, is decided by [`kql::hunt::Outside`]; here the bytes are
//! bounded, unpacked and cut into cells, and the cells become columns of the promised types.

mod delimited;
mod json;

use std::{
    collections::HashMap,
    io::Read,
    sync::{Arc, Mutex},
    time::Duration,
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch},
        compute::cast,
        datatypes::{DataType, Schema},
    },
    catalog::TableProvider,
    datasource::MemTable,
    parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
};
use kql::{
    hunt,
    plan::{Op, Rel},
    types::Column,
    work::{External, Format},
};

use crate::{
    arrow_types::field, error::EngineError, functions::convert::cast::from_texts, lower::names,
};

pub(crate) use delimited::records;

/// Bytes of one address.
const MOST_BYTES: usize = 64 << 20;
/// Bytes of all addresses of a query.
const MOST_IN_ALL: usize = 256 << 20;
/// How long all addresses of a relation may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a query has read from outside.
#[derive(Default)]
pub(crate) struct Fetched(Mutex<HashMap<String, Arc<Vec<u8>>>>);

impl Fetched {
    /// Reads every address that the steps of a relation name.
    pub(crate) async fn fetch(
        &self,
        rel: &Rel,
        outside: Option<&Arc<dyn hunt::Outside>>,
    ) -> Result<(), EngineError> {
        let mut wanted = Vec::new();
        addresses(rel, &mut wanted);
        if wanted.is_empty() {
            return Ok(());
        }
        let Some(outside) = outside else {
            return Err(EngineError::refused(OFF));
        };
        let all = async {
            for address in wanted {
                let mut known = 0;
                if let Ok(fetched) = self.0.lock() {
                    if fetched.contains_key(&address) {
                        continue;
                    }
                    known = fetched.values().map(|it| it.len()).sum();
                }
                outside.may_read(&address).map_err(EngineError::refused)?;
                let limit = MOST_BYTES.min(MOST_IN_ALL.saturating_sub(known));
                let bytes = outside.read(&address, limit).await.map_err(EngineError::refused)?;
                let bytes = unpacked(&address, bytes)?;
                if let Ok(mut fetched) = self.0.lock() {
                    fetched.insert(address, Arc::new(bytes));
                }
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| {
            let message =
                format!("reading from outside takes longer than {} s", PATIENCE.as_secs());
            Err(EngineError::refused(message))
        })
    }

    /// The rows of a source whose addresses were read.
    pub(crate) fn table(
        &self,
        external: &External,
        columns: &[Column],
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        let names = names(0, columns.len());
        let fields = names.iter().zip(columns).map(|(name, column)| field(name, column.ty));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut batches = Vec::new();
        for address in &external.addresses {
            let bytes = self.0.lock().ok().and_then(|it| it.get(address).cloned());
            let bytes = bytes.ok_or_else(|| EngineError::plan("an address was not read"))?;
            let arrays = rows(external, address, &bytes, columns)?;
            batches.push(RecordBatch::try_new(Arc::clone(&schema), arrays)?);
        }
        Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
    }
}

/// Why `externaldata` is refused where nobody allowed it.
pub(crate) const OFF: &str = "reading data from outside is switched off here; the operator of the \
    server can allow folders and addresses with `--external-data`";

fn addresses(rel: &Rel, found: &mut Vec<String>) {
    if let Op::External(external) = &rel.op {
        found.extend(external.addresses.iter().cloned());
    }
    rel.each_input(&mut |it| addresses(it, found));
}

/// Gzip is unpacked, told by its first bytes.
fn unpacked(address: &str, bytes: Vec<u8>) -> Result<Vec<u8>, EngineError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    let mut reader =
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES as u64 + 1);
    reader
        .read_to_end(&mut out)
        .map_err(|_| EngineError::refused(format!("`{address}` is no proper gzip")))?;
    if out.len() > MOST_BYTES {
        let message = format!("`{address}` unpacks to more than {} MiB", MOST_BYTES >> 20);
        return Err(EngineError::refused(message));
    }
    Ok(out)
}

fn format_of(external: &External, address: &str) -> Format {
    let path = address.split(['?', '#', ';']).next().unwrap_or(address);
    let path = path.strip_suffix(".gz").unwrap_or(path);
    external.format.unwrap_or_else(|| match path.rsplit_once('.').map(|it| it.1) {
        Some("tsv") => Format::Tsv,
        Some("psv") => Format::Psv,
        Some("txt") => Format::Txt,
        Some("json" | "jsonl" | "ndjson") => Format::MultiJson,
        Some("parquet") => Format::Parquet,
        _ => Format::Csv,
    })
}

fn rows(
    external: &External,
    address: &str,
    bytes: &[u8],
    columns: &[Column],
) -> Result<Vec<ArrayRef>, EngineError> {
    let format = format_of(external, address);
    if format == Format::Parquet {
        return parquet(address, bytes, columns);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut cells: Vec<Vec<String>> = match format {
        Format::Csv => records(text, ','),
        Format::Tsv => records(text, '\t'),
        Format::Psv => records(text, '|'),
        Format::Scsv => records(text, ';'),
        Format::Sohsv => records(text, '\u{1}'),
        Format::Txt => text.lines().map(|line| vec![line.to_owned()]).collect(),
        Format::Raw => vec![vec![text.to_owned()]],
        Format::Json | Format::MultiJson => json::records(address, text, columns, &external.paths)?,
        Format::Parquet => Vec::new(),
    };
    if external.skip_first
        && !cells.is_empty()
        && !matches!(format, Format::Json | Format::MultiJson)
    {
        cells.remove(0);
    }
    if external.skip_last {
        cells.pop();
    }
    let column = |(at, column): (usize, &Column)| {
        from_texts(column.ty, cells.len(), |row| {
            cells.get(row).and_then(|it| it.get(at)).map_or("", String::as_str).into()
        })
    };
    Ok(columns.iter().enumerate().map(column).collect())
}

fn parquet(address: &str, bytes: &[u8], columns: &[Column]) -> Result<Vec<ArrayRef>, EngineError> {
    let wrong = || EngineError::refused(format!("`{address}` is no proper Parquet file"));
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|_| wrong())?;
    let reader = reader.build().map_err(|_| wrong())?;
    let mut parts: Vec<Vec<ArrayRef>> = vec![Vec::new(); columns.len()];
    for batch in reader {
        let batch = batch.map_err(|_| wrong())?;
        for (column, parts) in columns.iter().zip(&mut parts) {
            let made = match batch.column_by_name(&column.name) {
                Some(array) => {
                    let texts = cast(array, &DataType::Utf8View)?;
                    let texts = texts.as_string_view().clone();
                    from_texts(column.ty, texts.len(), |row| {
                        if texts.is_valid(row) {
                            texts.value(row).to_owned()
                        } else {
                            String::new()
                        }
                        .into()
                    })
                }
                None => from_texts(column.ty, batch.num_rows(), |_| "".into()),
            };
            parts.push(made);
        }
    }
    let joined = |(parts, column): (&Vec<ArrayRef>, &Column)| {
        if parts.is_empty() {
            return Ok(from_texts(column.ty, 0, |_| "".into()));
        }
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        Ok(datafusion::arrow::compute::concat(&parts)?)
    };
    parts.iter().zip(columns).map(joined).collect()
}

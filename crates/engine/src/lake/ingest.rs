//! Taking a body of NDJSON in.
//!
//! Lines are read one by one into batches; when enough is gathered it is sorted and written. At
//! the end one log entry makes all files of the body visible, and only then are the rows reported
//! as stored. A bad line loses only itself.

use std::io::Read;

use datafusion::arrow::array::RecordBatch;
use kql::hunt::{IngestFault, Ingested};

use super::{
    lines::{LONGEST, Line, Lines},
    log::Log,
    rows::Rows,
    writer,
};
use crate::tables::Table;

/// Rows in a batch.
const BATCH_ROWS: usize = 65_536;
/// Bytes of JSON in a batch.
const BATCH_BYTES: usize = 32 << 20;
/// Bytes of JSON held before files are written.
const HELD_BYTES: usize = 192 << 20;
/// Refused lines that are named.
const NAMED: usize = 100;

/// Takes a body in. Blocks.
pub(crate) fn ingest(
    log: &Log,
    tenant: &str,
    table: &Table,
    body: Box<dyn Read + Send>,
    now: i64,
) -> Result<Ingested, IngestFault> {
    let folder = log.folder(tenant, &table.name);
    let unreadable =
        |e: std::io::Error| IngestFault::Unreadable(format!("cannot read the body: {e}"));
    let internal = |e: crate::error::EngineError| IngestFault::Internal(Box::new(e));
    let mut lines = Lines::new(body).map_err(unreadable)?;
    let mut rows = Rows::of_file(table, now);
    let mut held: Vec<RecordBatch> = Vec::new();
    let mut held_bytes = 0;
    let mut files = Vec::new();
    let mut done = Ingested::default();
    while let Some(line) = lines.next().map_err(unreadable)? {
        let (number, taken) = match line {
            Line::Text(number, text) => (number, rows.push(text)),
            Line::TooLong(number) => (number, Err(format!("it is longer than {LONGEST} bytes"))),
        };
        match taken {
            Ok(()) => done.rows += 1,
            Err(reason) => {
                done.refused_count += 1;
                if done.refused.len() < NAMED {
                    done.refused.push((number, reason));
                }
            }
        }
        if rows.len() >= BATCH_ROWS || rows.bytes() >= BATCH_BYTES {
            held_bytes += rows.bytes();
            held.push(rows.take().map_err(internal)?);
        }
        if held_bytes >= HELD_BYTES {
            files.extend(writer::write(&folder, &held).map_err(internal)?);
            held.clear();
            held_bytes = 0;
        }
    }
    if rows.len() > 0 {
        held.push(rows.take().map_err(internal)?);
    }
    files.extend(writer::write(&folder, &held).map_err(internal)?);
    if !files.is_empty() {
        Log::commit(&folder, &files).map_err(|e| IngestFault::Internal(Box::new(e)))?;
    }
    Ok(done)
}

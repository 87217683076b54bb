//! Batches into files: one per day, sorted by time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array},
        compute::{SortColumn, concat_batches, lexsort_to_indices, take},
        datatypes::Int64Type,
    },
    parquet::{
        arrow::ArrowWriter,
        basic::{Compression, ZstdLevel},
        file::properties::{EnabledStatistics, WriterProperties},
    },
};
use kql::time::DAY;

use super::{
    UNKNOWN,
    log::{DataFile, sync_folder},
};
use crate::{error::EngineError, lower::rel::TIMESTAMP};

/// Rows in a row group.
pub(crate) const ROW_GROUP: usize = 131_072;

/// Writes batches of one table as files that nothing lists yet.
pub(crate) fn write(folder: &Path, batches: &[RecordBatch]) -> Result<Vec<DataFile>, EngineError> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let all = concat_batches(&first.schema(), batches)?;
    if all.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let times = all.column_by_name(TIMESTAMP).ok_or_else(|| EngineError::plan("no time"))?;
    let sort = SortColumn { values: Arc::clone(times), options: None };
    let order = lexsort_to_indices(&[sort], None)?;
    let times = take(times, &order, None)?;
    let times = times.as_primitive::<Int64Type>();
    let mut files = Vec::new();
    let mut start = 0;
    while start < times.len() {
        let day = times.value(start).div_euclid(DAY);
        let end =
            start + times.values()[start..].partition_point(|time| time.div_euclid(DAY) == day);
        let part = order.slice(start, end - start);
        let (first, last) = (times.value(start), times.value(end - 1));
        files.push(write_day(folder, &all, &part, first, last)?);
        start = end;
    }
    Ok(files)
}

fn write_day(
    folder: &Path,
    all: &RecordBatch,
    order: &UInt32Array,
    first: i64,
    last: i64,
) -> Result<DataFile, EngineError> {
    let columns = all
        .columns()
        .iter()
        .map(|column| take(column, order, None))
        .collect::<Result<Vec<ArrayRef>, _>>()?;
    let mut rows = RecordBatch::try_new(all.schema(), columns)?;
    let unknown = rows.schema().index_of(UNKNOWN).ok();
    if let Some(at) = unknown
        && rows.column(at).null_count() == rows.num_rows()
    {
        rows.remove_column(at);
    }
    let day = kql::time::format_datetime(first).chars().take(10).collect::<String>();
    let path = format!("{day}/{}.parquet", uuid::Uuid::now_v7());
    let full = folder.join(&path);
    let io = |source| EngineError::Io { doing: "write a file of the lake", source };
    let bytes = write_file(&full, &rows).map_err(io)?;
    Ok(DataFile { path, bytes, rows: rows.num_rows() as u64, first, last })
}

fn write_file(path: &Path, rows: &RecordBatch) -> io::Result<u64> {
    let folder: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&folder)?;
    let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_statistics_truncate_length(Some(64))
        .build();
    let temporary = path.with_extension("tmp");
    let file = File::create(&temporary)?;
    let mut writer =
        ArrowWriter::try_new(file, rows.schema(), Some(properties)).map_err(io::Error::other)?;
    writer.write(rows).map_err(io::Error::other)?;
    let file = writer.into_inner().map_err(io::Error::other)?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    fs::rename(&temporary, path)?;
    sync_folder(&folder)?;
    if let Some(parent) = folder.parent() {
        sync_folder(parent)?;
    }
    Ok(bytes)
}

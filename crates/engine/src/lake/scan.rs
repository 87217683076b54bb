//! Scanning the files of one table.
//!
//! The files were chosen by the log before; the reader drops row groups and pages by their
//! statistics, and evaluates filters while decoding, so that a row nobody wants costs only the
//! filter's columns.

use std::{path::Path, sync::Arc};

use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::{Result, Statistics, config::TableParquetOptions, project_schema, stats::Precision},
    datasource::{
        TableType,
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource},
        source::DataSourceExec,
    },
    execution::object_store::ObjectStoreUrl,
    logical_expr::{Expr, TableProviderFilterPushDown},
    object_store::{ObjectMeta, path::Path as StorePath},
    physical_plan::{ExecutionPlan, empty::EmptyExec},
};

use super::{adapter::OlderFiles, log::DataFile};

/// The files of a table as they were when the query began.
#[derive(Debug)]
pub(crate) struct LakeTable {
    schema: SchemaRef,
    files: Vec<PartitionedFile>,
    rows: u64,
}

impl LakeTable {
    /// A table of these files.
    pub(crate) fn new(schema: SchemaRef, folder: &Path, files: &[DataFile]) -> Result<Self> {
        let rows = files.iter().map(|file| file.rows).sum();
        let files = files
            .iter()
            .map(|file| {
                let location = StorePath::from_absolute_path(folder.join(&file.path))?;
                Ok(PartitionedFile::new_from_meta(ObjectMeta {
                    location,
                    // Files never change, so one moment is as good as another for the caches.
                    last_modified: chrono::DateTime::UNIX_EPOCH,
                    size: file.bytes,
                    e_tag: None,
                    version: None,
                }))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { schema, files, rows })
    }

    fn plan(
        &self,
        partitions: usize,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let mut options = TableParquetOptions::default();
        options.global.pushdown_filters = true;
        options.global.reorder_filters = true;
        let source =
            ParquetSource::new(Arc::clone(&self.schema)).with_table_parquet_options(options);
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Exact(usize::try_from(self.rows).unwrap_or(usize::MAX));
        let groups = FileGroup::new(self.files.clone()).split_files(partitions.max(1));
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups)
                .with_statistics(statistics)
                .with_projection_indices(projection.cloned())?
                .with_limit(limit)
                .with_expr_adapter(Some(Arc::new(OlderFiles)))
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[async_trait::async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // With a filter above, fewer rows may come out than are read.
        let limit = if filters.is_empty() { limit } else { None };
        self.plan(state.config().target_partitions(), projection, limit)
    }
}

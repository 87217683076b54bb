//! Files older than a column: a string column they lack reads as empty, any other as null.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::datatypes::SchemaRef,
    common::Result,
    physical_expr::PhysicalExpr,
    physical_expr_adapter::{
        DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
        replace_columns_with_literals,
    },
    scalar::ScalarValue,
};
use kql::types::Type;

use crate::arrow_types::null;

/// Makes the adapters of a scan.
#[derive(Debug)]
pub(crate) struct OlderFiles;

impl PhysicalExprAdapterFactory for OlderFiles {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let missing = table
            .fields()
            .iter()
            .filter(|field| !field.is_nullable() && file.field_with_name(field.name()).is_err())
            .map(|field| (field.name().clone(), null(Type::String)))
            .collect();
        let rest = DefaultPhysicalExprAdapterFactory.create(table, file)?;
        Ok(Arc::new(OlderFile { missing, rest }))
    }
}

#[derive(Debug)]
struct OlderFile {
    missing: HashMap<String, ScalarValue>,
    rest: Arc<dyn PhysicalExprAdapter>,
}

impl PhysicalExprAdapter for OlderFile {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let expr = if self.missing.is_empty() {
            expr
        } else {
            replace_columns_with_literals(expr, &self.missing)?
        };
        self.rest.rewrite(expr)
    }
}

//! Tables that a query uses several times: worked out once, kept in memory and beyond that on disk.
//!
//! The binder marks tables that are worth it (`materialize`, a summarized `let`). Those that stand
//! in the plan more than once are taken out of it, run first, and read like any other table.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch},
        datatypes::{DataType, Schema, SchemaRef},
    },
    catalog::{TableProvider, streaming::StreamingTable},
    datasource::MemTable,
    execution::{
        SendableRecordBatchStream, TaskContext,
        memory_pool::{MemoryConsumer, MemoryReservation},
        session_state::SessionState,
    },
    physical_plan::{
        SpillManager,
        metrics::{ExecutionPlanMetricsSet, SpillMetrics},
        spill::get_record_batch_memory_size,
        stream::RecordBatchStreamAdapter,
        streaming::PartitionStream,
    },
};
use futures::{StreamExt, stream};
use kql::{
    hunt::HuntFault,
    plan::{ExprKind, Op, Rel},
    types::Column,
};

use crate::{
    arrow_types::{field, null},
    collect::{self, Running},
    error::EngineError,
    fault,
    lower::{Step, subquery},
};

/// In front of the number of a table that was taken out.
pub(crate) const PREFIX: &str = "shared:";

/// Bytes of a table that stay in memory; what is beyond goes to disk.
const MEMORY: usize = 128 << 20;

/// Takes the marked tables that stand in a plan more than once out of it; those that others are
/// made of come first.
pub(crate) fn split(plan: &mut Rel) -> Vec<Rel> {
    let mut seen = Vec::new();
    count(plan, &mut seen);
    let kept = seen.into_iter().filter(|it| it.times >= it.enough);
    let repeated: Vec<Rel> = kept.map(|it| it.table).collect();
    let mut out = Out { numbers: vec![None; repeated.len()], repeated, tables: Vec::new() };
    if !out.repeated.is_empty() {
        out.take(plan);
    }
    out.tables
}

/// A marked table.
struct Seen {
    table: Rel,
    times: usize,
    enough: usize,
}

/// Counts marked tables; what is inside of one counts once.
fn count(rel: &mut Rel, seen: &mut Vec<Seen>) {
    if let Op::Shared { input, uses } = &rel.op {
        if let Some(known) = seen.iter_mut().find(|it| it.table == **input) {
            known.times += 1;
            known.enough = known.enough.min(*uses);
            return;
        }
        seen.push(Seen { table: (**input).clone(), times: 1, enough: *uses });
    }
    each_table(rel, &mut |it| count(it, seen));
}

struct Out {
    repeated: Vec<Rel>,
    numbers: Vec<Option<usize>>,
    tables: Vec<Rel>,
}

impl Out {
    fn take(&mut self, rel: &mut Rel) {
        if let Op::Shared { input, .. } = &mut rel.op
            && let Some(at) = self.repeated.iter().position(|it| it == &**input)
        {
            let ordered = input.is_serialized();
            let number = if let Some(number) = self.numbers[at] {
                number
            } else {
                let mut table = std::mem::replace(&mut **input, nothing());
                self.take(&mut table);
                self.tables.push(table);
                *self.numbers[at].insert(self.tables.len() - 1)
            };
            let table = Op::Table { name: format!("{PREFIX}{number}"), window: None };
            let table = Rel { op: table, columns: rel.columns.clone() };
            rel.op = if ordered { Op::Serialize { input: Box::new(table) } } else { table.op };
            return;
        }
        each_table(rel, &mut |it| self.take(it));
    }
}

fn nothing() -> Rel {
    Rel { op: Op::Values { rows: Vec::new() }, columns: Vec::new() }
}

/// The relations that a step is made of, those inside its expressions among them.
fn each_table(rel: &mut Rel, see: &mut dyn FnMut(&mut Rel)) {
    rel.each_input_mut(&mut *see);
    subquery::own_exprs(rel, &mut |expr| tables_of(expr, see));
}

fn tables_of(expr: &mut kql::plan::Expr, see: &mut dyn FnMut(&mut Rel)) {
    if let ExprKind::ToScalar(table)
    | ExprKind::InTable { table, .. }
    | ExprKind::HasTermsTable { table, .. } = &mut expr.kind
    {
        see(table);
    }
    expr.each_child_mut(&mut |it| tables_of(it, see));
}

/// A table that was worked out.
pub(crate) struct Kept {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
    spilled: Option<Spilled>,
    /// Frees the room when the query ends.
    _room: MemoryReservation,
}

#[derive(Clone)]
struct Spilled {
    manager: SpillManager,
    file: Arc<dyn datafusion::execution::SpillFile>,
}

/// Works a table out; also says how many rows were read for it.
pub(crate) async fn keep(
    state: &SessionState,
    step: &Step,
    columns: &[Column],
) -> Result<(Kept, u64), HuntFault> {
    let fields = columns.iter().map(|it| field(it.name.as_str(), it.ty));
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let env = state.runtime_env();
    let room = MemoryConsumer::new("shared table").register(&env.memory_pool);
    let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    let manager = SpillManager::new(Arc::clone(env), metrics, Arc::clone(&schema));
    let mut batches = Vec::new();
    let mut file = None;
    let Running { plan, mut stream } = collect::start(state, step).await?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(fault::of_datafusion)?;
        let batch = named(step, &batch, &schema).map_err(fault::of)?;
        let size = get_record_batch_memory_size(&batch);
        if file.is_none() && room.size() + size <= MEMORY && room.try_grow(size).is_ok() {
            batches.push(batch);
            continue;
        }
        if file.is_none() {
            let made = manager.create_in_progress_file("shared table");
            file = Some(made.map_err(fault::of_datafusion)?);
        }
        if let Some(file) = &mut file {
            file.append_batch(&batch).map_err(fault::of_datafusion)?;
        }
    }
    drop(stream);
    let file = file.map(|mut it| it.finish()).transpose().map_err(fault::of_datafusion)?.flatten();
    let spilled = file.map(|file| Spilled { manager, file });
    Ok((Kept { batches, schema, spilled, _room: room }, collect::rows_read(&plan)))
}

/// The batch under the names of the table's columns. Texts are copied together, so that no view
/// holds a buffer of which nobody else wants anything.
fn named(step: &Step, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, EngineError> {
    let arrays = step
        .names
        .iter()
        .zip(&step.types)
        .map(|(name, ty)| {
            if name.is_empty() {
                return Ok(null(*ty).to_array_of_size(batch.num_rows())?);
            }
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| EngineError::plan("a column of a shared table is missing"))?;
            Ok(match column.data_type() {
                DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
                _ => Arc::clone(column),
            })
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let options = datafusion::arrow::record_batch::RecordBatchOptions::new()
        .with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
}

impl Kept {
    /// The table, to be read any number of times.
    pub(crate) fn table(&self) -> Result<Arc<dyn TableProvider>, EngineError> {
        let schema = Arc::clone(&self.schema);
        Ok(match &self.spilled {
            None => Arc::new(MemTable::try_new(schema, vec![self.batches.clone()])?),
            Some(spilled) => {
                let part = Part {
                    batches: self.batches.clone(),
                    spilled: spilled.clone(),
                    schema: Arc::clone(&schema),
                };
                Arc::new(StreamingTable::try_new(schema, vec![Arc::new(part)])?)
            }
        })
    }
}

/// What is in memory, then what is on disk.
struct Part {
    batches: Vec<RecordBatch>,
    spilled: Spilled,
    schema: SchemaRef,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("batches", &self.batches.len()).finish_non_exhaustive()
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let first = stream::iter(self.batches.clone().into_iter().map(Ok));
        let file = Arc::clone(&self.spilled.file);
        let then = match self.spilled.manager.read_spill_as_stream(file, None) {
            Ok(stream) => stream.boxed(),
            Err(fault) => stream::iter([Err(fault)]).boxed(),
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), first.chain(then)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kql::{Env, environment};

    /// How many tables are taken out, and what is left.
    fn split_of(text: &str) -> (usize, String) {
        let catalog = environment::named("xdr").expect("there is one");
        let functions = crate::registry::functions();
        let env = Env { catalog: &catalog, functions, now: 0, window: None };
        let mut plan = kql::compile(text, &env).plan.expect("a right query");
        let tables = split(&mut plan);
        (tables.len(), plan.to_string())
    }

    #[test]
    fn only_what_is_used_again_is_taken_out() {
        let once = "let t = materialize(DeviceInfo | where OSBuild > 1); t | count";
        assert_eq!(split_of(once).0, 0);
        let twice = "let t = materialize(DeviceInfo | project OSBuild); t | union t";
        let (count, plan) = split_of(twice);
        assert_eq!(count, 1);
        assert_eq!(plan.matches("table shared:0").count(), 2, "{plan}");
        assert!(!plan.contains("DeviceInfo"), "{plan}");
    }

    #[test]
    fn a_let_is_kept_when_that_pays() {
        let filtered = "let t = DeviceInfo | where OSBuild > 1; t | union t";
        assert_eq!(split_of(filtered).0, 0);
        let summarized = "let t = DeviceInfo | summarize count() by OSBuild | where count_ > 1; \
                          t | where OSBuild in (t | project OSBuild)";
        assert_eq!(split_of(summarized).0, 1);
        let joined = "let t = DeviceInfo | join DeviceNetworkInfo on DeviceId; union t, t";
        assert_eq!(split_of(joined).0, 0);
        assert_eq!(split_of(&format!("{joined}, t")).0, 1);
    }

    #[test]
    fn what_others_are_made_of_comes_first() {
        let text = "let a = materialize(DeviceInfo | project OSBuild); \
                    let b = materialize(a | where OSBuild > 1); union b, b, a";
        let (count, plan) = split_of(text);
        assert_eq!(count, 2);
        assert_eq!(plan.matches("shared:1").count(), 2, "{plan}");
        assert_eq!(plan.matches("shared:0").count(), 1, "{plan}");
    }
}

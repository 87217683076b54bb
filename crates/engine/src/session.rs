//! DataFusion's side of an engine: one memory pool and one set of settings for all queries.

use std::{path::Path, sync::Arc};

use datafusion::{
    execution::{
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::{FairSpillPool, TrackConsumersPool},
        runtime_env::RuntimeEnvBuilder,
        session_state::{SessionState, SessionStateBuilder},
    },
    prelude::SessionConfig,
};

use crate::{
    error::EngineError,
    flow::planner::Planner,
    leash::{self, QueryPool},
    yielding::YieldingJoins,
};

/// How many of the largest consumers an out-of-memory error names in the log.
const NAMED: usize = 5;

/// Times the memory that all queries together may have on disk.
const SPILL: u64 = 16;

/// The state every query starts from.
pub(crate) fn state(
    spill: &Path,
    memory_limit: usize,
    partitions: usize,
) -> Result<SessionState, EngineError> {
    let named = std::num::NonZeroUsize::new(NAMED).expect("not zero");
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory_limit), named);
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![spill.to_owned()]))
        .with_max_temp_directory_size(SPILL * memory_limit as u64);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let mut config = SessionConfig::new().with_target_partitions(partitions);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    // Our types are what they are: text stays views, nothing is guessed.
    options.execution.parquet.schema_force_view_types = true;
    options.optimizer.enable_round_robin_repartition = true;
    let rules = leash::stoppable();
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_query_planner(Arc::new(Planner))
        .with_optimizer_rules(rules.logical)
        .with_physical_optimizer_rules(rules.physical)
        .with_physical_optimizer_rule(Arc::new(YieldingJoins))
        .build())
}

/// The state of one query, which may have so much of the memory.
pub(crate) fn of_query(state: &SessionState, memory: usize) -> Result<SessionState, EngineError> {
    let runtime = state.runtime_env();
    let pool = QueryPool::new(memory, Arc::clone(&runtime.memory_pool));
    let runtime = RuntimeEnvBuilder::from_runtime_env(runtime).with_memory_pool(Arc::new(pool));
    let runtime = runtime.build_arc()?;
    Ok(SessionStateBuilder::new_from_existing(state.clone()).with_runtime_env(runtime).build())
}

/// The state for a query whose rows have an order between the steps: batches are not dealt out to
/// other threads, which would shuffle them.
pub(crate) fn in_order(state: &SessionState) -> SessionState {
    let mut config = state.config().clone();
    config.options_mut().optimizer.enable_round_robin_repartition = false;
    SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build()
}

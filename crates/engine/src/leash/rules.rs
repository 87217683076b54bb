//! Planning that can be stopped: every rule of the optimiser looks at the leash at each node.

use std::sync::Arc;

use datafusion::{
    common::{Result, config::ConfigOptions, tree_node::Transformed},
    logical_expr::LogicalPlan,
    optimizer::{ApplyOrder, Optimizer, OptimizerConfig, OptimizerRule},
    physical_optimizer::{
        PhysicalOptimizerContext, PhysicalOptimizerRule, optimizer::PhysicalOptimizer,
    },
    physical_plan::ExecutionPlan,
};

use super::check;

/// DataFusion's rules for both kinds of plan.
pub(crate) struct Rules {
    /// For logical plans.
    pub(crate) logical: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
    /// For physical plans.
    pub(crate) physical: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>,
}

/// DataFusion's own rules, so that they can be stopped.
pub(crate) fn stoppable() -> Rules {
    let logical = Optimizer::new().rules.into_iter().map(|it| Arc::new(Stoppable(it)) as _);
    let physical =
        PhysicalOptimizer::new().rules.into_iter().map(|it| Arc::new(Stoppable(it)) as _);
    Rules { logical: logical.collect(), physical: physical.collect() }
}

#[derive(Debug)]
struct Stoppable<R: ?Sized>(Arc<R>);

impl OptimizerRule for Stoppable<dyn OptimizerRule + Send + Sync> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        check()?;
        self.0.rewrite(plan, config)
    }
}

impl PhysicalOptimizerRule for Stoppable<dyn PhysicalOptimizerRule + Send + Sync> {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        check()?;
        self.0.optimize(plan, config)
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        check()?;
        self.0.optimize_with_context(plan, context)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

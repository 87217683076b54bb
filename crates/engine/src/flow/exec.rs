//! A flow at work: pulls batches, hands on what the operator makes of them, and counts its memory.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::datatypes::SchemaRef,
    common::{Result, tree_node::TreeNodeRecursion},
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext, memory_pool::MemoryConsumer},
    physical_expr::{Distribution, EquivalenceProperties, OrderingRequirements, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties,
        InputDistributionRequirements, Partitioning, PlanProperties,
        coop::make_cooperative,
        execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::StreamExt;

use super::{Start, node::FlowNode};

/// The step that runs a flow.
pub(crate) struct FlowExec {
    name: &'static str,
    start: Start,
    whole: bool,
    schema: SchemaRef,
    /// The order its input had when it was planned, which must stay.
    order: Option<OrderingRequirements>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl FlowExec {
    /// Runs a node's flow over a planned input.
    pub(crate) fn new(node: &FlowNode, input: Arc<dyn ExecutionPlan>) -> Self {
        let order = match input.output_ordering() {
            Some(order) if node.whole => Some(OrderingRequirements::from(order.clone())),
            _ => None,
        };
        Self {
            name: node.name,
            start: Arc::clone(&node.start),
            whole: node.whole,
            schema: Arc::clone(&node.schema),
            order,
            properties: properties(&node.schema, node.whole, &input),
            input,
        }
    }

    fn over(&self, input: Arc<dyn ExecutionPlan>) -> Self {
        Self {
            name: self.name,
            start: Arc::clone(&self.start),
            whole: self.whole,
            schema: Arc::clone(&self.schema),
            order: self.order.clone(),
            properties: properties(&self.schema, self.whole, &input),
            input,
        }
    }
}

fn properties(
    schema: &SchemaRef,
    whole: bool,
    input: &Arc<dyn ExecutionPlan>,
) -> Arc<PlanProperties> {
    let parts = if whole { 1 } else { input.output_partitioning().partition_count() };
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(Arc::clone(schema)),
        Partitioning::UnknownPartitioning(parts),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

impl fmt::Debug for FlowExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowExec").field("name", &self.name).finish_non_exhaustive()
    }
}

impl DisplayAs for FlowExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlowExec: {}", self.name)
    }
}

impl ExecutionPlan for FlowExec {
    fn name(&self) -> &'static str {
        "FlowExec"
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![if self.whole {
            Distribution::SinglePartition
        } else {
            Distribution::UnspecifiedDistribution
        }])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone()]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        // The columns behind a flow are not those in front of it, so no sort may be moved through
        // it; the order in front is asked for instead.
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children
            .pop()
            .ok_or_else(|| DataFusionError::Internal("a flow without an input".to_owned()))?;
        Ok(Arc::new(self.over(input)))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        use datafusion::physical_plan::execution_plan::ChildrenPropertiesMode;
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let held = MemoryConsumer::new(self.name).register(context.memory_pool());
        let input = self.input.execute(partition, context)?;
        let state = (input, (self.start)()?, held, false);
        let stream = futures::stream::try_unfold(
            state,
            |(mut input, mut flow, held, mut ended)| async move {
                loop {
                    if let Some(batch) = flow.next()? {
                        held.try_resize(flow.size())?;
                        return Ok(Some((batch, (input, flow, held, ended))));
                    }
                    if ended {
                        return Ok(None);
                    }
                    if let Some(batch) = input.next().await {
                        flow.push(batch?)?;
                    } else {
                        ended = true;
                        flow.finish()?;
                    }
                    held.try_resize(flow.size())?;
                }
            },
        );
        let stream = RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream);
        // A flow that keeps making rows of one batch would never give way on its own.
        Ok(make_cooperative(Box::pin(stream)))
    }
}

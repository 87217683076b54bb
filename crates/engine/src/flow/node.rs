//! A flow in the logical plan.
//!
//! Nothing is pushed through it: its outputs are its own, and what it reads are all the columns of
//! its input, which the step in front of it keeps to those that are needed.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering as Atomic},
    },
};

use datafusion::{
    arrow::datatypes::SchemaRef,
    common::{DFSchema, DFSchemaRef, Result, tree_node::TreeNode},
    logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore},
};

use super::Start;

/// A flow over its input.
#[derive(Clone)]
pub(crate) struct FlowNode {
    /// What it is, for plans and profiles.
    pub(crate) name: &'static str,
    /// Starts a run.
    pub(crate) start: Start,
    /// True when it must see all rows, in their order.
    pub(crate) whole: bool,
    /// What comes out.
    pub(crate) schema: SchemaRef,
    fields: DFSchemaRef,
    input: LogicalPlan,
    id: u64,
}

static NODES: AtomicU64 = AtomicU64::new(0);

/// The plan of a flow over `input`.
pub(crate) fn plan(
    name: &'static str,
    input: LogicalPlan,
    schema: SchemaRef,
    whole: bool,
    start: Start,
) -> Result<LogicalPlan> {
    let fields = Arc::new(DFSchema::try_from(Arc::clone(&schema))?);
    let id = NODES.fetch_add(1, Atomic::Relaxed);
    let node = FlowNode { name, start, whole, schema, fields, input, id };
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// True when a flow in the plan needs its rows in their order.
pub(crate) fn is_ordered(plan: &LogicalPlan) -> bool {
    let whole = |plan: &LogicalPlan| match plan {
        LogicalPlan::Extension(Extension { node }) => {
            node.as_any().downcast_ref::<FlowNode>().is_some_and(|it| it.whole)
        }
        _ => false,
    };
    plan.exists(|it| Ok(whole(it))).unwrap_or(true)
}

impl fmt::Debug for FlowNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowNode").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for FlowNode {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.input == other.input
    }
}

impl Eq for FlowNode {}

impl PartialOrd for FlowNode {
    /// Only equal nodes can be compared.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl Hash for FlowNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
        self.input.hash(state);
    }
}

impl UserDefinedLogicalNodeCore for FlowNode {
    fn name(&self) -> &str {
        self.name
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.fields
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.pop().ok_or_else(|| {
            datafusion::error::DataFusionError::Internal("a flow without an input".to_owned())
        })?;
        Ok(Self { input, ..self.clone() })
    }
}

//! Algorithms over rows: their input's columns in order, then the flow.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use kql::{
    plan::Rel,
    types::{Column, Type},
    work::{GraphShape, Work},
};

use crate::{
    arrow_types::field,
    error::EngineError,
    flow::{
        Flow, Start,
        cluster::Segments,
        gather::{Algorithm, Gather},
        graph::{Components, Layout, Matching, Nodes},
        near::Near,
        node,
        reduce::Reduce,
    },
    lower::{LowerCx, Step, names, rel, scan, types},
};

/// An algorithm over its input.
pub(crate) fn work(
    cx: &mut LowerCx<'_>,
    input: &Rel,
    work: &Work,
    columns: &[Column],
) -> Result<Step, EngineError> {
    if let Work::Scan(it) = work {
        return scan::scan(cx, input, it, columns);
    }
    let step = rel::rel(cx, input)?;
    let width = step.names.len();
    let exprs = (0..width).map(|at| step.column(at)).collect::<Result<Vec<_>, _>>()?;
    let opened = rel::project(cx, step.plan.clone(), exprs, step.types.clone())?;
    let fields = opened.names.iter().zip(&opened.types).map(|(name, ty)| field(name, *ty));
    let rows = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let names = names(cx.number(), columns.len());
    let fields = names.iter().zip(columns).map(|(name, column)| field(name, column.ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let layout = |shape: &GraphShape| Layout::of(shape, &step.types);
    let out = Arc::clone(&schema);
    let algorithm: Arc<dyn Algorithm> = match work {
        Work::Scan(_) => return Err(EngineError::plan("a scan is no gathering")),
        Work::Reduce { threshold, characters, source } => Arc::new(Reduce {
            threshold: *threshold,
            characters: characters.clone(),
            source: *source,
            schema: out,
        }),
        Work::Near { before, after } => Arc::new(Near {
            before: usize::try_from(*before).unwrap_or(usize::MAX),
            after: usize::try_from(*after).unwrap_or(usize::MAX),
            schema: out,
        }),
        Work::Cluster(what) => Arc::new(Segments { what: what.clone(), schema: out }),
        Work::Nodes(shape) => Arc::new(Nodes { layout: layout(shape), schema: out }),
        Work::Components { graph, strong } => {
            Arc::new(Components { layout: layout(graph), strong: *strong, schema: out })
        }
        Work::Match(what) => {
            Arc::new(Matching { layout: layout(&what.graph), what: what.clone(), schema: out })
        }
    };
    let start: Start = Arc::new(move || {
        Ok(Box::new(Gather::new(Arc::clone(&algorithm), Arc::clone(&rows))) as Box<dyn Flow>)
    });
    let plan = node::plan(work.name(), opened.plan, schema, true, start)?;
    let types: Vec<Type> = types(columns);
    Ok(Step { plan, names, types })
}

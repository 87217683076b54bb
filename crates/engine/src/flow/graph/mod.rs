//! Graphs: nodes and edges out of one relation, and what is asked of them.

mod components;
mod search;
mod shortest;
mod view;

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions,
            StringViewArray, StringViewBuilder, UInt32Array,
        },
        compute::{concat, filter_record_batch, not, take},
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};
use kql::{
    types::Type,
    work::{GraphShape, Match},
};

use super::{
    cluster::empty_texts,
    gather::{Algorithm, Ready, Run},
};
use crate::{
    functions::convert::cast::from_texts,
    leash::{self, Pace},
};

/// Bytes that reading a row of a graph takes beside its columns, about.
const ENTRY: usize = 160;

/// Where things lie in the relation, and their types.
pub(crate) struct Layout {
    shape: GraphShape,
    edge_types: Vec<Type>,
    node_types: Vec<Type>,
}

impl Layout {
    /// Of a relation with these types.
    pub(crate) fn of(shape: &GraphShape, types: &[Type]) -> Self {
        let edges = types.get(1..=shape.edges).unwrap_or_default().to_vec();
        let first = shape.edges + 3;
        let nodes = types.get(first..first + shape.nodes).unwrap_or_default().to_vec();
        Self { shape: shape.clone(), edge_types: edges, node_types: nodes }
    }
}

/// A graph in memory.
pub(super) struct Graph {
    /// The edges' columns.
    pub(super) edges: Vec<ArrayRef>,
    pub(super) edge_types: Vec<Type>,
    /// The nodes' columns.
    pub(super) nodes: Vec<ArrayRef>,
    pub(super) node_types: Vec<Type>,
    /// The nodes' keys.
    pub(super) keys: StringViewArray,
    /// For each edge the numbers of its nodes.
    pub(super) ends: Vec<(u32, u32)>,
    /// For each node the edges that leave it.
    pub(super) leaving: Vec<Vec<u32>>,
    /// For each node the edges that reach it.
    pub(super) reaching: Vec<Vec<u32>>,
    bytes: usize,
}

impl Graph {
    /// Reads the relation. Nodes that only edges name get a row, unless the graph is closed; then
    /// such edges are left out.
    pub(super) fn read(layout: &Layout, rows: &RecordBatch) -> Result<Self> {
        let wrong = || DataFusionError::Internal("a graph has another shape".to_owned());
        let shape = &layout.shape;
        let tag = rows.columns().first().and_then(|it| it.as_boolean_opt()).ok_or_else(wrong)?;
        let edge_rows = filter_record_batch(rows, tag)?;
        let node_rows = filter_record_batch(rows, &not(tag)?)?;
        let texts = |batch: &RecordBatch, at: usize| -> Result<StringViewArray> {
            let column = batch.columns().get(at).and_then(|it| it.as_string_view_opt());
            column.cloned().ok_or_else(wrong)
        };
        let from = texts(&edge_rows, shape.edges + 1)?;
        let to = texts(&edge_rows, shape.edges + 2)?;
        let first = shape.edges + 3;
        let known = texts(&node_rows, first + shape.nodes)?;
        // lists of edges by node, numbers by key, and the rows once more
        let count = from.len() + known.len();
        let _held = leash::hold(count * ENTRY)?;
        let mut pace = Pace::default();
        let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(known.len());
        // rows of the nodes' table; none for a node that only edges name
        let mut sources: Vec<Option<u32>> = Vec::with_capacity(known.len());
        let mut keys = StringViewBuilder::new();
        for (row, key) in known.iter().enumerate() {
            pace.check()?;
            let key = key.unwrap_or("");
            let next = u32::try_from(sources.len()).unwrap_or(u32::MAX);
            if let std::collections::hash_map::Entry::Vacant(place) = numbers.entry(key) {
                place.insert(next);
                sources.push(u32::try_from(row).ok());
                keys.append_value(key);
            }
        }
        let mut ends = Vec::with_capacity(from.len());
        let mut kept: Vec<bool> = Vec::with_capacity(from.len());
        for (from, to) in from.iter().zip(to.iter()) {
            pace.check()?;
            let number = |key: Option<&'_ str>| -> Option<u32> {
                let key = key.unwrap_or("");
                if let Some(number) = numbers.get(key) {
                    return Some(*number);
                }
                (!shape.closed).then_some(u32::MAX)
            };
            match (number(from), number(to)) {
                (Some(from), Some(to)) => {
                    ends.push((from, to));
                    kept.push(true);
                }
                _ => kept.push(false),
            }
        }
        if !shape.closed {
            // a second walk, since new keys borrow from the edges
            ends.clear();
            for (from, to) in from.iter().zip(to.iter()) {
                pace.check()?;
                let mut pair = [0_u32; 2];
                for (place, key) in pair.iter_mut().zip([from, to]) {
                    let key = key.unwrap_or("");
                    let next = u32::try_from(sources.len()).unwrap_or(u32::MAX);
                    *place = *numbers.entry(key).or_insert_with(|| {
                        sources.push(None);
                        keys.append_value(key);
                        next
                    });
                }
                ends.push((pair[0], pair[1]));
            }
        }
        let keys = keys.finish();
        let kept = BooleanArray::from(kept);
        let edge_rows = filter_record_batch(&edge_rows, &kept)?;
        let edges = edge_rows.columns().get(1..=shape.edges).unwrap_or_default().to_vec();
        let rows_of: UInt32Array = sources.iter().copied().collect();
        let mut nodes = Vec::with_capacity(shape.nodes);
        for nth in 0..shape.nodes {
            let column = node_rows.columns().get(first + nth).ok_or_else(wrong)?;
            let ty = layout.node_types.get(nth).copied().ok_or_else(wrong)?;
            let mut column = take(column, &rows_of, None)?;
            if shape.keys.contains(&nth) {
                column = completed(&column, &keys, &sources, ty)?;
            }
            nodes.push(if ty == Type::String { empty_texts(&column) } else { column });
        }
        let [leaving, reaching] = by_node(&ends, sources.len())?;
        let columns = edges.iter().chain(&nodes);
        let bytes = columns.map(Array::get_array_memory_size).sum::<usize>()
            + ends.len() * 24
            + sources.len() * 96;
        Ok(Self {
            edges,
            edge_types: layout.edge_types.clone(),
            nodes,
            node_types: layout.node_types.clone(),
            keys,
            ends,
            leaving,
            reaching,
            bytes,
        })
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.leaving.len()
    }

    /// Bytes it holds, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// For each node the edges that leave it, and those that reach it.
fn by_node(ends: &[(u32, u32)], nodes: usize) -> Result<[Vec<Vec<u32>>; 2]> {
    let mut leaving = vec![Vec::new(); nodes];
    let mut reaching = vec![Vec::new(); nodes];
    let mut pace = Pace::default();
    for (edge, (from, to)) in ends.iter().enumerate() {
        pace.check()?;
        let edge = u32::try_from(edge).unwrap_or(u32::MAX);
        for (lists, node) in [(&mut leaving, from), (&mut reaching, to)] {
            if let Some(list) = lists.get_mut(*node as usize) {
                list.push(edge);
            }
        }
    }
    Ok([leaving, reaching])
}

/// A key column in which nodes that only edges name have their key, too.
fn completed(
    column: &ArrayRef,
    keys: &StringViewArray,
    sources: &[Option<u32>],
    ty: Type,
) -> Result<ArrayRef> {
    let read = from_texts(ty, keys.len(), |row| keys.value(row).into());
    // It stops early when the query is over, and has fewer rows then.
    leash::check()?;
    let both = concat(&[column.as_ref(), read.as_ref()])?;
    let rows: UInt32Array = sources
        .iter()
        .enumerate()
        .map(|(at, it)| u32::try_from(if it.is_some() { at } else { keys.len() + at }).ok())
        .collect();
    Ok(take(&both, &rows, None)?)
}

/// The nodes of a graph: their columns and the key.
pub(crate) struct Nodes {
    pub(crate) layout: Layout,
    pub(crate) schema: SchemaRef,
}

impl Algorithm for Nodes {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let graph = Graph::read(&self.layout, &rows)?;
        let mut columns = graph.nodes.clone();
        columns.push(Arc::new(graph.keys.clone()));
        let options = RecordBatchOptions::new().with_row_count(Some(graph.len()));
        let schema = Arc::clone(&self.schema);
        Ok(Ready::boxed(RecordBatch::try_new_with_options(schema, columns, &options)?))
    }
}

/// The nodes of a graph with the number of the component each belongs to.
pub(crate) struct Components {
    pub(crate) layout: Layout,
    pub(crate) strong: bool,
    pub(crate) schema: SchemaRef,
}

impl Algorithm for Components {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let graph = Graph::read(&self.layout, &rows)?;
        let numbers =
            if self.strong { components::strong(&graph)? } else { components::weak(&graph)? };
        let mut columns = graph.nodes.clone();
        columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
        columns.push(Arc::new(graph.keys.clone()));
        let options = RecordBatchOptions::new().with_row_count(Some(graph.len()));
        let schema = Arc::clone(&self.schema);
        Ok(Ready::boxed(RecordBatch::try_new_with_options(schema, columns, &options)?))
    }
}

/// The matches of patterns.
pub(crate) struct Matching {
    pub(crate) layout: Layout,
    pub(crate) what: Match,
    pub(crate) schema: SchemaRef,
}

impl Algorithm for Matching {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let graph = Graph::read(&self.layout, &rows)?;
        let run = search::Searching::new(graph, self.what.clone(), Arc::clone(&self.schema))?;
        Ok(Box::new(run))
    }
}

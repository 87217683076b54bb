//! The columns of matches.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions,
            StringViewBuilder, UInt32Array,
        },
        compute::take,
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};
use kql::{
    types::Type,
    work::{Match, MatchOutput},
};

use super::{
    Graph,
    search::{Found, Way},
};
use crate::{
    args::{most_text, too_much_text},
    arrow_types::{dynamic_of, value_at},
};

/// Matches in a graph.
pub(super) struct View<'a> {
    pub(super) graph: &'a Graph,
    pub(super) found: &'a [Found],
}

impl View<'_> {
    /// The batch of what is asked of the matches.
    pub(super) fn batch(&self, what: &Match, schema: &SchemaRef) -> Result<RecordBatch> {
        let columns = what.outputs.iter().map(|it| self.column(*it)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.found.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
    }

    fn column(&self, output: MatchOutput) -> Result<ArrayRef> {
        Ok(match output {
            MatchOutput::Node(variable, column) => {
                take(edge_or_node(&self.graph.nodes, column)?, &self.nodes(variable), None)?
            }
            MatchOutput::Edge(hop, column) => {
                let edges: UInt32Array = self
                    .found
                    .iter()
                    .map(|it| it.ways.get(hop).and_then(|it| it.edges.first().copied()))
                    .collect();
                take(edge_or_node(&self.graph.edges, column)?, &edges, None)?
            }
            MatchOutput::Path(hop, column) => {
                let ty = self.graph.edge_types.get(column).copied().unwrap_or(Type::Dynamic);
                let values = edge_or_node(&self.graph.edges, column)?;
                self.arrays(values, ty, |it| way(it, hop).map_or(&[][..], |it| &it.edges))?
            }
            MatchOutput::Inner(hop, column) => {
                let ty = self.graph.node_types.get(column).copied().unwrap_or(Type::Dynamic);
                let values = edge_or_node(&self.graph.nodes, column)?;
                self.arrays(values, ty, |it| way(it, hop).map_or(&[][..], |it| &it.inner))?
            }
            MatchOutput::Length(hop) => self.longs(|it| {
                let length = way(it, hop).map_or(0, |it| it.edges.len());
                i64::try_from(length).unwrap_or(i64::MAX)
            }),
            MatchOutput::AllEdges(hop, column) => {
                let values = edge_or_node(&self.graph.edges, column)?;
                self.truths(values, true, |it| way(it, hop).map_or(&[][..], |it| &it.edges))?
            }
            MatchOutput::AnyEdge(hop, column) => {
                let values = edge_or_node(&self.graph.edges, column)?;
                self.truths(values, false, |it| way(it, hop).map_or(&[][..], |it| &it.edges))?
            }
            MatchOutput::AllInner(hop, column) => {
                let values = edge_or_node(&self.graph.nodes, column)?;
                self.truths(values, true, |it| way(it, hop).map_or(&[][..], |it| &it.inner))?
            }
            MatchOutput::AnyInner(hop, column) => {
                let values = edge_or_node(&self.graph.nodes, column)?;
                self.truths(values, false, |it| way(it, hop).map_or(&[][..], |it| &it.inner))?
            }
            MatchOutput::DegreeIn(variable) => self.degrees(&self.graph.reaching, variable),
            MatchOutput::DegreeOut(variable) => self.degrees(&self.graph.leaving, variable),
            MatchOutput::Key(variable) => take(&self.graph.keys, &self.nodes(variable), None)?,
        })
    }

    fn nodes(&self, variable: usize) -> UInt32Array {
        self.found.iter().map(|it| it.nodes.get(variable).copied()).collect()
    }

    fn longs(&self, each: impl Fn(&Found) -> i64) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(self.found.iter().map(each)))
    }

    fn degrees(&self, lists: &[Vec<u32>], variable: usize) -> ArrayRef {
        self.longs(|it| {
            let node = it.nodes.get(variable).copied().unwrap_or(u32::MAX);
            let degree = lists.get(node as usize).map_or(0, Vec::len);
            i64::try_from(degree).unwrap_or(i64::MAX)
        })
    }

    /// The values of the elements of a path, as a JSON array.
    fn arrays<'f>(
        &'f self,
        values: &ArrayRef,
        ty: Type,
        elements: impl Fn(&'f Found) -> &'f [u32],
    ) -> Result<ArrayRef> {
        let mut texts: HashMap<u32, String> = HashMap::new();
        let mut out = StringViewBuilder::with_capacity(self.found.len());
        let mut bytes = 0;
        for found in self.found {
            let mut array = String::from("[");
            for (nth, element) in elements(found).iter().enumerate() {
                if nth > 0 {
                    array.push(',');
                }
                if !texts.contains_key(element) {
                    let value = value_at(values, *element as usize, ty)?;
                    texts.insert(*element, dynamic_of(&value).to_string());
                }
                array.push_str(texts.get(element).map_or("null", String::as_str));
            }
            array.push(']');
            bytes += array.len();
            if bytes > most_text() {
                return Err(too_much_text().into());
            }
            out.append_value(array);
        }
        Ok(Arc::new(out.finish()))
    }

    fn truths<'f>(
        &'f self,
        values: &ArrayRef,
        all: bool,
        elements: impl Fn(&'f Found) -> &'f [u32],
    ) -> Result<ArrayRef> {
        let wrong = || DataFusionError::Internal("a test in a graph is no bool".to_owned());
        let values = values.as_boolean_opt().ok_or_else(wrong)?;
        let is_true = |at: &u32| {
            let at = *at as usize;
            at < values.len() && values.is_valid(at) && values.value(at)
        };
        let truths = self.found.iter().map(|found| {
            let mut elements = elements(found).iter();
            Some(if all { elements.all(is_true) } else { elements.any(is_true) })
        });
        Ok(Arc::new(truths.collect::<BooleanArray>()))
    }
}

fn way(found: &Found, hop: usize) -> Option<&Way> {
    found.ways.get(hop)
}

fn edge_or_node(columns: &[ArrayRef], at: usize) -> Result<&ArrayRef> {
    columns
        .get(at)
        .ok_or_else(|| DataFusionError::Internal("a graph has no such column".to_owned()))
}

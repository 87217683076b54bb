//! `mv-expand`: one row for each element of an array or bag.
//!
//! A row is opened only when its turn comes, so what is held is one row's elements (as places in
//! its text) and one batch of what comes out.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, StringViewArray,
            StringViewBuilder, UInt32Array,
        },
        compute::take,
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};
use kql::plan::Expanded;

use super::{BATCH, Flow};
use crate::{dynamic::scan, leash};

/// What an expansion does; the same for every run.
pub(crate) struct Shape {
    /// The output columns. Items come as JSON text.
    pub(crate) outputs: Vec<Expanded>,
    /// Where the items stand in the input.
    pub(crate) items: Vec<usize>,
    /// Bags give `[key, value]`.
    pub(crate) pairs: bool,
    /// The most rows made of one.
    pub(crate) limit: usize,
    /// What comes out.
    pub(crate) schema: SchemaRef,
}

/// One run.
pub(crate) struct Expand {
    shape: Arc<Shape>,
    batch: Option<Open>,
}

/// A batch being expanded.
struct Open {
    batch: RecordBatch,
    items: Vec<StringViewArray>,
    row: usize,
    /// The elements of the row, for each item; none before the row is opened.
    elements: Option<Vec<Vec<Element>>>,
    /// The next element.
    at: usize,
}

/// Where an element stands in its item's text; the key, too, when it is a bag's.
#[derive(Clone, Copy)]
struct Element {
    key: Option<(usize, usize)>,
    value: (usize, usize),
}

impl Expand {
    /// A run of this shape.
    pub(crate) fn new(shape: Arc<Shape>) -> Self {
        Self { shape, batch: None }
    }
}

impl Flow for Expand {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let items = self.shape.items.iter().map(|at| {
            let item = batch.columns().get(*at).and_then(|it| it.as_string_view_opt());
            item.cloned().ok_or_else(|| DataFusionError::Internal("an item is no text".to_owned()))
        });
        let items = items.collect::<Result<Vec<_>>>()?;
        self.batch = Some(Open { batch, items, row: 0, elements: None, at: 0 });
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(open) = &mut self.batch else { return Ok(None) };
        let mut out = Out::new(self.shape.items.len());
        while out.rows.len() < BATCH && open.row < open.batch.num_rows() {
            leash::check()?;
            open.step(&self.shape, &mut out);
        }
        if out.rows.is_empty() {
            self.batch = None;
            return Ok(None);
        }
        out.finish(&self.shape, &open.batch).map(Some)
    }

    fn size(&self) -> usize {
        self.batch.as_ref().map_or(0, |open| {
            let elements = open.elements.iter().flatten().map(Vec::capacity).sum::<usize>();
            elements * size_of::<Element>() + open.batch.get_array_memory_size()
        })
    }
}

impl Open {
    /// Makes rows of the current row until it or the batch is done.
    fn step(&mut self, shape: &Shape, out: &mut Out) {
        let row = self.row;
        let elements = self
            .elements
            .get_or_insert_with(|| self.items.iter().map(|it| elements(it, row)).collect());
        let most = elements.iter().map(Vec::len).max().unwrap_or(0).min(shape.limit);
        while self.at < most && out.rows.len() < BATCH {
            out.rows.push(u32::try_from(row).unwrap_or(u32::MAX));
            out.numbers.push(i64::try_from(self.at).unwrap_or(i64::MAX));
            for (nth, item) in self.items.iter().enumerate() {
                let element = elements.get(nth).and_then(|it| it.get(self.at));
                let text = if item.is_valid(row) { item.value(row) } else { "" };
                if let Some(column) = out.items.get_mut(nth) {
                    push(column, element.copied(), text, shape.pairs);
                }
            }
            self.at += 1;
        }
        if self.at >= most {
            (self.row, self.at, self.elements) = (row + 1, 0, None);
        }
    }
}

/// The elements of a cell: of an array or bag its own, of a null or plain value the value.
fn elements(item: &StringViewArray, row: usize) -> Vec<Element> {
    if !item.is_valid(row) {
        return vec![Element { key: None, value: (0, 0) }];
    }
    let text = item.value(row);
    let place = |part: &str| {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        (start, start + part.len())
    };
    if let Some(elements) = scan::elements(text) {
        return elements.map(|it| Element { key: None, value: place(it) }).collect();
    }
    if let Some(members) = scan::members(text) {
        return members
            .map(|(key, value)| Element { key: Some(place(key)), value: place(value) })
            .collect();
    }
    vec![Element { key: None, value: (0, text.len()) }]
}

fn push(column: &mut StringViewBuilder, element: Option<Element>, text: &str, pairs: bool) {
    let part = |(start, end): (usize, usize)| text.get(start..end).unwrap_or_default();
    match element {
        Some(Element { key: Some(key), value }) if pairs => {
            column.append_value(format!("[{},{}]", part(key), part(value)));
        }
        Some(Element { key: Some(key), value }) => {
            column.append_value(format!("{{{}:{}}}", part(key), part(value)));
        }
        Some(Element { key: None, value }) => match part(value) {
            "" | "null" => column.append_null(),
            value => column.append_value(value),
        },
        None => column.append_null(),
    }
}

/// What is being made.
struct Out {
    rows: Vec<u32>,
    numbers: Vec<i64>,
    items: Vec<StringViewBuilder>,
}

impl Out {
    fn new(items: usize) -> Self {
        let items = (0..items).map(|_| StringViewBuilder::new()).collect();
        Self { rows: Vec::new(), numbers: Vec::new(), items }
    }

    fn finish(mut self, shape: &Shape, input: &RecordBatch) -> Result<RecordBatch> {
        let count = self.rows.len();
        let rows = UInt32Array::from(self.rows);
        let items: Vec<ArrayRef> =
            self.items.iter_mut().map(|it| Arc::new(it.finish()) as ArrayRef).collect();
        let wrong = || DataFusionError::Internal("an expansion names no such column".to_owned());
        let mut columns = Vec::with_capacity(shape.outputs.len());
        for output in &shape.outputs {
            columns.push(match output {
                Expanded::Column(at) => {
                    take(input.columns().get(*at).ok_or_else(wrong)?, &rows, None)?
                }
                Expanded::Item(at) => Arc::clone(items.get(*at).ok_or_else(wrong)?),
                Expanded::Index => Arc::new(Int64Array::from(self.numbers.clone())),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&shape.schema), columns, &options)?)
    }
}

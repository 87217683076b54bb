//! `scan`: rows matched to steps one after the other.
//!
//! Each step keeps the latest rows of itself and of the steps before it. A row is held against the
//! steps from the last to the first: it takes the state of the step before along (and that one is
//! empty then), or replaces what the step has of itself. Expressions that read no state were worked
//! out for the whole batch; those that do are worked out row by row, over one row of the columns
//! they use.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array,
        },
        compute::take,
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
    physical_expr::PhysicalExpr,
    scalar::ScalarValue,
};
use kql::work::StepOutput;

use super::Flow;
use crate::{error::EngineError, leash};

/// Bytes of texts that are worth counting.
const LONG: usize = 1024;
/// Partitions that may be open at once.
const MOST_PARTITIONS: usize = 1_000_000;

/// What a scan does; the same for every run.
pub(crate) struct Scan {
    /// How many columns of the input come out.
    pub(crate) width: usize,
    /// The columns that part rows.
    pub(crate) partition: Vec<usize>,
    /// The defaults of the declared columns.
    pub(crate) defaults: Vec<ScalarValue>,
    /// The steps.
    pub(crate) steps: Vec<Step>,
    /// What is read of the state: the step, and a column of the input or a declared one.
    pub(crate) state: Vec<(usize, usize)>,
    /// What each of those is while the step has no row.
    pub(crate) nothing: Vec<ScalarValue>,
    /// The columns that expressions over the state see: those of the input in `used`, the declared
    /// ones, the state.
    pub(crate) seen: SchemaRef,
    /// Columns of the input among them.
    pub(crate) used: Vec<usize>,
    /// Numbers the matches.
    pub(crate) match_id: bool,
    /// What comes out.
    pub(crate) schema: SchemaRef,
}

/// A step.
pub(crate) struct Step {
    /// A match may leave it out.
    pub(crate) optional: bool,
    /// Which of its rows come out.
    pub(crate) output: StepOutput,
    /// Which rows belong to it.
    pub(crate) condition: Value,
    /// Declared columns, and what is written into each.
    pub(crate) assigned: Vec<(usize, Value)>,
}

/// How a value is worked out.
pub(crate) enum Value {
    /// A column of the input, computed in front of the scan.
    Column(usize),
    /// Over the columns of [`Scan::seen`].
    Expr(Arc<dyn PhysicalExpr>),
}

/// The state of a step: the latest rows of the steps up to it.
#[derive(Clone)]
struct State {
    /// For each step the values that are read of it, in the order of [`Scan::state`].
    records: Vec<Option<Arc<Values>>>,
    number: i64,
}

/// Values that outlive their row; long ones are counted.
struct Values {
    values: Vec<ScalarValue>,
    _held: Option<leash::Held>,
}

impl Values {
    fn new(values: Vec<ScalarValue>) -> Result<Self> {
        let texts = values.iter().filter_map(|it| match it {
            ScalarValue::Utf8View(text) => text.as_ref().map(String::len),
            _ => None,
        });
        let bytes: usize = texts.sum();
        let held = if bytes > LONG { leash::hold(bytes)? } else { None };
        Ok(Self { values, _held: held })
    }
}

/// The states of all steps.
type States = Vec<Option<State>>;

/// A row that comes out.
struct Found {
    row: Held,
    declared: Arc<Values>,
    number: i64,
}

/// Where its columns are.
enum Held {
    /// In the batch at hand.
    Here(u32),
    /// Kept from an earlier batch.
    Kept(RecordBatch),
}

/// One run.
pub(crate) struct Scanning {
    scan: Arc<Scan>,
    states: HashMap<Vec<ScalarValue>, States>,
    /// For steps with `output=last`, the last row, by partition and step.
    last: HashMap<(Vec<ScalarValue>, usize), Found>,
    next_number: i64,
    ready: VecDeque<RecordBatch>,
}

impl Scanning {
    /// A run of this scan.
    pub(crate) fn new(scan: Arc<Scan>) -> Self {
        Self {
            scan,
            states: HashMap::new(),
            last: HashMap::new(),
            next_number: 0,
            ready: VecDeque::new(),
        }
    }

    fn row(&mut self, batch: &RecordBatch, row: usize, found: &mut Vec<Found>) -> Result<()> {
        let scan = Arc::clone(&self.scan);
        let key = scan
            .partition
            .iter()
            .map(|at| ScalarValue::try_from_array(batch.column(*at), row))
            .collect::<Result<Vec<_>>>()?;
        if self.states.len() >= MOST_PARTITIONS && !self.states.contains_key(&key) {
            let message = format!("`scan` has more than {MOST_PARTITIONS} partitions");
            return Err(EngineError::refused(message).into());
        }
        let mut states = self.states.remove(&key).unwrap_or_else(|| vec![None; scan.steps.len()]);
        for at in (0..scan.steps.len()).rev() {
            self.step(&mut states, &key, at, batch, row, found)?;
        }
        self.states.insert(key, states);
        Ok(())
    }

    /// Holds a row against a step.
    fn step(
        &mut self,
        states: &mut States,
        key: &[ScalarValue],
        at: usize,
        batch: &RecordBatch,
        row: usize,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let scan = Arc::clone(&self.scan);
        let Some(step) = scan.steps.get(at) else { return Ok(()) };
        // the step whose state is taken along: the one before, or one before that if it is optional
        let mut before = None;
        for earlier in (0..at).rev() {
            if states.get(earlier).is_some_and(Option::is_some) {
                before = Some(earlier);
                break;
            }
            if !scan.steps.get(earlier).is_some_and(|it| it.optional) {
                break;
            }
        }
        if let Some(earlier) = before
            && let Some(base) = states.get(earlier).cloned().flatten()
            && scan.holds(step, Some(&base), batch, row)?
        {
            self.let_out(key, at, batch, found);
            self.let_out(key, earlier, batch, found);
            if let Some(place) = states.get_mut(earlier) {
                *place = None;
            }
            return self.matched(states, key, at, Some(base), batch, row, found);
        }
        let own = states.get(at).cloned().flatten();
        let first = (0..at).all(|it| scan.steps.get(it).is_some_and(|it| it.optional));
        if (own.is_some() || first) && scan.holds(step, own.as_ref(), batch, row)? {
            return self.matched(states, key, at, own, batch, row, found);
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one decision")]
    fn matched(
        &mut self,
        states: &mut States,
        key: &[ScalarValue],
        at: usize,
        base: Option<State>,
        batch: &RecordBatch,
        row: usize,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let scan = Arc::clone(&self.scan);
        let Some(step) = scan.steps.get(at) else { return Ok(()) };
        let mut declared = scan.defaults.clone();
        for (column, value) in &step.assigned {
            let value = scan.value(value, base.as_ref(), batch, row)?;
            if let Some(place) = declared.get_mut(*column) {
                *place = value;
            }
        }
        let mut state = base.unwrap_or_else(|| {
            self.next_number += 1;
            State { records: vec![None; scan.steps.len()], number: self.next_number - 1 }
        });
        let record = scan.record(at, batch, row, &declared)?;
        if let Some(place) = state.records.get_mut(at) {
            *place = Some(Arc::new(Values::new(record)?));
        }
        let declared = Arc::new(Values::new(declared)?);
        let number = state.number;
        if let Some(place) = states.get_mut(at) {
            *place = Some(state);
        }
        let here = u32::try_from(row).unwrap_or(u32::MAX);
        match step.output {
            StepOutput::All => {
                found.push(Found { row: Held::Here(here), declared, number });
            }
            StepOutput::Last => {
                let kept = Found { row: Held::Here(here), declared, number };
                self.last.insert((key.to_vec(), at), kept);
            }
            StepOutput::None => {}
        }
        Ok(())
    }

    /// The last row of a step comes out: its match goes on, or a new one begins.
    fn let_out(&mut self, key: &[ScalarValue], at: usize, _: &RecordBatch, found: &mut Vec<Found>) {
        let waits = self.scan.steps.get(at).is_some_and(|it| it.output == StepOutput::Last);
        if waits && let Some(last) = self.last.remove(&(key.to_vec(), at)) {
            found.push(last);
        }
    }
}

impl Scan {
    fn holds(
        &self,
        step: &Step,
        state: Option<&State>,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<bool> {
        if let Value::Column(at) = step.condition {
            let column = batch.columns().get(at).and_then(|it| it.as_boolean_opt());
            return Ok(column.is_some_and(|it| it.is_valid(row) && it.value(row)));
        }
        let value = self.value(&step.condition, state, batch, row)?;
        Ok(matches!(value, ScalarValue::Boolean(Some(true))))
    }

    fn value(
        &self,
        value: &Value,
        state: Option<&State>,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<ScalarValue> {
        match value {
            Value::Column(at) => ScalarValue::try_from_array(batch.column(*at), row),
            Value::Expr(expr) => {
                let one = self.one_row(state, batch, row)?;
                let array = expr.evaluate(&one)?.into_array(1)?;
                ScalarValue::try_from_array(&array, 0)
            }
        }
    }

    /// One row of what expressions over the state see.
    fn one_row(
        &self,
        state: Option<&State>,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> =
            self.used.iter().map(|at| batch.column(*at).slice(row, 1)).collect();
        for default in &self.defaults {
            columns.push(default.to_array()?);
        }
        for (nth, (step, _)) in self.state.iter().enumerate() {
            let record = state.and_then(|it| it.records.get(*step)).and_then(Option::as_ref);
            let place = self.state.iter().take(nth).filter(|it| it.0 == *step).count();
            let value =
                record.and_then(|it| it.values.get(place)).or_else(|| self.nothing.get(nth));
            columns.push(value.ok_or_else(wrong)?.to_array()?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.seen), columns, &options)?)
    }

    /// What is read of a step once it has this row.
    fn record(
        &self,
        at: usize,
        batch: &RecordBatch,
        row: usize,
        declared: &[ScalarValue],
    ) -> Result<Vec<ScalarValue>> {
        let read = self.state.iter().filter(|it| it.0 == at);
        read.map(|(_, column)| match column.checked_sub(self.width) {
            Some(nth) => declared.get(nth).cloned().ok_or_else(wrong),
            None => ScalarValue::try_from_array(batch.column(*column), row).map(|mut it| {
                it.compact();
                it
            }),
        })
        .collect()
    }

    /// Rows as they come out.
    fn made(&self, batch: &RecordBatch, found: Vec<Found>) -> Result<Vec<RecordBatch>> {
        let mut out = Vec::new();
        let mut here: Vec<Found> = Vec::new();
        for it in found {
            match &it.row {
                Held::Here(_) => here.push(it),
                Held::Kept(kept) => {
                    if !here.is_empty() {
                        out.push(self.batch(batch, &std::mem::take(&mut here))?);
                    }
                    let kept = kept.clone();
                    let row = Held::Here(0);
                    out.push(self.batch(&kept, &[Found { row, ..it }])?);
                }
            }
        }
        if !here.is_empty() {
            out.push(self.batch(batch, &here)?);
        }
        Ok(out)
    }

    fn batch(&self, batch: &RecordBatch, found: &[Found]) -> Result<RecordBatch> {
        let rows: UInt32Array = found
            .iter()
            .map(|it| match it.row {
                Held::Here(row) => Some(row),
                Held::Kept(_) => None,
            })
            .collect();
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for column in batch.columns().iter().take(self.width) {
            columns.push(take(column, &rows, None)?);
        }
        for nth in 0..self.defaults.len() {
            let values = found.iter().filter_map(|it| it.declared.values.get(nth).cloned());
            columns.push(ScalarValue::iter_to_array(values)?);
        }
        if self.match_id {
            columns.push(Arc::new(Int64Array::from_iter_values(found.iter().map(|it| it.number))));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(found.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

fn wrong() -> DataFusionError {
    DataFusionError::Internal("a scan reads no such state".to_owned())
}

impl Flow for Scanning {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let mut found = Vec::new();
        for row in 0..batch.num_rows() {
            leash::check()?;
            self.row(&batch, row, &mut found)?;
        }
        let scan = Arc::clone(&self.scan);
        self.ready.extend(scan.made(&batch, found)?);
        // rows that wait for their match to go on outlive the batch
        for last in self.last.values_mut() {
            if let Held::Here(row) = last.row {
                let row = UInt32Array::from(vec![row]);
                let columns = batch.columns().iter().map(|it| take(it, &row, None));
                let columns = columns.collect::<std::result::Result<Vec<_>, _>>()?;
                last.row = Held::Kept(RecordBatch::try_new(batch.schema(), columns)?);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let mut last: Vec<((Vec<ScalarValue>, usize), Found)> = self.last.drain().collect();
        last.sort_by_key(|((_, step), found)| (found.number, *step));
        let scan = Arc::clone(&self.scan);
        for (_, found) in last {
            if let Held::Kept(kept) = &found.row {
                let kept = kept.clone();
                let row = Held::Here(0);
                self.ready.push_back(scan.batch(&kept, &[Found { row, ..found }])?);
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.ready.pop_front())
    }

    fn size(&self) -> usize {
        let ready: usize = self.ready.iter().map(RecordBatch::get_array_memory_size).sum();
        let one = (self.scan.steps.len() + self.scan.state.len()) * 96 + 64;
        ready + self.states.len() * one + self.last.len() * 1024
    }
}

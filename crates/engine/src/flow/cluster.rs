//! `autocluster`, `basket`, `diffpatterns`: segments of rows that share values.
//!
//! All three begin with the segments that are frequent enough, found by joining lists of row
//! numbers depth first. `basket` gives all of them; `diffpatterns` those whose share differs between
//! the two sides and that no narrower segment says better; `autocluster` takes the one with the best
//! mix of size and detail, then the best among those that cover rows it does not, and so on.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringViewBuilder,
            UInt32Array,
        },
        compute::{cast, take},
        datatypes::{DataType, Int64Type, SchemaRef},
    },
    common::Result,
    error::DataFusionError,
};
use kql::work::{Cluster, ClusterKind};

use super::gather::{Algorithm, Ready, Run};
use crate::{
    error::EngineError,
    leash::{self, Held, Pace},
};

/// Segments looked at, at most.
const MOST_SEGMENTS: usize = 20_000;
/// Rows on all lists of one branch, at most.
const MOST_LISTED: usize = 64 << 20;
/// Bytes that a row takes on the lists of a dimension's values, at most.
const LISTED: usize = 64;
/// Segments of `autocluster`, at most.
const MOST_CLUSTERS: usize = 10;
/// Dimensions of a segment of `autocluster`, at most.
const DIMENSIONS: usize = 5;
/// The share of rows that a segment of `autocluster` needs.
const SMALLEST: f64 = 0.02;

/// The algorithm.
pub(crate) struct Segments {
    /// Which, and what stands in front of the dimensions.
    pub(crate) what: Cluster,
    /// What comes out.
    pub(crate) schema: SchemaRef,
}

/// A value of a dimension, with the rows that have it.
struct Item {
    dimension: usize,
    rows: Vec<u32>,
}

/// A segment.
#[derive(Clone)]
struct Segment {
    items: Vec<usize>,
    rows: Vec<u32>,
    a: i64,
    b: i64,
}

/// What every row weighs, and on which side.
struct Weights {
    weights: Option<Int64Array>,
    /// For differences: true is the second side, none is neither.
    sides: Option<Vec<Option<bool>>>,
}

impl Weights {
    fn of(&self, row: u32) -> i64 {
        let row = row as usize;
        self.weights.as_ref().map_or(1, |it| if it.is_valid(row) { it.value(row) } else { 0 })
    }

    /// How much rows weigh on either side; without sides all on the first.
    fn sum(&self, rows: &[u32]) -> (i64, i64) {
        let mut sums = (0_i64, 0_i64);
        for row in rows {
            let weight = self.of(*row);
            match &self.sides {
                Some(sides) => match sides.get(*row as usize) {
                    Some(Some(false)) => sums.0 = sums.0.saturating_add(weight),
                    Some(Some(true)) => sums.1 = sums.1.saturating_add(weight),
                    _ => {}
                },
                None => sums.0 = sums.0.saturating_add(weight),
            }
        }
        sums
    }
}

/// The search.
struct Search<'a> {
    items: &'a [Item],
    weights: &'a Weights,
    totals: (i64, i64),
    share: f64,
    dimensions: usize,
    found: Vec<Segment>,
    listed: usize,
    held: Option<Held>,
}

impl Search<'_> {
    fn is_frequent(&self, (a, b): (i64, i64)) -> bool {
        share(a, self.totals.0) >= self.share || share(b, self.totals.1) >= self.share
    }

    fn deeper(&mut self, segment: &Segment) -> Result<()> {
        let last = segment.items.last().copied();
        if segment.items.len() >= self.dimensions {
            return Ok(());
        }
        let last_dimension = last.and_then(|it| self.items.get(it)).map(|it| it.dimension);
        for at in last.map_or(0, |it| it + 1)..self.items.len() {
            let Some(item) = self.items.get(at) else { break };
            if Some(item.dimension) == last_dimension {
                continue;
            }
            leash::check()?;
            let rows =
                if last.is_none() { item.rows.clone() } else { common(&segment.rows, &item.rows) };
            let (a, b) = self.weights.sum(&rows);
            if rows.is_empty() || !self.is_frequent((a, b)) {
                continue;
            }
            let mut items = segment.items.clone();
            items.push(at);
            self.listed += rows.len();
            if self.found.len() >= MOST_SEGMENTS || self.listed > MOST_LISTED {
                return Err(EngineError::refused(format!(
                    "there are more than {MOST_SEGMENTS} frequent segments; raise the threshold, \
                     or keep fewer columns"
                ))
                .into());
            }
            if let Some(held) = &mut self.held {
                // it is kept, and goes down the branch
                held.grow(2 * rows.len() * size_of::<u32>())?;
            }
            let found = Segment { items, rows, a, b };
            self.found.push(found.clone());
            self.deeper(&found)?;
        }
        Ok(())
    }
}

fn share(count: i64, total: i64) -> f64 {
    if total == 0 { 0.0 } else { count as f64 / total as f64 }
}

/// The numbers on both of two ascending lists.
fn common(one: &[u32], two: &[u32]) -> Vec<u32> {
    let mut both = Vec::with_capacity(one.len().min(two.len()));
    let (mut one, mut two) = (one.iter().peekable(), two.iter().peekable());
    while let (Some(left), Some(right)) = (one.peek(), two.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => {
                one.next();
            }
            std::cmp::Ordering::Greater => {
                two.next();
            }
            std::cmp::Ordering::Equal => {
                both.push(**left);
                one.next();
                two.next();
            }
        }
    }
    both
}

impl Algorithm for Segments {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let wrong = || DataFusionError::Internal("segments of what is no column".to_owned());
        let mut columns = rows.columns().iter();
        let weights = if self.what.weighted {
            let weights = columns.next().and_then(|it| it.as_primitive_opt::<Int64Type>());
            Some(weights.ok_or_else(wrong)?.clone())
        } else {
            None
        };
        let sides = match &self.what.kind {
            ClusterKind::Difference { a, b, .. } => {
                let split = columns.next().and_then(|it| it.as_string_view_opt());
                let split = split.ok_or_else(wrong)?;
                let side = |text: Option<&str>| match text {
                    Some(text) if text.eq_ignore_ascii_case(a) => Some(false),
                    Some(text) if text.eq_ignore_ascii_case(b) => Some(true),
                    _ => None,
                };
                Some(split.iter().map(side).collect())
            }
            ClusterKind::Auto { .. } | ClusterKind::Basket { .. } => None,
        };
        let columns: Vec<ArrayRef> = columns.cloned().collect();
        let weights = Weights { weights, sides };
        let all: Vec<u32> = (0..u32::try_from(rows.num_rows()).unwrap_or(u32::MAX)).collect();
        let totals = weights.sum(&all);
        let (share, dimensions) = match self.what.kind {
            ClusterKind::Auto { .. } => (SMALLEST, DIMENSIONS),
            ClusterKind::Basket { threshold, dimensions }
            | ClusterKind::Difference { threshold, dimensions, .. } => (threshold, dimensions),
        };
        let items = items(&columns, &weights, totals, share)?;
        let mut search = Search {
            items: &items,
            weights: &weights,
            totals,
            share,
            dimensions,
            found: Vec::new(),
            listed: 0,
            held: leash::hold(0)?,
        };
        search.deeper(&Segment { items: Vec::new(), rows: Vec::new(), a: 0, b: 0 })?;
        let found = search.found;
        let chosen = match self.what.kind {
            ClusterKind::Basket { .. } => by_size(found),
            ClusterKind::Auto { size_weight } => clusters(found, &weights, totals.0, size_weight)?,
            ClusterKind::Difference { threshold, .. } => differences(found, totals, threshold),
        };
        let made = self.made(&columns, &items, &chosen, totals)?;
        Ok(Ready::boxed(made))
    }
}

/// The values that are frequent by themselves.
fn items(
    columns: &[ArrayRef],
    weights: &Weights,
    totals: (i64, i64),
    least: f64,
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut held = leash::hold(0)?;
    let mut pace = Pace::default();
    for (dimension, column) in columns.iter().enumerate() {
        let rows_of = column.len() * LISTED;
        if let Some(held) = &mut held {
            held.grow(rows_of)?;
        }
        let texts = cast(column, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        let mut lists: HashMap<&str, Vec<u32>> = HashMap::new();
        for row in 0..texts.len() {
            pace.check()?;
            if texts.is_valid(row) && !texts.value(row).is_empty() {
                let row_number = u32::try_from(row).unwrap_or(u32::MAX);
                lists.entry(texts.value(row)).or_default().push(row_number);
            }
        }
        let mut kept: Vec<Vec<u32>> = lists
            .into_values()
            .filter(|rows| {
                let (a, b) = weights.sum(rows);
                share(a, totals.0) >= least || share(b, totals.1) >= least
            })
            .collect();
        kept.sort_by(|one, two| two.len().cmp(&one.len()).then(one.cmp(two)));
        items.extend(kept.into_iter().map(|rows| Item { dimension, rows }));
    }
    Ok(items)
}

fn by_size(mut found: Vec<Segment>) -> Vec<Segment> {
    found.sort_by(|one, two| {
        two.a
            .cmp(&one.a)
            .then(two.items.len().cmp(&one.items.len()))
            .then(one.items.cmp(&two.items))
    });
    found
}

/// A few segments that cover much.
fn clusters(found: Vec<Segment>, weights: &Weights, total: i64, size: f64) -> Result<Vec<Segment>> {
    let score = |segment: &Segment, new: i64| {
        let detail = segment.items.len() as f64 / DIMENSIONS as f64;
        share(new, total).powf(size) * detail.powf(1.0 - size)
    };
    let mut left = by_size(found);
    let rows = left.iter().filter_map(|it| it.rows.last()).max().map_or(0, |it| *it as usize + 1);
    let mut covered = vec![false; rows];
    let is_new = |covered: &[bool], row: u32| !covered.get(row as usize).copied().unwrap_or(true);
    let mut chosen = Vec::new();
    while chosen.len() < MOST_CLUSTERS {
        let mut best: Option<(usize, f64)> = None;
        for (at, segment) in left.iter().enumerate() {
            leash::check()?;
            let new: i64 = segment
                .rows
                .iter()
                .filter(|it| is_new(&covered, **it))
                .map(|it| weights.of(*it))
                .sum();
            // a segment that mostly repeats what is covered says nothing new
            if new * 2 <= segment.a {
                continue;
            }
            let score = score(segment, new);
            if best.is_none_or(|(_, known)| score > known) {
                best = Some((at, score));
            }
        }
        let Some((at, _)) = best else { break };
        let segment = left.remove(at);
        for row in &segment.rows {
            if let Some(place) = covered.get_mut(*row as usize) {
                *place = true;
            }
        }
        chosen.push(segment);
    }
    Ok(chosen)
}

/// Segments whose share differs enough, without those that a narrower one says as well.
fn differences(found: Vec<Segment>, totals: (i64, i64), least: f64) -> Vec<Segment> {
    let difference = |it: &Segment| (share(it.a, totals.0) - share(it.b, totals.1)).abs();
    let kept: Vec<Segment> = found.into_iter().filter(|it| difference(it) >= least).collect();
    let mut counts: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    for (at, segment) in kept.iter().enumerate() {
        counts.entry((segment.a, segment.b)).or_default().push(at);
    }
    let is_said = |segment: &Segment| {
        let same = counts.get(&(segment.a, segment.b)).map_or(&[][..], Vec::as_slice);
        same.iter().filter_map(|at| kept.get(*at)).any(|other| {
            other.items.len() > segment.items.len()
                && segment.items.iter().all(|it| other.items.contains(it))
        })
    };
    let mut chosen: Vec<Segment> = kept.iter().filter(|it| !is_said(it)).cloned().collect();
    chosen.sort_by(|one, two| {
        difference(two).total_cmp(&difference(one)).then(one.items.cmp(&two.items))
    });
    chosen
}

impl Segments {
    fn made(
        &self,
        columns: &[ArrayRef],
        items: &[Item],
        chosen: &[Segment],
        totals: (i64, i64),
    ) -> Result<RecordBatch> {
        let longs = |each: &dyn Fn(usize, &Segment) -> i64| -> ArrayRef {
            let values = chosen.iter().enumerate().map(|(at, it)| each(at, it));
            Arc::new(Int64Array::from_iter_values(values))
        };
        let percent = |count: i64, total: i64| (share(count, total) * 1000.0).round() / 10.0;
        let reals = |each: &dyn Fn(&Segment) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(chosen.iter().map(each)))
        };
        let number = longs(&|at, _| i64::try_from(at).unwrap_or(i64::MAX));
        let mut out = vec![number, longs(&|_, it| it.a)];
        match self.what.kind {
            ClusterKind::Auto { .. } | ClusterKind::Basket { .. } => {
                out.push(reals(&|it| percent(it.a, totals.0)));
            }
            ClusterKind::Difference { .. } => {
                out.push(longs(&|_, it| it.b));
                out.push(reals(&|it| percent(it.a, totals.0)));
                out.push(reals(&|it| percent(it.b, totals.1)));
                out.push(reals(&|it| {
                    let difference = share(it.a, totals.0) - share(it.b, totals.1);
                    (difference.abs() * 1000.0).round() / 10.0
                }));
            }
        }
        let first = out.len();
        for (dimension, column) in columns.iter().enumerate() {
            let place = |segment: &Segment| {
                let mut own = segment.items.iter().filter_map(|it| items.get(*it));
                own.find(|it| it.dimension == dimension).and_then(|it| it.rows.first().copied())
            };
            let rows: UInt32Array = chosen.iter().map(place).collect();
            let values = take(column, &rows, None)?;
            let empty =
                self.schema.fields().get(first + dimension).is_some_and(|it| !it.is_nullable());
            out.push(if empty { empty_texts(&values) } else { values });
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), out)?)
    }
}

/// Texts without nulls.
pub(super) fn empty_texts(values: &ArrayRef) -> ArrayRef {
    match values.as_string_view_opt() {
        Some(texts) => {
            let mut out = StringViewBuilder::with_capacity(texts.len());
            for text in texts {
                out.append_value(text.unwrap_or(""));
            }
            Arc::new(out.finish())
        }
        None => Arc::clone(values),
    }
}

//! `arg_max` and `arg_min`: columns of the row where an expression is largest or smallest.
//!
//! The expression is encoded so that bytes compare as values do, with nulls below everything (and
//! turned round for `arg_min`), so the winner of a group is the largest bytes. Only the winners of
//! a batch have their columns copied. Rows where the expression is null lose, but if there is
//! nothing else, one of them still gives the columns.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, BinaryArray, BinaryBuilder, BooleanArray, StructArray, UInt32Array,
        },
        compute::{SortOptions, take},
        datatypes::{DataType, Field, Fields},
        row::{RowConverter, SortField},
    },
    common::Result,
    error::DataFusionError,
    functions::core::expr_fn::get_field,
    logical_expr::{EmitTo, Expr, GroupsAccumulator},
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    ANY, AggregateCall, AggregateImpl, Made,
    fold::{self, Make},
};
use crate::{arrow_types::arrow_type, lower::compare::coalesce_text};

const COLUMNS: Param = Param::any("columns").opt().many();

/// `arg_max`.
pub(crate) const ARG_MAX: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "arg_max",
        params: &[ANY, COLUMNS],
        returns: Returns::Arg(0),
        naming: Naming::FirstArgument,
        doc: "The largest value of `expr`, and other columns (`*` for all) of the row that has it.",
    },
    lower: |call| Ok(made(call, true)),
};

/// `arg_min`.
pub(crate) const ARG_MIN: AggregateImpl = AggregateImpl {
    def: AggregateDef {
        name: "arg_min",
        params: &[ANY, COLUMNS],
        returns: Returns::Arg(0),
        naming: Naming::FirstArgument,
        doc: "The smallest value of `expr`, and other columns (`*` for all) of the row that has it.",
    },
    lower: |call| Ok(made(call, false)),
};

fn made(call: &AggregateCall<'_>, largest: bool) -> Made {
    let types: Vec<DataType> = call.args.iter().map(|(_, ty)| arrow_type(*ty)).collect();
    let fields: Fields = types
        .iter()
        .enumerate()
        .map(|(at, ty)| Field::new(format!("f{at}"), ty.clone(), true))
        .collect();
    let returns = DataType::Struct(fields.clone());
    let make: Make = Arc::new(move || Box::new(Winners::new(fields.clone(), largest)));
    let args = call.args.iter().map(|(arg, _)| arg.clone()).collect();
    let name = if largest { "arg_max" } else { "arg_min" };
    let aggregate = fold::custom(name, String::new(), make, args, returns);
    Made::one(aggregate, |results, call| {
        let Some(row) = results.first() else { return Vec::new() };
        let column = |(at, (_, ty)): (usize, &(Expr, Type))| {
            let column = get_field(row.clone(), format!("f{at}"));
            if *ty == Type::String { coalesce_text(column) } else { column }
        };
        call.args.iter().enumerate().map(column).collect()
    })
}

/// The encoded expression and columns of a group's best row.
type Best = Option<(Box<[u8]>, Box<[u8]>)>;

struct Winners {
    fields: Fields,
    largest: bool,
    best: Vec<Best>,
    bytes: usize,
    /// For each group its best row of the batch at hand; [`NO_ROW`] between batches.
    winner: Vec<u32>,
}

const NO_ROW: u32 = u32::MAX;

impl Winners {
    fn new(fields: Fields, largest: bool) -> Self {
        Self { fields, largest, best: Vec::new(), bytes: 0, winner: Vec::new() }
    }

    fn keys(&self) -> Result<RowConverter> {
        let options = SortOptions { descending: !self.largest, nulls_first: true };
        let ty = self.fields.first().map_or(DataType::Null, |field| field.data_type().clone());
        Ok(RowConverter::new(vec![SortField::new_with_options(ty, options)])?)
    }

    fn columns(&self) -> Result<RowConverter> {
        let fields = self.fields.iter().map(|field| SortField::new(field.data_type().clone()));
        Ok(RowConverter::new(fields.collect())?)
    }

    fn offer(&mut self, group: usize, key: &[u8], columns: &[u8]) {
        let slot = &mut self.best[group];
        if slot.as_ref().is_some_and(|(best, _)| **best >= *key) {
            return;
        }
        let freed = slot.as_ref().map_or(0, |(key, columns)| key.len() + columns.len());
        self.bytes = (self.bytes + key.len() + columns.len()).saturating_sub(freed);
        *slot = Some((key.into(), columns.into()));
    }

    fn emit(&mut self, emit: EmitTo) -> Vec<Best> {
        let out = match emit {
            EmitTo::All => std::mem::take(&mut self.best),
            EmitTo::First(n) => self.best.drain(..n).collect(),
        };
        let freed: usize = out.iter().flatten().map(|(one, two)| one.len() + two.len()).sum();
        self.bytes = self.bytes.saturating_sub(freed);
        out
    }
}

fn save(best: &Best, out: &mut BinaryBuilder) {
    match best {
        None => out.append_null(),
        Some((key, columns)) => {
            let length = (key.len() as u64).to_le_bytes();
            out.append_value([&length, &**key, &**columns].concat());
        }
    }
}

fn load(saved: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = saved.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

impl GroupsAccumulator for Winners {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.best.resize_with(total, || None);
        let Some(keys) = values.first() else { return Ok(()) };
        let keys = self.keys()?.convert_columns(&[Arc::clone(keys)])?;
        // The best row of each group in this batch, if it beats what the group has.
        let mut winner = std::mem::take(&mut self.winner);
        winner.resize(total.max(winner.len()), NO_ROW);
        let mut touched = Vec::new();
        for (row, group) in groups.iter().enumerate() {
            if !fold::keeps(filter, row) {
                continue;
            }
            let key = keys.row(row);
            let beaten = match winner[*group] {
                NO_ROW => match &self.best[*group] {
                    Some((best, _)) => *key.as_ref() > **best,
                    None => true,
                },
                other => key > keys.row(other as usize),
            };
            if beaten {
                if winner[*group] == NO_ROW {
                    touched.push(*group);
                }
                winner[*group] = row as u32;
            }
        }
        let rows: UInt32Array = touched.iter().map(|group| winner[*group]).collect();
        let columns =
            values.iter().map(|array| Ok(take(array, &rows, None)?)).collect::<Result<Vec<_>>>()?;
        let columns = self.columns()?.convert_columns(&columns)?;
        for (at, group) in touched.into_iter().enumerate() {
            let key = keys.row(winner[group] as usize);
            self.offer(group, key.as_ref(), columns.row(at).as_ref());
            winner[group] = NO_ROW;
        }
        self.winner = winner;
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let best = self.emit(emit);
        let nothing: Vec<ArrayRef> = self
            .fields
            .iter()
            .map(|field| datafusion::arrow::array::new_null_array(field.data_type(), 1))
            .collect();
        let converter = self.columns()?;
        let nothing = converter.convert_columns(&nothing)?;
        let parser = converter.parser();
        let rows = best.iter().map(|best| match best {
            Some((_, columns)) => parser.parse(columns),
            None => nothing.row(0),
        });
        let columns = converter.convert_rows(rows)?;
        Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, None)?))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut out = BinaryBuilder::new();
        self.emit(emit).iter().for_each(|best| save(best, &mut out));
        Ok(vec![Arc::new(out.finish())])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.best.resize_with(total, || None);
        let saved: &BinaryArray = fold::saved(values)?;
        for (row, group) in groups.iter().enumerate() {
            if saved.is_null(row) {
                continue;
            }
            let (key, columns) = load(saved.value(row)).ok_or_else(|| {
                DataFusionError::Internal("a saved arg_max is too short".to_owned())
            })?;
            self.offer(*group, key, columns);
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, Array::len);
        let mut each = Self::new(self.fields.clone(), self.largest);
        let groups: Vec<usize> = (0..rows).collect();
        each.update_batch(values, &groups, filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.bytes + self.best.capacity() * size_of::<Best>() + self.winner.capacity() * 4
    }
}

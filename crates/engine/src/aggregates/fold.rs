//! Aggregates of our own: one state per group, folded row by row, saved as bytes between stages.
//!
//! An aggregate says how a state takes a row, how it is saved and merged, and how states become a
//! column ([`Fold`]). The rest of what DataFusion wants is the same for all of them and stands
//! here.

use std::{
    fmt::{self, Debug},
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanArray},
        datatypes::{DataType, Field, FieldRef},
    },
    common::Result,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, Expr, GroupsAccumulator, Signature,
        Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
    scalar::ScalarValue,
};

use crate::leash::{self, Pace};

/// How one aggregate folds.
pub(crate) trait Fold: Send + Sync + 'static {
    /// What a group remembers.
    type State: Default + Send + 'static;
    /// A batch of arguments made ready to be read by row.
    type Batch;

    /// Readies a batch.
    fn batch(&self, args: &[ArrayRef]) -> Result<Self::Batch>;
    /// Takes a row.
    fn row(&self, state: &mut Self::State, batch: &Self::Batch, row: usize);
    /// Takes a state that was saved elsewhere.
    fn merge(&self, state: &mut Self::State, saved: &[u8]);
    /// Saves a state.
    fn save(&self, state: &Self::State) -> Vec<u8>;
    /// One cell per state.
    fn finish(&self, states: &[Self::State]) -> Result<ArrayRef>;
    /// Bytes a state holds outside of itself, about.
    fn size(state: &Self::State) -> usize;
}

/// A call of a fold: `key` tells calls with other settings apart.
pub(crate) fn aggregate<F: Fold>(
    name: &'static str,
    key: String,
    fold: F,
    args: Vec<Expr>,
    returns: DataType,
) -> Expr {
    let fold = Arc::new(fold);
    let make: Make = Arc::new(move || {
        Box::new(Folding { fold: Arc::clone(&fold), states: Vec::new(), bytes: 0 })
    });
    custom(name, key, make, args, returns)
}

/// Makes an accumulator.
pub(crate) type Make = Arc<dyn Fn() -> Box<dyn GroupsAccumulator> + Send + Sync>;

/// A call of an aggregate that brings its own accumulator, whose state is one column of bytes.
pub(crate) fn custom(
    name: &'static str,
    key: String,
    make: Make,
    args: Vec<Expr>,
    returns: DataType,
) -> Expr {
    let signature = Signature::any(args.len(), Volatility::Immutable);
    let udaf = OurUdaf { name, key, make, returns, signature };
    AggregateUDF::new_from_impl(udaf).call(args)
}

struct OurUdaf {
    name: &'static str,
    key: String,
    make: Make,
    returns: DataType,
    signature: Signature,
}

impl Debug for OurUdaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OurUdaf").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for OurUdaf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.key == other.key && self.returns == other.returns
    }
}

impl Eq for OurUdaf {}

impl Hash for OurUdaf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.key.hash(state);
    }
}

impl AggregateUDFImpl for OurUdaf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Single(Mutex::new((self.make)()))))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[state]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok((self.make)())
    }

    fn order_sensitivity(&self) -> datafusion::logical_expr::utils::AggregateOrderSensitivity {
        datafusion::logical_expr::utils::AggregateOrderSensitivity::Insensitive
    }
}

struct Folding<F: Fold> {
    fold: Arc<F>,
    states: Vec<F::State>,
    bytes: usize,
}

impl<F: Fold> Folding<F> {
    fn emit(&mut self, emit: EmitTo) -> Vec<F::State> {
        let states = match emit {
            EmitTo::All => std::mem::take(&mut self.states),
            EmitTo::First(n) => self.states.drain(..n).collect(),
        };
        let bytes: usize = states.iter().map(F::size).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        states
    }
}

impl<F: Fold> GroupsAccumulator for Folding<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.states.resize_with(total, Default::default);
        let batch = self.fold.batch(values)?;
        let mut pace = Pace::default();
        for (row, group) in groups.iter().enumerate() {
            pace.check()?;
            if keeps(filter, row) {
                let state = &mut self.states[*group];
                let before = F::size(state);
                self.fold.row(state, &batch, row);
                self.bytes = (self.bytes + F::size(state)).saturating_sub(before);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let states = self.emit(emit);
        self.fold.finish(&states)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let states = self.emit(emit);
        let mut out = BinaryBuilder::new();
        for state in &states {
            out.append_value(self.fold.save(state));
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.states.resize_with(total, Default::default);
        let saved = saved(values)?;
        for (row, group) in groups.iter().enumerate() {
            leash::check()?;
            if saved.is_valid(row) {
                let state = &mut self.states[*group];
                let before = F::size(state);
                self.fold.merge(state, saved.value(row));
                self.bytes = (self.bytes + F::size(state)).saturating_sub(before);
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let batch = self.fold.batch(values)?;
        let rows = values.first().map_or(0, Array::len);
        let mut out = BinaryBuilder::new();
        let mut pace = Pace::default();
        for row in 0..rows {
            pace.check()?;
            let mut state = F::State::default();
            if keeps(filter, row) {
                self.fold.row(&mut state, &batch, row);
            }
            out.append_value(self.fold.save(&state));
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn size(&self) -> usize {
        self.bytes + self.states.capacity() * size_of::<F::State>()
    }
}

/// Does an aggregate's filter keep the row?
pub(crate) fn keeps(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

/// The column of saved states.
pub(crate) fn saved(values: &[ArrayRef]) -> Result<&BinaryArray> {
    values.first().and_then(|array| array.as_binary_opt::<i32>()).ok_or_else(|| {
        datafusion::error::DataFusionError::Internal("a saved state is not bytes".to_owned())
    })
}

/// The whole input as one group. The lock is never contended: the trait wants `Sync` and reaches
/// the accumulator mutably only.
struct Single(Mutex<Box<dyn GroupsAccumulator>>);

impl Single {
    fn groups(&mut self) -> &mut dyn GroupsAccumulator {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut()
    }
}

impl Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Single")
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, Array::len);
        self.groups().update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        // A group nobody updated does not exist yet.
        self.groups().merge_batch(&[Arc::new(BinaryArray::from_vec(vec![]))], &[], 1)?;
        ScalarValue::try_from_array(&self.groups().evaluate(EmitTo::All)?, 0)
    }

    fn size(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.groups().merge_batch(&[Arc::new(BinaryArray::from_vec(vec![]))], &[], 1)?;
        let state = self.groups().state(EmitTo::All)?;
        state.iter().map(|array| ScalarValue::try_from_array(array, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, Array::len);
        self.groups().merge_batch(states, &vec![0; rows], 1)
    }
}

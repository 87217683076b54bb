//! A kernel's arguments, read by row without caring whether one is a column or a constant, and
//! the columns a kernel gives back.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Float64Array, Float64Builder,
            Int32Array, Int64Array, Int64Builder, StringViewArray, StringViewBuilder,
        },
        compute::cast,
        datatypes::{DataType, Float64Type, Int64Type},
    },
    logical_expr::ColumnarValue,
};
use kql::types::Type;

use crate::{
    arrow_types::read_dynamic,
    error::EngineError,
    leash::{self, Held, Pace},
};

/// The arguments of one run of a kernel.
pub(crate) struct Args<'a> {
    values: &'a [ColumnarValue],
    types: &'a [Type],
    returns: Type,
    rows: usize,
}

impl<'a> Args<'a> {
    /// From what DataFusion hands over.
    pub(crate) fn new(
        values: &'a [ColumnarValue],
        types: &'a [Type],
        returns: Type,
        rows: usize,
    ) -> Self {
        Self { values, types, returns, rows }
    }

    /// How many rows must come out.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The type of an argument.
    pub(crate) fn ty(&self, at: usize) -> Result<Type, EngineError> {
        self.types.get(at).copied().ok_or_else(|| missing(at))
    }

    /// The type that must come out.
    pub(crate) fn returns(&self) -> Type {
        self.returns
    }

    /// True when the argument has one value for all rows.
    pub(crate) fn is_constant(&self, at: usize) -> bool {
        matches!(self.values.get(at), Some(ColumnarValue::Scalar(_)))
    }

    /// The array behind an argument (one row for a constant) and whether it is constant.
    pub(crate) fn array(&self, at: usize) -> Result<(ArrayRef, bool), EngineError> {
        match self.values.get(at) {
            Some(ColumnarValue::Array(array)) => Ok((Arc::clone(array), false)),
            Some(ColumnarValue::Scalar(scalar)) => Ok((scalar.to_array()?, true)),
            None => Err(missing(at)),
        }
    }

    /// A string, guid, decimal or the JSON text of a dynamic.
    pub(crate) fn texts(&self, at: usize) -> Result<Texts, EngineError> {
        let (array, one) = self.array(at)?;
        Ok(Texts { array: to(&array, &DataType::Utf8View)?.as_string_view().clone(), one })
    }

    /// An int, long, datetime or timespan.
    pub(crate) fn longs(&self, at: usize) -> Result<Longs, EngineError> {
        let (array, one) = self.array(at)?;
        Ok(Longs { array: to(&array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), one })
    }

    /// Any number as a real.
    pub(crate) fn reals(&self, at: usize) -> Result<Reals, EngineError> {
        let (array, one) = self.array(at)?;
        let array = to(&array, &DataType::Float64)?.as_primitive::<Float64Type>().clone();
        Ok(Reals { array, one })
    }

    /// A bool.
    pub(crate) fn bools(&self, at: usize) -> Result<Bools, EngineError> {
        let (array, one) = self.array(at)?;
        Ok(Bools { array: to(&array, &DataType::Boolean)?.as_boolean().clone(), one })
    }
}

fn missing(at: usize) -> EngineError {
    EngineError::plan(format!("argument {} is missing", at + 1))
}

fn to(array: &ArrayRef, ty: &DataType) -> Result<ArrayRef, EngineError> {
    if array.data_type() == ty { Ok(Arc::clone(array)) } else { Ok(cast(array, ty)?) }
}

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident, $array:ty, $value:ty) => {
        $(#[$doc])*
        pub(crate) struct $name {
            array: $array,
            one: bool,
        }

        impl $name {
            /// The value of a row, none for null.
            #[inline]
            pub(crate) fn get(&self, row: usize) -> Option<$value> {
                let row = if self.one { 0 } else { row };
                self.array.is_valid(row).then(|| self.array.value(row))
            }
        }
    };
}

reader!(
    /// Whole numbers by row.
    Longs, Int64Array, i64
);
reader!(
    /// Reals by row.
    Reals, Float64Array, f64
);
reader!(
    /// Bools by row.
    Bools, BooleanArray, bool
);

/// Texts by row.
pub(crate) struct Texts {
    array: StringViewArray,
    one: bool,
}

impl Texts {
    /// The text of a row, `""` for null.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        self.some(row).unwrap_or("")
    }

    /// The text of a row, none for null (guid, decimal and dynamic have one).
    #[inline]
    pub(crate) fn some(&self, row: usize) -> Option<&str> {
        let row = if self.one { 0 } else { row };
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    /// A dynamic's JSON; JSON null for null.
    pub(crate) fn json(&self, row: usize) -> serde_json::Value {
        self.some(row).map_or(serde_json::Value::Null, read_dynamic)
    }
}

/// Bytes that the texts of one column of a batch may have. Kernels stop once they are over it, and
/// a column that is cut short is refused where it comes out (`udf.rs`).
const MOST_TEXT: usize = 512 << 20;

/// Bytes that the texts of a column may still have: its bound, or what the query has left.
pub(crate) fn most_text() -> usize {
    MOST_TEXT.min(leash::room())
}

/// Is a text longer than its column may be? If so, the query ends, so that what was cut off there is
/// never taken for a value.
pub(crate) fn is_too_long(text: &str) -> bool {
    if text.len() < Growing::PIECE || text.len() <= most_text() {
        return false;
    }
    if text.len() <= MOST_TEXT {
        leash::out_of_memory();
    }
    true
}

/// The refusal of texts that grow beyond all bounds.
pub(crate) fn too_much_text() -> EngineError {
    if leash::room() < MOST_TEXT {
        return EngineError::OutOfMemory;
    }
    EngineError::refused(format!("the texts of one step are longer than {} MiB", MOST_TEXT >> 20))
}

/// The memory of a column that is being made: counted piece by piece, since other threads of the
/// query make theirs at the same time. Whoever takes the column counts it from then on.
pub(crate) struct Growing {
    bytes: usize,
    counted: usize,
    held: Option<Held>,
}

impl Growing {
    /// Bytes between two counts.
    const PIECE: usize = 1 << 20;

    /// Of an empty column.
    pub(crate) fn new() -> Self {
        Self { bytes: 0, counted: 0, held: leash::hold(0).unwrap_or(None) }
    }

    /// Counts more; false when there is no room or no time for it.
    #[inline]
    pub(crate) fn add(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        self.bytes - self.counted < Self::PIECE || self.count()
    }

    fn count(&mut self) -> bool {
        let more = self.bytes - self.counted;
        self.counted = self.bytes;
        if let Some(held) = &mut self.held
            && held.grow(more).is_err()
        {
            leash::out_of_memory();
            return false;
        }
        self.bytes <= MOST_TEXT && !leash::over()
    }
}

/// A column of texts; none is null (or `""` where the result is a string).
pub(crate) fn out_texts<T: AsRef<str>>(
    rows: usize,
    mut each: impl FnMut(usize) -> Option<T>,
) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(rows);
    let mut growing = Growing::new();
    let mut pace = Pace::default();
    for row in 0..rows {
        let text = each(row);
        if !growing.add(text.as_ref().map_or(0, |it| it.as_ref().len())) || pace.over() {
            break;
        }
        out.append_option(text);
    }
    Arc::new(out.finish())
}

/// A column of dynamics; JSON null is null.
pub(crate) fn out_json(rows: usize, mut each: impl FnMut(usize) -> serde_json::Value) -> ArrayRef {
    out_texts(rows, |row| match each(row) {
        serde_json::Value::Null => None,
        json => Some(json.to_string()),
    })
}

/// A column of longs, datetimes or timespans.
pub(crate) fn out_longs(rows: usize, mut each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
    let mut out = Int64Builder::with_capacity(rows);
    let mut pace = Pace::default();
    for row in 0..rows {
        out.append_option(each(row));
        if pace.over() {
            break;
        }
    }
    Arc::new(out.finish())
}

/// A column of ints; what does not fit is null.
pub(crate) fn out_ints(rows: usize, mut each: impl FnMut(usize) -> Option<i64>) -> ArrayRef {
    let mut pace = Pace::default();
    let rows = (0..rows).take_while(|_| !pace.over());
    let ints: Int32Array = rows.map(|row| each(row).and_then(|v| i32::try_from(v).ok())).collect();
    Arc::new(ints)
}

/// A column of reals.
pub(crate) fn out_reals(rows: usize, mut each: impl FnMut(usize) -> Option<f64>) -> ArrayRef {
    let mut out = Float64Builder::with_capacity(rows);
    let mut pace = Pace::default();
    for row in 0..rows {
        out.append_option(each(row));
        if pace.over() {
            break;
        }
    }
    Arc::new(out.finish())
}

/// A column of bools.
pub(crate) fn out_bools(rows: usize, mut each: impl FnMut(usize) -> Option<bool>) -> ArrayRef {
    let mut out = BooleanBuilder::with_capacity(rows);
    let mut pace = Pace::default();
    for row in 0..rows {
        out.append_option(each(row));
        if pace.over() {
            break;
        }
    }
    Arc::new(out.finish())
}

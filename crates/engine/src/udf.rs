//! Wraps a kernel of ours into the one scalar function type DataFusion sees.
//!
//! All kernels are pure, take columns or constants and say their type in the language's terms, so
//! one wrapper does for all. A call on constants alone runs once and stays a constant, and a
//! string result loses its nulls here, where no kernel can forget it.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder, UInt32Array},
        buffer::Buffer,
        compute::take,
        datatypes::{DataType, FieldRef},
    },
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
        Signature, Volatility, expr::ScalarFunction, lit,
    },
    scalar::ScalarValue,
};
use kql::{types::Type, value::Value};

use crate::{
    args::{Args, too_much_text},
    arrow_types::{arrow_type, field, scalar},
    error::EngineError,
    function_impl::Kernel,
    leash,
};

/// What runs.
#[derive(Clone)]
pub(crate) enum Work {
    /// A kernel that is the same for every call of its name.
    Plain(fn(&Args<'_>) -> std::result::Result<ArrayRef, EngineError>),
    /// A kernel made for this call.
    Bound(Kernel),
}

/// A call of `work` on these arguments.
pub(crate) fn call(
    name: &'static str,
    work: Work,
    args: Vec<Expr>,
    types: &[Type],
    returns: Type,
) -> Expr {
    let signature = match args.len() {
        0 => Signature::nullary(Volatility::Immutable),
        count => Signature::any(count, Volatility::Immutable),
    };
    // DataFusion tells calls apart by their names in places, so a kernel made for one call has a
    // name of its own.
    let name = match &work {
        Work::Plain(_) => name.to_owned(),
        Work::Bound(_) => format!("{name}#{}", BOUND.fetch_add(1, Ordering::Relaxed)),
    };
    let udf = KqlUdf { name, work, types: types.to_vec(), returns, signature };
    let udf = ScalarUDF::new_from_impl(udf);
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), args))
}

static BOUND: AtomicU64 = AtomicU64::new(0);

struct KqlUdf {
    name: String,
    work: Work,
    types: Vec<Type>,
    returns: Type,
    signature: Signature,
}

impl fmt::Debug for KqlUdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KqlUdf").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for KqlUdf {
    /// Plain kernels are known by name; bound ones only equal themselves, because a pattern may be
    /// inside.
    fn eq(&self, other: &Self) -> bool {
        let same_work = match (&self.work, &other.work) {
            (Work::Plain(_), Work::Plain(_)) => true,
            (Work::Bound(one), Work::Bound(two)) => Arc::ptr_eq(one, two),
            _ => false,
        };
        same_work
            && self.name == other.name
            && self.types == other.types
            && self.returns == other.returns
    }
}

impl Eq for KqlUdf {}

impl Hash for KqlUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.types.hash(state);
    }
}

impl ScalarUDFImpl for KqlUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.returns))
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(field(self.name.as_str(), self.returns)))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = given.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { given.number_rows };
        leash::check()?;
        let args = Args::new(&given.args, &self.types, self.returns, rows);
        let array = match &self.work {
            Work::Plain(run) => run(&args),
            Work::Bound(run) => run(&args),
        }?;
        leash::check()?;
        if array.len() < rows && arrow_type(self.returns) == DataType::Utf8View {
            return Err(too_much_text().into());
        }
        if array.len() != rows || array.data_type() != &arrow_type(self.returns) {
            return Err(EngineError::plan(format!(
                "{} gave {} rows of {} instead of {rows} of {}",
                self.name,
                array.len(),
                array.data_type(),
                arrow_type(self.returns)
            ))
            .into());
        }
        let array = if self.returns == Type::String { without_nulls(array) } else { array };
        let array = leash::charge(array, &given.args)?;
        if !constant {
            return Ok(ColumnarValue::Array(array));
        }
        if text_bytes(&array) <= LONG {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        if leash::is_planning() {
            return Err(EngineError::refused("too long to be written into the plan").into());
        }
        let rows = UInt32Array::from_value(0, given.number_rows);
        Ok(ColumnarValue::Array(take(&array, &rows, None)?))
    }
}

/// Constants beyond this are not made plain values, since DataFusion copies those into plans and
/// for every row: they stay calls, whose column has the text once.
const LONG: usize = 4096;

fn text_bytes(array: &ArrayRef) -> usize {
    let buffers = array.as_string_view_opt().map(StringViewArray::data_buffers);
    buffers.unwrap_or_default().iter().map(Buffer::len).sum()
}

/// A constant as an expression; long texts are handed over by a call.
pub(crate) fn constant(value: &Value, ty: Type) -> Expr {
    let scalar = scalar(value, ty);
    match &scalar {
        ScalarValue::Utf8View(Some(text)) if text.len() > LONG => {
            let text = StringViewArray::from_iter_values([text]);
            let column: ArrayRef = Arc::new(text);
            let work: Kernel = Arc::new(move |_: &Args<'_>| Ok(Arc::clone(&column)));
            call("text", Work::Bound(work), Vec::new(), &[], ty)
        }
        _ => lit(scalar),
    }
}

/// Nulls of a text column as empty texts.
pub(crate) fn without_nulls(array: ArrayRef) -> ArrayRef {
    if array.null_count() == 0 {
        return array;
    }
    let texts = array.as_string_view();
    let mut out = StringViewBuilder::with_capacity(texts.len());
    for text in texts {
        out.append_value(text.unwrap_or(""));
    }
    Arc::new(out.finish())
}

//! How a function or aggregate is described to the binder. The engine owns the list, because a
//! function's lowering stands beside its description; the binder only reads it.

use crate::{plan::Expr, types::Type};

/// What a parameter accepts.
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// Any scalar.
    Any,
    /// Any of these; an int widens to long or real, a long to real where only that is listed.
    Of(&'static [Type]),
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Its types.
    pub accepts: Accepts,
    /// May be left out (only at the end).
    pub optional: bool,
    /// May be given any number of times (only the last one). Optional and repeated: zero or more.
    pub repeated: bool,
    /// Must not depend on the row.
    pub constant: bool,
}

impl Param {
    /// A required parameter of one of these types.
    pub const fn of(name: &'static str, types: &'static [Type]) -> Self {
        Self {
            name,
            accepts: Accepts::Of(types),
            optional: false,
            repeated: false,
            constant: false,
        }
    }

    /// A required parameter of any type.
    pub const fn any(name: &'static str) -> Self {
        Self { name, accepts: Accepts::Any, optional: false, repeated: false, constant: false }
    }

    /// The same, optional.
    #[must_use]
    pub const fn opt(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, one or more times.
    #[must_use]
    pub const fn many(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// The same, constant.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.constant = true;
        self
    }
}

/// What comes out.
#[derive(Clone, Copy, Debug)]
pub enum Returns {
    /// Always this.
    Is(Type),
    /// The type of an argument.
    Arg(usize),
    /// The type of an argument, with int widened to long (`bin`, `abs`, `sum`).
    ArgWide(usize),
    /// The one type all arguments from this position on have or widen to (`iff`, `coalesce`); the
    /// binder widens them. `case`'s odd rule is [`Returns::Case`].
    CommonFrom(usize),
    /// `case(p, v, p, v, …, else)`.
    Case,
    /// The type named by a `typeof(...)` argument at this position, else string.
    TypeOf(usize),
    /// A bag whose members, in this order, are columns of their own where the call stands alone in
    /// a list of columns; in an expression it is the bag.
    Members(&'static [(&'static str, Type)]),
    /// Worked out from the argument types; the error is the diagnostic's message.
    With(fn(&[Type]) -> Result<Type, String>),
    /// Worked out from the arguments themselves.
    By(fn(&[Expr]) -> Type),
}

/// The automatic name of an unnamed column made by a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `Column1`, or `print_0` in `print`.
    Position,
    /// The name of the first argument, if that has one (`bin(x, 1)` is `x`).
    FirstArgument,
    /// Always this name.
    Fixed(&'static str),
    /// `prefix_` and the first argument's name (`sum_x`), or the prefix and `_` alone (`count_`).
    Prefix(&'static str),
}

/// A scalar function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionDef {
    /// As called.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [Param],
    /// Result type.
    pub returns: Returns,
    /// Automatic column name.
    pub naming: Naming,
    /// One or two sentences for the reference page.
    pub doc: &'static str,
    /// Expression and the text of its result; they run as tests and print into the reference.
    pub examples: &'static [(&'static str, &'static str)],
}

/// An aggregate function. `arg_max` and `arg_min` are known to the binder by name, because only
/// they take `*` and give several columns.
#[derive(Clone, Copy, Debug)]
pub struct AggregateDef {
    /// As called.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [Param],
    /// Result type.
    pub returns: Returns,
    /// Automatic column name.
    pub naming: Naming,
    /// One or two sentences for the reference page.
    pub doc: &'static str,
}

/// Everything a query may call.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    /// Scalar functions, sorted by name.
    pub scalars: &'static [&'static FunctionDef],
    /// Aggregates, sorted by name.
    pub aggregates: &'static [&'static AggregateDef],
}

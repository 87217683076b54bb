//! The syntax tree: what the text says, before anything is known about names and types.
//!
//! The language does not tell tables from values by grammar (`let x = T` may be either), so one
//! [`Expr`] covers both. Chains of equal operators are flat lists, which keeps a query with a
//! hundred thousand `or`s shallow. Every node has its span.

use crate::{
    diagnostic::Span,
    plan::{BinaryOp, TextTest},
    types::{Column, Type},
    value::Value,
};

pub use super::operators::{
    Apply, Branch, ColumnOrder, Direction, Distinct, Evaluate, Expand, ExpandItem, External, Facet,
    Find, FindColumn, GraphComponents, GraphEdge, GraphMatch, GraphPattern, GraphTable, Invoke,
    Join, KeyValues, Level, MakeGraph, Named, Operator, OperatorKind, Ordering, Parse, ParseMode,
    Partition, PartitionBody, Pattern, Piece, Reduce, Reorder, Scan, ScanStep, Schema, Search,
    Series, SeriesItem, StepOutput, Union,
};
pub use super::pattern::{Case, Pattern as TablePattern};

/// A whole query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Its statements; the answer is the last expression's.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `let name = value`.
    Let {
        /// The name.
        name: Name,
        /// What it stands for.
        value: LetValue,
    },
    /// `set name` or `set name = value`.
    Set {
        /// The option.
        name: Name,
    },
    /// `declare query_parameters(…)`: each is a `let` with its default.
    Declare {
        /// The parameters.
        params: Vec<Param>,
    },
    /// `declare pattern name = …`.
    Pattern(TablePattern),
    /// `restrict access to (tables)`: from here on only these are there.
    Restrict {
        /// The tables, also by wildcards.
        tables: Vec<Expr>,
    },
    /// `alias database name = …`.
    Alias {
        /// The name.
        name: Name,
    },
    /// A query.
    Expr(Expr),
}

/// What a `let` binds.
#[derive(Clone, Debug, PartialEq)]
pub enum LetValue {
    /// A value or a table.
    Expr(Expr),
    /// A function.
    Function(Function),
    /// One that could not be read; it was reported.
    Broken,
}

/// `(params) { statements; result }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its parameters.
    pub params: Vec<Param>,
    /// Statements; the last is the result.
    pub body: Vec<Statement>,
    /// Declared with `view`: it takes part where tables are named by a pattern.
    pub view: bool,
    /// Where it stands.
    pub span: Span,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: ParamType,
    /// What it is when left out.
    pub default: Option<Expr>,
}

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamType {
    /// A scalar.
    Scalar(Type),
    /// A table with at least these columns; none for `(*)`.
    Table(Option<Vec<Column>>),
}

/// A name and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, without brackets.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// An expression: a value or a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal; null has a type too.
    Literal(Value, Type),
    /// A column, `let`, or table.
    Name(String),
    /// A name with `*` in it, where several tables may stand.
    Wildcard(String),
    /// `*` alone.
    Star,
    /// `typeof(long)`.
    TypeOf(Type),
    /// `name(args)`.
    Call {
        /// The function.
        name: Name,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `base.a["b"][0]`.
    Path {
        /// Where it starts.
        base: Box<Expr>,
        /// Where it goes.
        steps: Vec<Step>,
    },
    /// `-x`
    Negate(Box<Expr>),
    /// `a + b - c`, `a and b and c`: operators of one level, applied from the left.
    Chain {
        /// The first operand.
        first: Box<Expr>,
        /// The others.
        rest: Vec<Link>,
    },
    /// `a == b`, `a < b`.
    Compare {
        /// The comparison.
        op: BinaryOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `a has b` and its kin.
    Text {
        /// The test.
        test: TextTest,
        /// Ignores case.
        fold: bool,
        /// The `!` form.
        negate: bool,
        /// The operator as written.
        word: String,
        /// Left side.
        source: Box<Expr>,
        /// Right side.
        needle: Box<Expr>,
    },
    /// `a in (…)`.
    In {
        /// Ignores case.
        fold: bool,
        /// The `!` form.
        negate: bool,
        /// Left side.
        source: Box<Expr>,
        /// What stands in the parentheses.
        list: Vec<Expr>,
    },
    /// `a has_any (…)`, `a has_all (…)`.
    HasTerms {
        /// `has_all`.
        all: bool,
        /// Left side.
        source: Box<Expr>,
        /// What stands in the parentheses.
        list: Vec<Expr>,
    },
    /// `a between (low .. high)`.
    Between {
        /// The `!` form.
        negate: bool,
        /// Left side.
        source: Box<Expr>,
        /// Lower end.
        low: Box<Expr>,
        /// Upper end.
        high: Box<Expr>,
    },
    /// `source | operator | …`.
    Pipe {
        /// Where the rows come from.
        source: Box<Expr>,
        /// What is done to them.
        operators: Vec<Operator>,
    },
    /// `print`, `range`, `union`, `datatable` at the head of a pipeline.
    Source(Box<Operator>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// `name = ` in front of it.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`
    Member(Name),
    /// `[expr]`
    Index(Expr),
    /// `.name(args)`: what is in a place outside.
    Method(Name, Vec<Arg>),
}

/// One more operand of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What joins it to those before it.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub span: Span,
    /// The operand.
    pub operand: Expr,
}

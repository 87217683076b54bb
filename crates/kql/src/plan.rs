//! The bound pipeline: every name resolved, every type known, all sugar gone.
//!
//! Columns are referred to by position in the input's columns, so names may repeat or hide each
//! other freely; only the output names matter. `let` tables are inlined, `now()` is a literal.
//! Sets are closed: the engine matches these enums without a wildcard.

use crate::{
    diagnostic::Span,
    types::{Column, Type},
    value::Value,
    work::{External, Work},
};

/// In front of the name of a table that is not of the catalogue but of another place.
pub const ELSEWHERE: &str = "elsewhere:";

/// A relation: one step and the columns that come out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rel {
    /// What it does.
    pub op: Op,
    /// What comes out, in order.
    pub columns: Vec<Column>,
}

/// A step of the pipeline.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line on a variant says what its fields hold")]
pub enum Op {
    /// Rows of a catalogue table. `window` bounds its `Timestamp`, start included, end included,
    /// when the table has that column.
    Table { name: String, window: Option<(i64, i64)> },
    /// Rows that stand in the query (`datatable`), or one row without columns (`print`'s input).
    Values { rows: Vec<Vec<Value>> },
    /// `range`: one column from `from` to `to` (included) by `step`; the three are constant.
    Range { from: Expr, to: Expr, step: Expr },
    /// Keeps rows whose predicate is true (not null).
    Filter { input: Box<Rel>, predicate: Expr },
    /// One expression per output column (`project*`, `extend`, `print`).
    Project { input: Box<Rel>, exprs: Vec<Expr> },
    /// Output columns: keys first, then each aggregate's outputs. No aggregates means `distinct`.
    /// No keys means exactly one row.
    Summarize { input: Box<Rel>, keys: Vec<Expr>, aggregates: Vec<Aggregate> },
    /// Orders rows.
    Sort { input: Box<Rel>, keys: Vec<SortKey> },
    /// At most `count` rows.
    Take { input: Box<Rel>, count: u64 },
    /// Output columns: left's then right's; only the one side's for semi and anti kinds.
    /// A null key matches a null key.
    Join { kind: JoinKind, left: Box<Rel>, right: Box<Rel>, on: Vec<(Expr, Expr)> },
    /// An output column is the inputs' column of the same name and type; an input that lacks it has
    /// null there, or an empty text. An input with as many columns under other names goes by place.
    Union { inputs: Vec<Rel> },
    /// The input, whose order is from here on promised to stay.
    Serialize { input: Box<Rel> },
    /// The input, which is worth keeping where it stands in the plan `uses` times or more.
    Shared { input: Box<Rel>, uses: usize },
    /// Output columns: the input's, then one for each call. A call's arguments see the input's
    /// columns and the results of the calls before it. The input is serialized.
    Window { input: Box<Rel>, calls: Vec<WindowCall> },
    /// One row for each element of the dynamic `items`, which go side by side; `limit` bounds the
    /// rows made of one row. A bag's elements are bags of one key, or `[key, value]` with `pairs`.
    Expand {
        input: Box<Rel>,
        items: Vec<Expr>,
        pairs: bool,
        limit: Option<u64>,
        outputs: Vec<Expanded>,
    },
    /// Matches a text against a regular expression whose groups `kql0`, `kql1`, … are the captures.
    /// Output columns: the input's, then the captures in their types, then whether it matched. With
    /// `strict`, a capture that does not convert is no match.
    Parse { input: Box<Rel>, source: Expr, pattern: String, captures: Vec<Type>, strict: bool },
    /// Rows of files or addresses elsewhere.
    External(Box<External>),
    /// An algorithm over rows.
    Work { input: Box<Rel>, work: Box<Work> },
    /// A graph, which is no table: it has no columns and cannot be run by itself.
    Graph(Box<Graph>),
}

/// The edges and nodes of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// A row for each edge.
    pub edges: Rel,
    /// The column of the node an edge comes from.
    pub source: usize,
    /// The column of the node it goes to.
    pub target: usize,
    /// The column that parts the graph into several.
    pub partition: Option<usize>,
    /// A row for each node; the last column is its key as text.
    pub nodes: Rel,
}

/// An output column of [`Op::Expand`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// A column of the input.
    Column(usize),
    /// The elements of an item, cast to the output column's type without reading texts.
    Item(usize),
    /// The number of the element, from zero.
    Index,
}

/// A window function: it sees the rows before or behind its own.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// Which.
    pub function: WindowFunction,
    /// Its arguments, all of them: the binder fills in what was left out.
    pub args: Vec<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// The window functions and their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFunction {
    /// `next(value, offset, default)`
    Next,
    /// `prev(value, offset, default)`
    Previous,
    /// `row_cumsum(term, restart)`
    CumulativeSum,
    /// `row_number(start, restart)`
    RowNumber,
    /// `row_rank_dense(term, restart)`
    RankDense,
    /// `row_rank_min(term, restart)`
    RankMin,
    /// `row_window_session(time, from first, between neighbours, restart)`
    Session,
}

impl Rel {
    /// The relations this one is made of; those inside expressions are left out.
    pub fn each_input<'p>(&'p self, see: &mut impl FnMut(&'p Self)) {
        match &self.op {
            Op::Table { .. } | Op::Values { .. } | Op::Range { .. } | Op::External(_) => {}
            Op::Filter { input, .. }
            | Op::Project { input, .. }
            | Op::Summarize { input, .. }
            | Op::Sort { input, .. }
            | Op::Serialize { input }
            | Op::Shared { input, .. }
            | Op::Window { input, .. }
            | Op::Expand { input, .. }
            | Op::Parse { input, .. }
            | Op::Work { input, .. }
            | Op::Take { input, .. } => see(input),
            Op::Join { left, right, .. } => {
                see(left);
                see(right);
            }
            Op::Union { inputs } => inputs.iter().for_each(see),
            Op::Graph(graph) => {
                see(&graph.edges);
                see(&graph.nodes);
            }
        }
    }

    /// The same as [`Rel::each_input`], to change them.
    pub fn each_input_mut(&mut self, see: &mut dyn FnMut(&mut Self)) {
        match &mut self.op {
            Op::Table { .. } | Op::Values { .. } | Op::Range { .. } | Op::External(_) => {}
            Op::Filter { input, .. }
            | Op::Project { input, .. }
            | Op::Summarize { input, .. }
            | Op::Sort { input, .. }
            | Op::Serialize { input }
            | Op::Shared { input, .. }
            | Op::Window { input, .. }
            | Op::Expand { input, .. }
            | Op::Parse { input, .. }
            | Op::Work { input, .. }
            | Op::Take { input, .. } => see(input),
            Op::Join { left, right, .. } => {
                see(left);
                see(right);
            }
            Op::Union { inputs } => inputs.iter_mut().for_each(see),
            Op::Graph(graph) => {
                see(&mut graph.edges);
                see(&mut graph.nodes);
            }
        }
    }

    /// How often a `let` of this table must be used for keeping its rows to pay: what was
    /// summarized is little, so twice is enough; a join may give much of which each use takes only
    /// a part. None where reading again is as good.
    pub fn worth_keeping_at(&self) -> Option<usize> {
        match &self.op {
            Op::Summarize { .. } => Some(2),
            Op::Join { .. } | Op::Work { .. } => Some(3),
            Op::Filter { input, .. }
            | Op::Project { input, .. }
            | Op::Sort { input, .. }
            | Op::Take { input, .. }
            | Op::Expand { input, .. }
            | Op::Parse { input, .. }
            | Op::Window { input, .. }
            | Op::Serialize { input } => input.worth_keeping_at(),
            _ => None,
        }
    }

    /// True when the order of the rows is part of the relation, so that window functions have a
    /// meaning.
    pub fn is_serialized(&self) -> bool {
        let mut rel = self;
        loop {
            rel = match &rel.op {
                Op::Sort { .. } | Op::Range { .. } | Op::Serialize { .. } | Op::Window { .. } => {
                    return true;
                }
                Op::Filter { input, .. }
                | Op::Project { input, .. }
                | Op::Take { input, .. }
                | Op::Shared { input, .. }
                | Op::Expand { input, .. }
                | Op::Parse { input, .. } => input,
                Op::Work { input, work } => match **work {
                    Work::Scan(_) | Work::Near { .. } => input,
                    _ => return false,
                },
                Op::External(_) | Op::Graph(_) => return false,
                Op::Table { .. }
                | Op::Values { .. }
                | Op::Summarize { .. }
                | Op::Join { .. }
                | Op::Union { .. } => return false,
            };
        }
    }
}

/// An aggregate call; `arg_max` gives several output columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Its name in the registry.
    pub function: &'static str,
    /// Arguments over the input's columns.
    pub args: Vec<Expr>,
    /// How many output columns it fills.
    pub outputs: usize,
    /// Only rows for which this is true count; the group is there without any.
    pub filter: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// One sort key.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What to order by.
    pub expr: Expr,
    /// True for `desc`, the language's default.
    pub descending: bool,
    /// Where nulls go.
    pub nulls_first: bool,
}

/// Join kinds after aliases (`anti` is `LeftAnti`, `semi` is `LeftSemi`, no kind is
/// `InnerUnique`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// The left side reduced to one row per key, then inner.
    InnerUnique,
    /// SQL's inner join.
    Inner,
    /// All left rows.
    LeftOuter,
    /// All right rows.
    RightOuter,
    /// All rows of both.
    FullOuter,
    /// Left rows with a match.
    LeftSemi,
    /// Right rows with a match.
    RightSemi,
    /// Left rows without a match.
    LeftAnti,
    /// Right rows without a match.
    RightAnti,
}

/// An expression with its type and place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// What it gives.
    pub ty: Type,
    /// Where it stands in the text.
    pub span: Span,
}

impl Expr {
    /// The operands and arguments, from the left; relations inside are left out.
    pub fn each_child<'p>(&'p self, see: &mut impl FnMut(&'p Self)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::ToScalar(_) => {}
            ExprKind::Binary { left, right, .. } => {
                see(left);
                see(right);
            }
            ExprKind::Negate(it) | ExprKind::Widen(it) => see(it),
            ExprKind::Text { source, needle, .. } => {
                see(source);
                see(needle);
            }
            ExprKind::In { source, list, .. }
            | ExprKind::HasTerms { source, needles: list, .. } => {
                see(source);
                list.iter().for_each(see);
            }
            ExprKind::InTable { source, .. } | ExprKind::HasTermsTable { source, .. } => {
                see(source);
            }
            ExprKind::Between { source, low, high, .. } => {
                see(source);
                see(low);
                see(high);
            }
            ExprKind::Index { source, index } => {
                see(source);
                see(index);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(see),
        }
    }
}

impl Expr {
    /// The same as [`Expr::each_child`], to change them.
    pub fn each_child_mut(&mut self, see: &mut impl FnMut(&mut Self)) {
        match &mut self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::ToScalar(_) => {}
            ExprKind::Binary { left, right, .. } => {
                see(left);
                see(right);
            }
            ExprKind::Negate(it) | ExprKind::Widen(it) => see(it),
            ExprKind::Text { source, needle, .. } => {
                see(source);
                see(needle);
            }
            ExprKind::In { source, list, .. }
            | ExprKind::HasTerms { source, needles: list, .. } => {
                see(source);
                list.iter_mut().for_each(see);
            }
            ExprKind::InTable { source, .. } | ExprKind::HasTermsTable { source, .. } => {
                see(source);
            }
            ExprKind::Between { source, low, high, .. } => {
                see(source);
                see(low);
                see(high);
            }
            ExprKind::Index { source, index } => {
                see(source);
                see(index);
            }
            ExprKind::Call { args, .. } => args.iter_mut().for_each(see),
        }
    }
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line on a variant says what its fields hold")]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// A column of the input, by position.
    Column(usize),
    /// Arithmetic, comparison, logic.
    Binary { op: BinaryOp, left: Box<Expr>, right: Box<Expr> },
    /// `-x`.
    Negate(Box<Expr>),
    /// A test of text: `has`, `contains`, `=~`, `matches regex`, …
    Text { test: TextTest, fold: bool, negate: bool, source: Box<Expr>, needle: Box<Expr> },
    /// `in`, `in~`, `!in`, … against expressions; a dynamic array item counts as its elements.
    In { fold: bool, negate: bool, source: Box<Expr>, list: Vec<Expr> },
    /// `has_any` (`all` false) or `has_all` over needles; a dynamic array item counts as its
    /// elements. Always ignores case.
    HasTerms { all: bool, source: Box<Expr>, needles: Vec<Expr> },
    /// `in (table)`: the first column of a relation that does not depend on the row.
    InTable { fold: bool, negate: bool, source: Box<Expr>, table: Box<Rel> },
    /// `has_any (table)` / `has_all (table)`: needles are the first column of a relation.
    HasTermsTable { all: bool, source: Box<Expr>, table: Box<Rel> },
    /// `a between (low .. high)`, both ends included. A timespan `high` beside datetimes was
    /// already added to `low` by the binder.
    Between { negate: bool, source: Box<Expr>, low: Box<Expr>, high: Box<Expr> },
    /// `bag.key` or `array[0]`: null when absent. `index` is a string or a long.
    Index { source: Box<Expr>, index: Box<Expr> },
    /// A widening the binder decided on: int→long→real→decimal, or any scalar → dynamic.
    Widen(Box<Expr>),
    /// `toscalar(table)`: first column of the first row, null when there is none.
    ToScalar(Box<Rel>),
    /// A function of the registry, by its name there.
    Call { function: &'static str, args: Vec<Expr> },
}

/// Binary operators. Operand types were checked and widened by the binder, so both sides of
/// arithmetic on numbers and of comparisons have one type; date arithmetic keeps its own types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`, never negative
    Modulo,
    /// `==`; null rules of the language, not SQL's
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `and`
    And,
    /// `or`
    Or,
}

/// What a text operator tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// `=~` and `!~` (plain `==` is [`BinaryOp::Equal`])
    Equals,
    /// a whole term
    Has,
    /// the start of a term
    HasPrefix,
    /// the end of a term
    HasSuffix,
    /// a substring
    Contains,
    /// the start
    StartsWith,
    /// the end
    EndsWith,
    /// `matches regex`
    MatchesRegex,
}

//! Steps that are algorithms over rows: `scan`, `reduce`, clustering, graphs, and rows from files
//! elsewhere. The binder settles their columns and expressions, the engine walks the rows.
//!
//! A graph travels as one relation: the rows of its edges and, behind them, those of its nodes, told
//! apart by the first column ([`GraphShape`]).

use crate::plan::Expr;

/// `externaldata`: rows of files or addresses that the operator of the server allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// Where the data lies, as written.
    pub addresses: Vec<String>,
    /// How it is written; none is told by the end of each address.
    pub format: Option<Format>,
    /// The first record is a header.
    pub skip_first: bool,
    /// The last record is left out.
    pub skip_last: bool,
    /// For a column, its path in a JSON record.
    pub paths: Vec<(String, String)>,
}

/// How external data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells between commas.
    Csv,
    /// Cells between tabs.
    Tsv,
    /// Cells between bars.
    Psv,
    /// Cells between semicolons.
    Scsv,
    /// Cells between the character `\u{1}`.
    Sohsv,
    /// A JSON object on each line.
    Json,
    /// JSON objects, in an array or one behind the other.
    MultiJson,
    /// A line is a row of one column.
    Txt,
    /// The whole is one row of one column.
    Raw,
    /// An Apache Parquet file.
    Parquet,
}

impl Format {
    /// Reads a name, whatever its case.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "tsv" | "tsve" => Self::Tsv,
            "psv" => Self::Psv,
            "scsv" => Self::Scsv,
            "sohsv" => Self::Sohsv,
            "json" | "singlejson" => Self::Json,
            "multijson" => Self::MultiJson,
            "txt" => Self::Txt,
            "raw" => Self::Raw,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }
}

/// An algorithm over the rows of one relation.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// `scan`. Comes out: the input's columns, the declared ones, and the match's number if asked.
    Scan(Scan),
    /// `reduce`. Its input has the text first. Comes out: pattern, count, representative; or, with
    /// `source`, the input's columns but the first, then those three.
    Reduce {
        /// The share of rows that a word needs.
        threshold: f64,
        /// Characters that part words beside those that always do.
        characters: String,
        /// Keeps the rows.
        source: bool,
    },
    /// Rows in the neighbourhood of those for which the last column is true; the other columns come
    /// out. The input is serialized.
    Near {
        /// Rows before.
        before: u64,
        /// Rows behind.
        after: u64,
    },
    /// `autocluster`, `basket`, `diffpatterns`.
    Cluster(Cluster),
    /// The columns of a graph's nodes.
    Nodes(GraphShape),
    /// The columns of a graph's nodes, and the number of the component each belongs to.
    Components {
        /// The graph.
        graph: GraphShape,
        /// Follows the direction of the edges.
        strong: bool,
    },
    /// The matches of patterns in a graph, as [`Match::outputs`] says.
    Match(Match),
}

/// A `scan`.
///
/// Its expressions see the input's columns, then the declared ones with their defaults, then the
/// columns of [`Scan::state`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The defaults of the declared columns, in their types.
    pub defaults: Vec<Expr>,
    /// Rows that differ here do not see each other; over the input's columns.
    pub partition: Vec<Expr>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What expressions read of the state: the step, and the column of input and declared ones.
    pub state: Vec<(usize, usize)>,
    /// Numbers the matches in a last column.
    pub match_id: bool,
}

/// A step of a `scan`.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// A match may leave it out.
    pub optional: bool,
    /// Which of its rows come out.
    pub output: StepOutput,
    /// Which rows belong to it.
    pub condition: Expr,
    /// Declared columns by position among them, and what is written into each.
    pub assigned: Vec<(usize, Expr)>,
}

pub use crate::syntax::tree::StepOutput;

/// What kind of segments are looked for. The input has the weight (long) first when `weighted`,
/// then the split (string) for differences, then the dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Which.
    pub kind: ClusterKind,
    /// The first column says how many rows a row stands for.
    pub weighted: bool,
}

/// The plugins that look for segments.
#[derive(Clone, Debug, PartialEq)]
pub enum ClusterKind {
    /// A few segments that cover much: `size_weight` is between size (1) and detail (0).
    Auto {
        /// From 0 to 1.
        size_weight: f64,
    },
    /// Every segment of at least this share.
    Basket {
        /// From 0 to 1.
        threshold: f64,
        /// The most dimensions in a segment.
        dimensions: usize,
    },
    /// Segments whose share differs between two values of the split.
    Difference {
        /// The one value.
        a: String,
        /// The other.
        b: String,
        /// The least difference, from 0 to 1.
        threshold: f64,
        /// The most dimensions in a segment.
        dimensions: usize,
    },
}

/// How a graph lies in one relation. Column 0 is true for edges. Then come the edges' columns, and
/// after those the keys of source and target as text; then the nodes' columns, and the node's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphShape {
    /// How many columns an edge has, without its two keys.
    pub edges: usize,
    /// How many columns a node has, without its key.
    pub nodes: usize,
    /// The columns of nodes that hold their key, for nodes that only edges name.
    pub keys: Vec<usize>,
    /// Edges to nodes that no row describes are left out, not completed.
    pub closed: bool,
}

/// Patterns in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The graph.
    pub graph: GraphShape,
    /// How many node variables there are.
    pub nodes: usize,
    /// The edges, in the order in which they are looked for.
    pub hops: Vec<Hop>,
    /// Which repetitions a match may have.
    pub cycles: Cycles,
    /// Only shortest paths: any of each pair of ends, or all.
    pub shortest: Option<Shortest>,
    /// Columns of nodes that must be true for a node variable.
    pub node_tests: Vec<(usize, usize)>,
    /// Columns of edges that must be true for a hop, for every edge of its path.
    pub edge_tests: Vec<(usize, usize)>,
    /// What comes out.
    pub outputs: Vec<MatchOutput>,
}

/// An edge variable of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The node variable on its left.
    pub left: usize,
    /// The one on its right.
    pub right: usize,
    /// Which way it points.
    pub direction: crate::syntax::tree::Direction,
    /// Least and most edges of a path; none is one edge.
    pub hops: Option<(u32, u32)>,
}

/// Which repetitions a match may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycles {
    /// Nodes and edges may repeat.
    All,
    /// No edge repeats.
    UniqueEdges,
    /// No node repeats.
    None,
}

/// Which shortest paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortest {
    /// One of each pair of ends.
    Any,
    /// All of them.
    All,
}

/// A column of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchOutput {
    /// A column of a node variable.
    Node(usize, usize),
    /// A column of a hop of one edge.
    Edge(usize, usize),
    /// A column of every edge of a path, as an array.
    Path(usize, usize),
    /// A column of every node inside a path, as an array.
    Inner(usize, usize),
    /// How many edges a path has.
    Length(usize),
    /// Whether a column is true for every edge of a path.
    AllEdges(usize, usize),
    /// Whether it is true for any.
    AnyEdge(usize, usize),
    /// Whether a column is true for every node inside a path.
    AllInner(usize, usize),
    /// Whether it is true for any.
    AnyInner(usize, usize),
    /// Edges that end in a node.
    DegreeIn(usize),
    /// Edges that begin in a node.
    DegreeOut(usize),
    /// The key of a node.
    Key(usize),
}

impl Work {
    /// Its expressions.
    pub fn each_expr<'w>(&'w self, see: &mut impl FnMut(&'w Expr)) {
        if let Self::Scan(scan) = self {
            scan.defaults.iter().chain(&scan.partition).for_each(&mut *see);
            for step in &scan.steps {
                see(&step.condition);
                step.assigned.iter().for_each(|(_, it)| see(it));
            }
        }
    }

    /// The same, to be changed.
    pub fn each_expr_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        if let Self::Scan(scan) = self {
            scan.defaults.iter_mut().chain(&mut scan.partition).for_each(&mut *see);
            for step in &mut scan.steps {
                see(&mut step.condition);
                step.assigned.iter_mut().for_each(|(_, it)| see(it));
            }
        }
    }

    /// Its name, for plans and profiles.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scan(_) => "scan",
            Self::Reduce { .. } => "reduce",
            Self::Near { .. } => "rows_near",
            Self::Cluster(cluster) => match cluster.kind {
                ClusterKind::Auto { .. } => "autocluster",
                ClusterKind::Basket { .. } => "basket",
                ClusterKind::Difference { .. } => "diffpatterns",
            },
            Self::Nodes(_) => "graph nodes",
            Self::Components { .. } => "graph-mark-components",
            Self::Match(_) => "graph-match",
        }
    }
}

//! The tabular operators: one file each, and here the list of them.
//!
//! A new operator is a variant, a line in [`reader`] and a file; until then its name
//! stands in [`UNBUILT`], so that the reader is told "not yet" instead of "unknown".

mod apply;
mod columns;
mod datatable;
mod distinct;
mod evaluate;
mod expand;
mod external;
mod graph;
mod join;
mod options;
mod parse;
mod parse_kv;
mod partition;
mod project;
mod range;
mod reduce;
mod render;
mod scan;
mod search;
mod series;
mod several;
mod sort;
mod summarize;
mod top;
mod union;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    types::Column,
};

use super::{
    parser::Parser,
    token::TokenKind,
    tree::{Expr, Name},
};

pub use apply::Apply;
pub use columns::{ColumnOrder, Pattern, Reorder};
pub use distinct::Distinct;
pub use evaluate::{Evaluate, Invoke, Schema};
pub use expand::{Expand, ExpandItem};
pub use external::External;
pub use graph::{
    Direction, GraphComponents, GraphEdge, GraphMatch, GraphPattern, GraphTable, MakeGraph,
};
pub use join::Join;
pub use parse::{Parse, ParseMode, Piece};
pub use parse_kv::KeyValues;
pub use partition::{Partition, PartitionBody};
pub use project::Named;
pub use reduce::Reduce;
pub use scan::{Scan, ScanStep, StepOutput};
pub use search::{Find, FindColumn, Search};
pub use series::{Series, SeriesItem};
pub use several::{Branch, Facet};
pub use sort::Ordering;
pub use top::Level;
pub use union::Union;

/// An operator and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// What it is.
    pub kind: OperatorKind,
    /// Where it stands, from its name on.
    pub span: Span,
}

/// The operators.
#[derive(Clone, Debug, PartialEq)]
pub enum OperatorKind {
    /// `where predicate`
    Where(Expr),
    /// `project a, b = c`
    Project(Vec<Named>),
    /// `extend a = b`
    Extend(Vec<Named>),
    /// `serialize a = b`: extends, and promises an order.
    Serialize(Vec<Named>),
    /// `project-away a*`
    ProjectAway(Vec<Pattern>),
    /// `project-keep a*`
    ProjectKeep(Vec<Pattern>),
    /// `project-rename new = old`
    ProjectRename(Vec<(Name, Option<Name>)>),
    /// `project-reorder b, a* asc`
    ProjectReorder(Vec<Reorder>),
    /// `summarize aggregates by keys`
    Summarize {
        /// The aggregates.
        aggregates: Vec<Named>,
        /// The keys; none without `by`.
        by: Option<Vec<Named>>,
    },
    /// `sort by a asc`
    Sort(Vec<Ordering>),
    /// `top n by a`
    Top {
        /// How many.
        count: Expr,
        /// By what.
        by: Ordering,
    },
    /// `take n`
    Take(Expr),
    /// `count`, `count as n`
    Count(Option<Name>),
    /// `distinct a, b`, `distinct *`
    Distinct(Distinct),
    /// `join kind=… (table) on …`
    Join(Join),
    /// `lookup kind=… (table) on …`
    Lookup(Join),
    /// `union a, b`
    Union(Union),
    /// `mv-expand a`
    Expand(Expand),
    /// `parse text with …`, `parse-where text with …`
    Parse(Box<Parse>),
    /// `mv-apply a on (…)`
    Apply(Box<Apply>),
    /// `make-series a on b step c`
    Series(Box<Series>),
    /// `parse-kv text as (…)`
    ParseKv(Box<KeyValues>),
    /// `partition by a (…)`
    Partition(Box<Partition>),
    /// `top-nested n of a by b, …`
    TopNested(Vec<Level>),
    /// `top-hitters n of a by b`
    TopHitters {
        /// How many.
        count: Expr,
        /// Of what.
        of: Named,
        /// What is added up instead of counting rows.
        by: Option<Expr>,
    },
    /// `sample-distinct n of a`
    SampleDistinct {
        /// How many.
        count: Expr,
        /// Of what.
        of: Named,
    },
    /// `search "a"`
    Search(Box<Search>),
    /// `find where a == 1`
    Find(Box<Find>),
    /// `fork (…) (…)`
    Fork(Vec<Branch>),
    /// `facet by a, b`
    Facet(Facet),
    /// `project-by-names "a", names`
    ProjectByNames(Vec<Expr>),
    /// `assert-schema (a: long)`
    AssertSchema(Vec<Column>),
    /// `as name`
    As(Name),
    /// `getschema`
    GetSchema,
    /// `getschema kind=csl`: the schema as one text.
    GetSchemaText,
    /// `render …`: for whoever draws.
    Render,
    /// `consume`: runs and gives nothing.
    Consume,
    /// `print a = 1`
    Print(Vec<Named>),
    /// `range name from a to b step c`
    Range {
        /// The column.
        name: Name,
        /// First value.
        from: Box<Expr>,
        /// Last value.
        to: Box<Expr>,
        /// Distance.
        step: Box<Expr>,
    },
    /// `datatable(a: long)[1, 2]`
    Datatable {
        /// Its columns.
        columns: Vec<Column>,
        /// Its cells, row by row.
        cells: Vec<Expr>,
    },
    /// `evaluate plugin(…)`
    Evaluate(Box<Evaluate>),
    /// `invoke function(…)`
    Invoke(Invoke),
    /// `externaldata(…)[…]`
    External(Box<External>),
    /// `scan with (…)`
    Scan(Box<Scan>),
    /// `reduce by text`
    Reduce(Box<Reduce>),
    /// `make-graph a --> b`
    MakeGraph(Box<MakeGraph>),
    /// `graph-match (a)-[e]->(b)`
    GraphMatch(Box<GraphMatch>),
    /// `graph-shortest-paths (a)-[e*1..5]->(b)`
    GraphShortestPaths(Box<GraphMatch>),
    /// `graph-mark-components`
    GraphComponents(GraphComponents),
    /// `graph-to-table nodes, edges`
    GraphToTable(Vec<GraphTable>),
    /// `graph-where-nodes predicate`, `graph-where-edges predicate`
    GraphWhere {
        /// Of nodes, else of edges.
        nodes: bool,
        /// What is kept.
        predicate: Expr,
    },
    /// One that could not be read; it was reported.
    Broken,
    /// One the language has and this program has not yet.
    Unbuilt(String),
}

/// What the language has and `bind` refuses for now.
const UNBUILT: &[&str] =
    &["execute-and-cache", "graph-merge", "inline-external-table", "macro-expand"];

/// What is built, for hints.
pub(super) const BUILT: &[&str] = &[
    "as",
    "assert-schema",
    "consume",
    "count",
    "distinct",
    "evaluate",
    "extend",
    "externaldata",
    "facet",
    "filter",
    "find",
    "fork",
    "getschema",
    "graph-mark-components",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "invoke",
    "join",
    "limit",
    "lookup",
    "make-graph",
    "make-series",
    "mv-apply",
    "mv-expand",
    "order",
    "parse",
    "parse-kv",
    "parse-where",
    "partition",
    "print",
    "project",
    "project-away",
    "project-by-names",
    "project-keep",
    "project-rename",
    "project-reorder",
    "range",
    "reduce",
    "render",
    "sample",
    "sample-distinct",
    "scan",
    "search",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
    "top-hitters",
    "top-nested",
    "union",
    "where",
];

impl Parser<'_> {
    /// The operator after a `|`.
    pub(super) fn operator(&mut self) -> Option<Operator> {
        let start = self.span();
        if self.word().is_none() {
            return self.expected("an operator");
        }
        let name = self.operator_name();
        let kind = match reader(&name) {
            Some(read) => read(self)?,
            None => self.no_operator(name.clone(), start)?,
        };
        if !matches!(
            self.kind(),
            TokenKind::End | TokenKind::Sign("|" | ";" | ")" | "}" | "]" | ",")
        ) {
            return self.expected(&format!("the end of `{name}`"));
        }
        Some(Operator { kind, span: self.since(start) })
    }

    /// One that is not built, or that nobody knows.
    fn no_operator(&mut self, name: String, start: Span) -> Option<OperatorKind> {
        if UNBUILT.contains(&name.as_str()) {
            self.skip_operator();
            return Some(OperatorKind::Unbuilt(name));
        }
        let span = self.since(start);
        let message = format!("no operator `{name}`");
        let known = BUILT.iter().chain(UNBUILT).copied();
        self.report(
            Diagnostic::error(codes::UNKNOWN_OPERATOR, span, message)
                .help(crate::nearest::hint(&name, known)),
        );
        None
    }

    /// `print`, `range`, `union`, `datatable` and the like at the head of a pipeline; none when
    /// something else stands here.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn source_operator(&mut self) -> Option<Option<Operator>> {
        let word = self.word()?;
        let next = &self.ahead(1).kind;
        let there = match word {
            "print" | "union" => {
                !matches!(next, TokenKind::End)
                    && !matches!(next, TokenKind::Sign(it) if !matches!(*it, "(" | "[" | "-" | "+" | "*"))
            }
            "range" => self.word_ahead(2) == Some("from") || self.sign_ahead(1, "["),
            "datatable" | "externaldata" | "external_data" => self.sign_ahead(1, "("),
            "search" | "find" => {
                matches!(next, TokenKind::Text(_) | TokenKind::Word(_) | TokenKind::Sign("(" | "*"))
            }
            "evaluate" => matches!(next, TokenKind::Word(_)),
            _ => false,
        };
        if !there {
            return None;
        }
        Some(self.source(word.to_owned()))
    }

    fn source(&mut self, word: String) -> Option<Operator> {
        let start = self.span();
        self.bump();
        let kind = if word == "union" {
            OperatorKind::Union(self.union()?)
        } else {
            self.other_source(word)?
        };
        Some(Operator { kind, span: self.since(start) })
    }

    /// Those without tables inside, apart so that nested unions cost little stack.
    fn other_source(&mut self, word: String) -> Option<OperatorKind> {
        Some(match word.as_str() {
            "print" => OperatorKind::Print(self.named_list()?),
            "range" => self.range()?,
            "datatable" => self.datatable()?,
            "search" => OperatorKind::Search(Box::new(self.search()?)),
            "find" => OperatorKind::Find(Box::new(self.find()?)),
            "externaldata" | "external_data" => OperatorKind::External(Box::new(self.external()?)),
            "evaluate" => OperatorKind::Evaluate(Box::new(self.evaluate()?)),
            _ => {
                self.skip_operator();
                OperatorKind::Unbuilt(word)
            }
        })
    }

    /// Takes `project-away` as one name.
    fn operator_name(&mut self) -> String {
        let mut name = self.word().unwrap_or_default().to_owned();
        self.bump();
        while self.at_sign("-") && self.touches(0) && self.touches(1) {
            let Some(part) = self.word_ahead(1) else { break };
            name.push('-');
            name.push_str(part);
            self.bump();
            self.bump();
        }
        name
    }
}

/// What reads an operator, by its name. One small function for each, so that operators in each
/// other cost little stack.
fn reader(name: &str) -> Option<Reader> {
    let reader: Reader = match name {
        "where" | "filter" => |it| {
            Some(OperatorKind::Where({
                it.options()?;
                it.idly_named()?
            }))
        },
        "project" => |it| Some(OperatorKind::Project(it.named_list()?)),
        "extend" => |it| Some(OperatorKind::Extend(it.named_list()?)),
        "serialize" => |it| Some(OperatorKind::Serialize(it.named_list()?)),
        "project-away" => |it| Some(OperatorKind::ProjectAway(it.commas(Parser::pattern)?)),
        "project-keep" => |it| Some(OperatorKind::ProjectKeep(it.commas(Parser::pattern)?)),
        "project-rename" => |it| Some(OperatorKind::ProjectRename(it.commas(Parser::rename)?)),
        "project-reorder" => |it| Some(OperatorKind::ProjectReorder(it.commas(Parser::reorder)?)),
        "summarize" => |it| it.summarize(),
        "sort" | "order" => |it| it.sort(),
        "top" => |it| it.top(),
        "take" | "limit" | "sample" => |it| Some(OperatorKind::Take(it.expression()?)),
        "count" => |it| {
            Some(OperatorKind::Count(if it.take_word("as") {
                Some(it.name("a column name")?)
            } else {
                None
            }))
        },
        "distinct" => |it| Some(OperatorKind::Distinct(it.distinct()?)),
        "join" => |it| Some(OperatorKind::Join(it.join()?)),
        "lookup" => |it| Some(OperatorKind::Lookup(it.join()?)),
        "union" => |it| Some(OperatorKind::Union(it.union()?)),
        "mv-expand" | "mvexpand" => |it| Some(OperatorKind::Expand(it.expand()?)),
        "mv-apply" | "mvapply" => |it| Some(OperatorKind::Apply(Box::new(it.apply()?))),
        "make-series" => |it| Some(OperatorKind::Series(Box::new(it.series()?))),
        "parse-kv" => |it| Some(OperatorKind::ParseKv(Box::new(it.parse_kv()?))),
        "partition" => |it| Some(OperatorKind::Partition(Box::new(it.partition()?))),
        "__partitionby" => |it| Some(OperatorKind::Partition(Box::new(it.partition_by()?))),
        "top-nested" => |it| Some(OperatorKind::TopNested(it.top_nested()?)),
        "top-hitters" => |it| it.top_hitters(),
        "sample-distinct" => |it| it.sample_distinct(),
        "search" => |it| Some(OperatorKind::Search(Box::new(it.search()?))),
        "find" => |it| Some(OperatorKind::Find(Box::new(it.find()?))),
        "fork" => |it| Some(OperatorKind::Fork(it.fork()?)),
        "facet" => |it| Some(OperatorKind::Facet(it.facet()?)),
        "project-by-names" => {
            |it| Some(OperatorKind::ProjectByNames(it.commas(Parser::expression)?))
        }
        "assert-schema" => |it| {
            it.expect_sign("(")?;
            Some(OperatorKind::AssertSchema(it.list(")", Parser::column)?))
        },
        "parse" => |it| Some(OperatorKind::Parse(Box::new(it.parse(false)?))),
        "parse-where" => |it| Some(OperatorKind::Parse(Box::new(it.parse(true)?))),
        "as" => |it| {
            it.options()?;
            Some(OperatorKind::As(it.name("a name")?))
        },
        "getschema" => |it| {
            let text = it.options()?.iter().any(|it| it.name == "kind" && it.value == "csl");
            Some(if text { OperatorKind::GetSchemaText } else { OperatorKind::GetSchema })
        },
        "render" => |it| {
            it.render()?;
            Some(OperatorKind::Render)
        },
        "consume" => |it| {
            it.skip_operator();
            Some(OperatorKind::Consume)
        },
        "evaluate" => |it| Some(OperatorKind::Evaluate(Box::new(it.evaluate()?))),
        "invoke" => |it| Some(OperatorKind::Invoke(it.invoke()?)),
        "scan" => |it| Some(OperatorKind::Scan(Box::new(it.scan()?))),
        "reduce" => |it| Some(OperatorKind::Reduce(Box::new(it.reduce()?))),
        "make-graph" => |it| Some(OperatorKind::MakeGraph(Box::new(it.make_graph()?))),
        "graph-match" => |it| Some(OperatorKind::GraphMatch(Box::new(it.graph_match("cycles")?))),
        "graph-shortest-paths" => {
            |it| Some(OperatorKind::GraphShortestPaths(Box::new(it.graph_match("output")?)))
        }
        "graph-mark-components" => |it| Some(OperatorKind::GraphComponents(it.graph_components()?)),
        "graph-to-table" => |it| Some(OperatorKind::GraphToTable(it.graph_to_table()?)),
        "graph-where-nodes" => |it| {
            let predicate = it.expression()?;
            Some(OperatorKind::GraphWhere { nodes: true, predicate })
        },
        "graph-where-edges" => |it| {
            let predicate = it.expression()?;
            Some(OperatorKind::GraphWhere { nodes: false, predicate })
        },
        _ => return None,
    };
    Some(reader)
}

type Reader = fn(&mut Parser<'_>) -> Option<OperatorKind>;

//! The tabular operators: one file each, and here the list of them.
//!
//! A new operator is a variant, a line in [`Parser::operator`] and a file; until then its name
//! stands in [`UNBUILT`], so that the reader is told "not yet" instead of "unknown".

mod columns;
mod datatable;
mod distinct;
mod expand;
mod external;
mod join;
mod options;
mod parse;
mod project;
mod range;
mod sort;
mod summarize;
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

pub use columns::{ColumnOrder, Pattern, Reorder};
pub use distinct::Distinct;
pub use expand::{Expand, ExpandItem};
pub use join::Join;
pub use parse::{Parse, ParseMode, Piece};
pub use project::Named;
pub use sort::Ordering;
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
    ProjectRename(Vec<(Name, Name)>),
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
    /// `as name`
    As(Name),
    /// `getschema`
    GetSchema,
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
    /// One the language has and this program has not yet.
    Unbuilt(String),
}

/// What the language has and `bind` refuses for now.
const UNBUILT: &[&str] = &[
    "assert-schema",
    "evaluate",
    "execute-and-cache",
    "externaldata",
    "facet",
    "find",
    "fork",
    "graph-mark-components",
    "graph-match",
    "graph-merge",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "inline-external-table",
    "invoke",
    "macro-expand",
    "make-graph",
    "make-series",
    "mv-apply",
    "mvapply",
    "parse-kv",
    "partition",
    "partition-by",
    "project-by-names",
    "reduce",
    "sample-distinct",
    "scan",
    "search",
    "top-hitters",
    "top-nested",
];

/// What is built, for hints.
const BUILT: &[&str] = &[
    "as",
    "consume",
    "count",
    "distinct",
    "extend",
    "filter",
    "getschema",
    "join",
    "limit",
    "lookup",
    "mv-expand",
    "order",
    "parse",
    "parse-where",
    "print",
    "project",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "range",
    "render",
    "sample",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
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
        let kind = match name.as_str() {
            "where" | "filter" => OperatorKind::Where({
                self.options()?;
                self.expression()?
            }),
            "project" => OperatorKind::Project(self.named_list()?),
            "extend" => OperatorKind::Extend(self.named_list()?),
            "serialize" => OperatorKind::Serialize(self.named_list()?),
            "project-away" => OperatorKind::ProjectAway(self.commas(Self::pattern)?),
            "project-keep" => OperatorKind::ProjectKeep(self.commas(Self::pattern)?),
            "project-rename" => OperatorKind::ProjectRename(self.commas(Self::rename)?),
            "project-reorder" => OperatorKind::ProjectReorder(self.commas(Self::reorder)?),
            "summarize" => self.summarize()?,
            "sort" | "order" => self.sort()?,
            "top" => self.top()?,
            "take" | "limit" | "sample" => OperatorKind::Take(self.expression()?),
            "count" => OperatorKind::Count(if self.take_word("as") {
                Some(self.name("a column name")?)
            } else {
                None
            }),
            "distinct" => OperatorKind::Distinct(self.distinct()?),
            "join" => OperatorKind::Join(self.join()?),
            "lookup" => OperatorKind::Lookup(self.join()?),
            "union" => OperatorKind::Union(self.union()?),
            "mv-expand" | "mvexpand" => OperatorKind::Expand(self.expand()?),
            "parse" => OperatorKind::Parse(Box::new(self.parse(false)?)),
            "parse-where" => OperatorKind::Parse(Box::new(self.parse(true)?)),
            "as" => {
                self.options()?;
                OperatorKind::As(self.name("a name")?)
            }
            "getschema" => {
                self.take_word("kind");
                OperatorKind::GetSchema
            }
            "render" => {
                self.skip_operator();
                OperatorKind::Render
            }
            "consume" => {
                self.skip_operator();
                OperatorKind::Consume
            }
            other if UNBUILT.contains(&other) => {
                self.skip_operator();
                OperatorKind::Unbuilt(name.clone())
            }
            other => {
                let span = self.since(start);
                let message = format!("no operator `{other}`");
                let known = BUILT.iter().chain(UNBUILT).copied();
                self.report(
                    Diagnostic::error(codes::UNKNOWN_OPERATOR, span, message)
                        .help(crate::nearest::hint(other, known)),
                );
                return None;
            }
        };
        if !matches!(
            self.kind(),
            TokenKind::End | TokenKind::Sign("|" | ";" | ")" | "}" | "]" | ",")
        ) {
            return self.expected(&format!("the end of `{name}`"));
        }
        Some(Operator { kind, span: self.since(start) })
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
            "datatable" | "externaldata" => self.sign_ahead(1, "("),
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
        let kind = match word.as_str() {
            "print" => OperatorKind::Print(self.named_list()?),
            "range" => self.range()?,
            "union" => OperatorKind::Union(self.union()?),
            "datatable" => self.datatable()?,
            "externaldata" => {
                self.skip_external();
                OperatorKind::Unbuilt(word)
            }
            _ => {
                self.skip_operator();
                OperatorKind::Unbuilt(word)
            }
        };
        Some(Operator { kind, span: self.since(start) })
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

//! Which records a filter can hold for at all, by the texts that it seeks.
//!
//! Where a filter demands that a sought member is equal to a text, only records with that term can
//! satisfy it. What is made here narrows a statement down to these and decides nothing: the filter
//! itself stands beside it. A server plans by what it knows of each term. A file is asked first how
//! many records there are, up to a bound: few are read at once and sorted; many are looked for in
//! the order that is asked for; and most of a collection is found on the way anyway.

use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath};

use super::Params;
use super::dialect::Dialect;
use super::list::TABLE;
use crate::backend::value::args;
use crate::tables::{Kept, array, term};
use crate::tx::{KindNo, TenantNo};
use crate::{ListAsk, ReadTx, StoreError};

/// A list never reads more records than this to sort them.
const MAX_FEW: i64 = 5_000;
/// More records than this are never gathered for a list.
const MAX_MANY: i64 = 50_000;
/// The most terms that are looked up for a filter.
const MAX_TERMS: usize = 64;

/// Terms, one of which, or all of which, a record must have.
#[derive(Debug, PartialEq)]
pub(super) enum Terms {
    One(i64),
    All(Vec<Terms>),
    Any(Vec<Terms>),
}

/// How many records have the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Few,
    Many,
    Most,
}

/// What a statement over the records is narrowed down by.
#[derive(Debug)]
pub(super) struct Sought {
    pub(super) terms: Terms,
    pub(super) share: Share,
}

impl ReadTx<'_> {
    /// What an ask can be narrowed down by, if there is anything.
    pub(super) fn sought(
        &self,
        ask: &ListAsk,
        tenant: TenantNo,
        kind: KindNo,
    ) -> Result<Option<Sought>, StoreError> {
        let Some(filter) = ask.filter.as_ref().filter(|it| may_seek(it)) else { return Ok(None) };
        // What belongs to one record is little in any case, and what a write has noted cannot be
        // looked up yet.
        if ask.parent.is_some() || !ask.extra.is_empty() || !self.beside_written() {
            return Ok(None);
        }
        let kept = self.kept(kind)?;
        let mut seeker = Seeker { kept: &kept, tenant, kind, scope: Vec::new(), left: MAX_TERMS };
        let Some(terms) = seeker.terms(filter) else { return Ok(None) };
        let share = match self.conn.dialect() {
            Dialect::Postgres => Share::Many,
            Dialect::Sqlite => self.share(ask, &terms, self.total(tenant, kind)?)?,
        };
        Ok(Some(Sought { terms, share }))
    }

    /// How many records of a collection have the terms, as it matters for a list. To fill a page
    /// the order must be followed through as many records as lie between those that fit; a record
    /// that is read costs some ten times as much as one that is only looked up, which bounds the
    /// few from above; and to learn that there are many must cost less than they do.
    fn share(&self, ask: &ListAsk, terms: &Terms, stored: i64) -> Result<Share, StoreError> {
        let page = u64::from(ask.top).saturating_add(ask.skip).saturating_add(1);
        let between = page.saturating_mul(stored.unsigned_abs());
        let root = |it: u64| i64::try_from(it.isqrt()).unwrap_or(i64::MAX);
        let (few, many) = (root(between / 10), root(between.saturating_mul(3)));
        let (few, many) = (few.min(MAX_FEW), many.min(MAX_MANY));
        let text = "SELECT count(*) FROM (SELECT 1 FROM term WHERE term MATCH ?1 LIMIT ?2) AS t";
        let words = terms.words();
        let count = self.conn.row(text, args![&words, many + 1], |row| row.get::<i64>(0))?;
        Ok(match count.unwrap_or(0) {
            it if it <= few => Share::Few,
            it if it <= many => Share::Many,
            _ => Share::Most,
        })
    }
}

/// Could a filter seek a text at all? Spares most lists the question what is kept.
fn may_seek(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().any(may_seek),
        Filter::Or(parts) => parts.iter().all(may_seek),
        Filter::Any { body, .. } => body.as_deref().is_some_and(may_seek),
        Filter::Compare { op: CompareOp::Eq, left, right } => {
            matches!((left, right), (Operand::Path(_), it) | (it, Operand::Path(_)) if text(it).is_some())
        }
        Filter::In { operand: Operand::Path(_), .. } => true,
        _ => false,
    }
}

/// The text that a constant is.
fn text(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Literal(Literal::Text(text) | Literal::Enum(text)) => Some(text),
        _ => None,
    }
}

struct Seeker<'a> {
    kept: &'a Kept,
    tenant: TenantNo,
    kind: KindNo,
    /// The lambda variables in reach, each with the path of its collection.
    scope: Vec<(&'a str, String)>,
    /// How many terms there may still be.
    left: usize,
}

impl<'a> Seeker<'a> {
    /// What a record must have for the filter to hold; `None` when nothing can be said.
    fn terms(&mut self, filter: &'a Filter) -> Option<Terms> {
        match filter {
            Filter::And(parts) => {
                let mut all: Vec<_> = parts.iter().filter_map(|it| self.terms(it)).collect();
                if all.len() > 1 { Some(Terms::All(all)) } else { all.pop() }
            }
            Filter::Or(parts) => {
                parts.iter().map(|it| self.terms(it)).collect::<Option<_>>().map(Terms::Any)
            }
            Filter::Compare { op: CompareOp::Eq, left, right } => {
                let (path, text) = match (left, right) {
                    (Operand::Path(path), it) | (it, Operand::Path(path)) => (path, text(it)?),
                    _ => return None,
                };
                self.term(path, text)
            }
            Filter::In { operand: Operand::Path(path), values } => {
                let each = values.iter().map(|it| match it {
                    Literal::Text(text) | Literal::Enum(text) => self.term(path, text),
                    _ => None,
                });
                let each: Vec<_> = each.collect::<Option<_>>()?;
                if each.is_empty() { None } else { Some(Terms::Any(each)) }
            }
            Filter::Any { path, var, body } => {
                let path = self.path(path)?;
                self.scope.push((var, path));
                let terms = body.as_deref().and_then(|it| self.terms(it));
                self.scope.pop();
                terms
            }
            // What does not hold may do so for the lack of a text.
            Filter::Compare { .. }
            | Filter::In { .. }
            | Filter::Not(_)
            | Filter::Has { .. }
            | Filter::Text { .. }
            | Filter::All { .. } => None,
        }
    }

    fn term(&mut self, path: &PropertyPath, text: &str) -> Option<Terms> {
        let member = self.path(path)?;
        if !self.kept.sought.contains(&member) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(Terms::One(term(self.tenant, self.kind, &member, text)))
    }

    /// A path from the document on.
    fn path(&self, path: &PropertyPath) -> Option<String> {
        let from = match &path.var {
            None => String::new(),
            Some(var) => self.scope.iter().rev().find(|(name, _)| name == var)?.1.clone(),
        };
        let members = path.segments.iter().map(String::as_str);
        let all = Some(from.as_str()).filter(|it| !it.is_empty()).into_iter().chain(members);
        Some(all.collect::<Vec<_>>().join("/"))
    }
}

impl Terms {
    /// As a question to the file's table of terms.
    fn words(&self) -> String {
        match self {
            Self::One(term) => format!("{term:016x}"),
            Self::All(each) => format!("({})", words(each, " AND ")),
            Self::Any(each) => format!("({})", words(each, " OR ")),
        }
    }

    /// As a condition on a server's records. The terms stand in the text, so that each is planned
    /// by how many records have it.
    fn arrays(&self) -> String {
        match self {
            Self::One(term) => {
                let array = array(&[*term]).unwrap_or_default();
                format!("{TABLE}.terms @> '{array}'::bigint[]")
            }
            Self::All(each) | Self::Any(each) => {
                let word = if matches!(self, Self::All(_)) { " AND " } else { " OR " };
                let each: Vec<_> = each.iter().map(Self::arrays).collect();
                format!("({})", each.join(word))
            }
        }
    }
}

fn words(each: &[Terms], word: &str) -> String {
    let each: Vec<_> = each.iter().map(Terms::words).collect();
    each.join(word)
}

impl Sought {
    /// The conditions that narrow a statement over the records down. Those of few are joined to
    /// their terms (see [`Dialect::by_terms`]); many are only tested.
    pub(super) fn conditions(&self, params: &mut Params) -> Vec<String> {
        match (params.dialect, self.share) {
            (Dialect::Postgres, _) => vec![self.terms.arrays()],
            (Dialect::Sqlite, Share::Few) => {
                let words = params.bind(self.terms.words());
                vec![format!("t.term MATCH {words}"), format!("{TABLE}.row = t.rowid")]
            }
            (Dialect::Sqlite, Share::Many) => {
                let words = params.bind(self.terms.words());
                // The plus keeps this from being where the rows are found.
                vec![format!("+{TABLE}.row IN (SELECT rowid FROM term WHERE term MATCH {words})")]
            }
            (Dialect::Sqlite, Share::Most) => Vec::new(),
        }
    }

    /// Are the records found by their terms, in no order?
    pub(super) fn leads(&self, dialect: Dialect) -> bool {
        dialect == Dialect::Sqlite && self.share == Share::Few
    }
}

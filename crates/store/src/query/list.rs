//! A page of a collection: one statement that finds the rows, then the rows themselves.
//!
//! The statement answers places and sort values only, so sorting moves little and an index may
//! answer alone. It is made of arms: over the records, and, for a list as of an earlier change,
//! over the images that later changes left behind; per range behind the cursor; and per value
//! of a leading `in`, where an index holds that member and the order together. Each arm is
//! ordered and cut by itself, so no arm reads more than a page from its index.

use std::collections::HashMap;

use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath};

use super::Params;
use super::dialect::{As, Dialect};
use super::filter::{Compiler, bound};
use super::order::{self, Range, SortKey};
use super::sought::Sought;
use crate::backend::value::{Value, args};
use crate::tables::{BEFORE, Columns, RECORD, index_name, line};
use crate::tx::{KindNo, TenantNo};
use crate::{Cursor, ListAsk, Page, ReadTx, Record, StoreError};

/// The most values of an `in` that get an arm each.
const MAX_SPLIT: usize = 8;
/// The alias of the table in every arm.
pub(super) const TABLE: &str = "r";

/// Where an arm looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The records as they are; with a number, only those not changed since.
    Records(Option<u64>),
    /// The records as they are, only those changed since this number.
    Changed(u64),
    /// Records as they were at this number, for those changed or removed since.
    Before(u64),
}

/// A statement with its values.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) params: Params,
}

impl ReadTx<'_> {
    /// A page of a collection.
    pub fn list(&self, ask: &ListAsk) -> Result<Page, StoreError> {
        let after = ask.after.as_ref();
        let list = order::fingerprint(&ask.kind, &ask.order);
        if after.is_some_and(|it| it.list != list || it.values.len() != ask.order.len()) {
            return Err(StoreError::BadCursor { reason: "it was made for another list or order" });
        }
        let head = self.head(&ask.tenant)?;
        let as_of = after.map(|it| it.as_of).or(ask.as_of).unwrap_or(head).min(head);
        let mut page = Page { records: Vec::new(), next: None, as_of };
        let Some(plan) = self.plan(ask, as_of, head)? else { return Ok(page) };
        if ask.top == 0 {
            return Ok(page);
        }
        let statement = plan.list()?;
        let mut places = self.places(&statement, ask.order.len())?;
        let top = ask.top as usize;
        if places.len() > top {
            places.truncate(top);
            page.next = places.last().map(|it| Cursor {
                as_of,
                list,
                values: it.values.clone(),
                id: it.id.clone(),
            });
        }
        page.records = self.at_places(&places, ask)?;
        Ok(page)
    }

    /// What the statement is made from; `None` when there cannot be any row.
    pub(super) fn plan<'a>(
        &self,
        ask: &'a ListAsk,
        as_of: u64,
        head: u64,
    ) -> Result<Option<Plan<'a>>, StoreError> {
        let numbers = self.tenant_no(&ask.tenant)?.zip(self.kind_no(&ask.kind)?);
        let Some((tenant, kind)) = numbers else {
            return Ok(None);
        };
        let sources = if as_of >= head {
            vec![Source::Records(None)]
        } else if self.changed_since(tenant, kind, as_of)? {
            vec![Source::Records(Some(as_of)), Source::Before(as_of)]
        } else {
            vec![Source::Records(Some(as_of))]
        };
        let dialect = self.conn.dialect();
        let sought = self.sought(ask, tenant, kind)?;
        let mut plan = Plan { ask, dialect, tenant, kind, sources, split: None, sought };
        if !plan.sought.as_ref().is_some_and(|it| it.leads(dialect)) {
            plan.split = plan.splittable(|name| self.has_index(name))?;
        }
        Ok(Some(plan))
    }

    /// Did a change since then replace or remove a record of the kind?
    fn changed_since(&self, tenant: TenantNo, kind: KindNo, seq: u64) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM change WHERE tenant = ?1 AND kind = ?2 AND seq > ?3
               AND before_seq <= ?3 LIMIT 1";
        self.conn.exists(text, args![tenant.0, kind.0, seq as i64])
    }

    fn places(&self, statement: &Statement, keys: usize) -> Result<Vec<Place>, StoreError> {
        self.conn.rows(&statement.text, &statement.params.args(), |row| {
            let values = (0..keys).map(|key| row.get(key + 2)).collect::<Result<_, _>>()?;
            let before = row.get::<i64>(0)? != 0;
            Ok(Place { before, row: row.get(1)?, values, id: row.get(keys + 2)? })
        })
    }

    /// The records of a page. A file is asked for each, which costs no more than for all at once;
    /// a server for all of a table.
    fn at_places(&self, places: &[Place], ask: &ListAsk) -> Result<Vec<Record>, StoreError> {
        let missing = |row: i64| StoreError::Corrupt {
            what: format!("an index names row {row} of {}, which is not there", ask.kind),
        };
        let dialect = self.conn.dialect();
        let text = |before: bool, test: &str| {
            let (columns, table) = if before { (BEFORE, "change") } else { (RECORD, "record") };
            let doc = dialect.document("doc");
            format!("SELECT {columns}, {doc}, r.row FROM {table} AS r WHERE r.row {test}")
        };
        if dialect == Dialect::Sqlite {
            let [record, before] = [false, true].map(|it| text(it, "= ?1"));
            let each = places.iter().map(|it| {
                let text = if it.before { &before } else { &record };
                let found = self.conn.row(text, args![it.row], |row| Columns::read(row, 0))?;
                found.ok_or_else(|| missing(it.row))?.record(&ask.tenant, &ask.kind)
            });
            return each.collect();
        }
        let mut found = HashMap::with_capacity(places.len());
        for before in [false, true] {
            let rows = places.iter().filter(|it| it.before == before).map(|it| it.row);
            let rows: Vec<i64> = rows.collect();
            if rows.is_empty() {
                continue;
            }
            let text = text(before, "= ANY(?1)");
            let columns = self.conn.rows(&text, args![&rows[..]], |row| {
                Ok((row.get::<i64>(7)?, Columns::read(row, 0)?))
            })?;
            for (row, columns) in columns {
                found.insert((before, row), columns.record(&ask.tenant, &ask.kind)?);
            }
        }
        let each = places
            .iter()
            .map(|it| found.remove(&(it.before, it.row)).ok_or_else(|| missing(it.row)));
        each.collect()
    }
}

/// Where a row of the page is, and what it sorts by.
struct Place {
    before: bool,
    row: i64,
    values: Vec<Value>,
    id: String,
}

/// A list on its way to a statement.
pub(super) struct Plan<'a> {
    pub(super) ask: &'a ListAsk,
    pub(super) dialect: Dialect,
    pub(super) tenant: TenantNo,
    pub(super) kind: KindNo,
    pub(super) sources: Vec<Source>,
    /// The leading `in` whose values get an arm each.
    pub(super) split: Option<Split<'a>>,
    /// What the records are narrowed down by.
    pub(super) sought: Option<Sought>,
}

/// How far each of several arms is read: said in the text, or bound once it is needed.
enum Reach {
    Said(String),
    Bound(i64),
}

pub(super) struct Split<'a> {
    pub(super) path: &'a PropertyPath,
    pub(super) values: Vec<&'a Literal>,
    pub(super) kind: As,
    /// What remains of the filter.
    rest: Vec<&'a Filter>,
}

impl<'a> Plan<'a> {
    #[cfg(test)]
    pub(super) fn of_records(ask: &'a ListAsk, as_of: Option<u64>, indexed: bool) -> Self {
        let sources = match as_of {
            None => vec![Source::Records(None)],
            Some(seq) => vec![Source::Records(Some(seq)), Source::Before(seq)],
        };
        let dialect = Dialect::Sqlite;
        let (tenant, kind) = (TenantNo(1), KindNo(1));
        let mut plan = Plan { ask, dialect, tenant, kind, sources, split: None, sought: None };
        plan.split = plan.splittable(|_| Ok(indexed)).expect("no database is asked");
        plan
    }

    /// The statement that finds one row more than the page holds.
    pub(super) fn list(&self) -> Result<Statement, StoreError> {
        let ask = self.ask;
        let mut params = Params::new(self.dialect);
        let tenant = params.bind(self.tenant.0);
        let limit = i64::from(ask.top) + 1;
        let skip =
            if ask.after.is_some() { 0 } else { i64::try_from(ask.skip).unwrap_or(i64::MAX) };
        let reach = limit.saturating_add(skip);
        let (limit, skip, reach) = match self.dialect {
            Dialect::Sqlite => (params.bind(limit), params.bind(skip), Reach::Bound(reach)),
            // A server that cannot see how short a page is plans anew each time it is asked.
            Dialect::Postgres if skip == 0 => {
                (limit.to_string(), skip.to_string(), Reach::Said(limit.to_string()))
            }
            Dialect::Postgres => (limit.to_string(), params.bind(skip), Reach::Bound(reach)),
        };
        let mut arms = Vec::new();
        let mut outer = String::new();
        for source in &self.sources {
            let keys = order::keys(&ask.order, TABLE, &mut params)?;
            outer = order::by_place(&keys, 0, self.dialect);
            let wheres = self.wheres(*source, &tenant, &mut params)?;
            let mut ranges = order::ranges(&keys, ask.after.as_ref(), &mut params)?;
            if self.led(*source) {
                // No order to seek in, so that one arm reads each record once.
                ranges = vec![Range::any(ranges)];
            }
            for range in ranges {
                for value in self.split_values(&mut params)? {
                    let own = value.into_iter().chain(range.condition.clone());
                    let tests: Vec<_> = wheres.iter().cloned().chain(own).collect();
                    let order = order::by_place(&keys, range.fixed, self.dialect);
                    arms.push(format!("{} ORDER BY {order}", self.arm(*source, &keys, &tests)));
                }
            }
        }
        let text = if arms.len() == 1 {
            format!("{} LIMIT {limit} OFFSET {skip}", arms.remove(0))
        } else {
            // A server refuses an argument that stands nowhere, so this one comes last.
            let reach = match reach {
                Reach::Said(it) => it,
                Reach::Bound(it) => params.bind(it),
            };
            let arms: Vec<_> =
                arms.iter().map(|it| format!("SELECT * FROM ({it} LIMIT {reach}) AS a")).collect();
            let arms = arms.join("\nUNION ALL ");
            format!("{arms}\nORDER BY {outer} LIMIT {limit} OFFSET {skip}")
        };
        Ok(Statement { text, params })
    }

    /// The conditions that every arm over a source has.
    pub(super) fn wheres(
        &self,
        source: Source,
        tenant: &str,
        params: &mut Params,
    ) -> Result<Vec<String>, StoreError> {
        let ask = self.ask;
        // The kind stands in the text: the partial indexes are found by it.
        let mut tests =
            vec![format!("{TABLE}.tenant = {tenant}"), format!("{TABLE}.kind = {}", self.kind.0)];
        if let (Source::Records(_), Some(sought)) = (source, &self.sought) {
            tests.extend(sought.conditions(params));
        }
        match source {
            Source::Records(None) => {}
            Source::Records(Some(seq)) => {
                let seq = params.bind(seq as i64);
                tests.push(format!("{TABLE}.seq <= {seq}"));
            }
            // The log says which they may be; each is sought by its id.
            Source::Changed(seq) => {
                let (first, last) =
                    (params.bind(line(self.tenant, seq)), params.bind(line(self.tenant, u64::MAX)));
                let seq = params.bind(seq as i64);
                tests.push(format!(
                    "{TABLE}.seq > {seq} AND {TABLE}.id IN (SELECT c.id FROM change AS c
                       WHERE c.row > {first} AND c.row <= {last} AND c.kind = {})",
                    self.kind.0
                ));
            }
            // The image that the first change behind `seq` left is the only one older than `seq`.
            Source::Before(seq) => {
                let seq = params.bind(seq as i64);
                tests.push(format!("{TABLE}.seq > {seq} AND {TABLE}.before_seq <= {seq}"));
            }
        }
        if let Some(parent) = &ask.parent {
            let parent = params.bind(parent.clone());
            tests.push(format!("{TABLE}.parent = {parent}"));
        }
        for (name, value) in &ask.extra {
            let segments: Vec<_> = name.split('/').collect();
            let (value, kind) = scalar(name, value, self.dialect)?;
            let member = self.dialect.member(&format!("{TABLE}.doc"), &segments, kind)?;
            tests.push(match value {
                Value::Null => format!("{member} IS NULL"),
                value => {
                    let value = self.dialect.constant(&params.bind(value), kind);
                    format!("{member} = {value}")
                }
            });
        }
        let mut compiler = Compiler::new(params, TABLE);
        match &self.split {
            Some(split) => {
                for part in &split.rest {
                    tests.push(compiler.filter(part)?);
                }
            }
            None => {
                if let Some(filter) = &ask.filter {
                    tests.push(compiler.filter(filter)?);
                }
            }
        }
        Ok(tests)
    }

    /// Are the records of a source found by their terms?
    fn led(&self, source: Source) -> bool {
        matches!(source, Source::Records(_))
            && self.sought.as_ref().is_some_and(|it| it.leads(self.dialect))
    }

    pub(super) fn table(&self, source: Source) -> &'static str {
        if self.led(source) { self.dialect.by_terms() } else { source.table(self.dialect) }
    }

    fn split_values(&self, params: &mut Params) -> Result<Vec<Option<String>>, StoreError> {
        let Some(split) = &self.split else { return Ok(vec![None]) };
        let path = Compiler::new(params, TABLE).path(split.path, split.kind)?;
        let tests =
            split.values.iter().map(|it| Some(format!("{path} = {}", split.constant(it, params))));
        Ok(tests.collect())
    }

    fn arm(&self, source: Source, keys: &[SortKey], tests: &[String]) -> String {
        let keys: Vec<_> =
            keys.iter().enumerate().map(|(at, it)| format!("{} AS k{at}", it.text)).collect();
        format!(
            "SELECT {} AS b, {TABLE}.row, {} FROM {} WHERE {}",
            u8::from(matches!(source, Source::Before(_))),
            keys.join(", "),
            self.table(source),
            tests.join(" AND ")
        )
    }

    /// Is there an `in` (or alternatives that amount to one) that must hold, over a member that an
    /// index holds together with the first sort key?
    fn splittable(
        &self,
        has_index: impl Fn(&str) -> Result<bool, StoreError>,
    ) -> Result<Option<Split<'a>>, StoreError> {
        let (Some(filter), Some((order, _))) = (&self.ask.filter, self.ask.order.first()) else {
            return Ok(None);
        };
        let one = std::slice::from_ref(filter);
        let parts = if let Filter::And(parts) = filter { parts.as_slice() } else { one };
        for (at, part) in parts.iter().enumerate() {
            let Some((path, mut values)) = alternatives(part) else { continue };
            if path.var.is_some() || !path.cast.is_empty() || path.segments == ["id"] {
                continue;
            }
            // A value given twice must not give its rows twice.
            let mut seen: Vec<&Literal> = Vec::new();
            values.retain(|it| {
                let new = !seen.contains(it);
                seen.push(it);
                new
            });
            let fits = (2..=MAX_SPLIT).contains(&values.len()) && !values.contains(&&Literal::Null);
            let name = index_name(
                self.dialect,
                self.kind,
                &[path.segments.as_slice(), order.segments.as_slice()],
            );
            if fits && has_index(&name)? {
                let rest = parts.iter().enumerate().filter(|(other, _)| *other != at);
                let rest = rest.map(|(_, it)| it).collect();
                let kind = values.iter().find_map(|it| As::of_literal(it)).unwrap_or(As::Text);
                return Ok(Some(Split { path, values, kind, rest }));
            }
        }
        Ok(None)
    }
}

impl Source {
    fn table(self, dialect: Dialect) -> &'static str {
        match self {
            Self::Records(_) => "record AS r",
            Self::Changed(_) => dialect.by_key(),
            Self::Before(_) => "change AS r",
        }
    }
}

impl Split<'_> {
    pub(super) fn constant(&self, value: &Literal, params: &mut Params) -> String {
        let dialect = params.dialect;
        dialect.constant(&params.bind(bound(value, dialect)), self.kind)
    }
}

/// The property and the values of `p in (..)`, or of `p eq a or p eq b or ...`.
fn alternatives(filter: &Filter) -> Option<(&PropertyPath, Vec<&Literal>)> {
    match filter {
        Filter::In { operand: Operand::Path(path), values } => {
            Some((path, values.iter().collect()))
        }
        Filter::Or(parts) => {
            let mut all = parts.iter().map(|it| match it {
                Filter::Compare {
                    op: CompareOp::Eq,
                    left: Operand::Path(path),
                    right: Operand::Literal(value),
                } => Some((path, value)),
                _ => None,
            });
            let (path, first) = all.next()??;
            let mut values = vec![first];
            for next in all {
                let (other, value) = next?;
                if other != path {
                    return None;
                }
                values.push(value);
            }
            Some((path, values))
        }
        _ => None,
    }
}

fn scalar(
    name: &str,
    value: &serde_json::Value,
    dialect: Dialect,
) -> Result<(Value, As), StoreError> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::Null => (Value::Null, As::Text),
        Json::Bool(it) => (dialect.flag(*it), As::Text),
        Json::Number(it) => {
            let number = match it.as_i64() {
                Some(it) => Value::Integer(it),
                None => Value::Real(it.as_f64().unwrap_or(f64::NAN)),
            };
            (number, As::Number)
        }
        Json::String(it) => (Value::Text(it.clone()), As::Text),
        Json::Array(_) | Json::Object(_) => return Err(StoreError::BadName { name: name.into() }),
    })
}

//! How many records an ask describes.
//!
//! All of a collection is a number that is kept, and so is each combination of the members that are
//! tallied. What any other filter leaves is counted, from an index where one serves. For an earlier
//! change number it is counted as of now, and corrected by what changed since: that is little, and
//! the index alone still answers the rest.

use model::query::{Filter, Operand, PropertyPath};

use super::Params;
use super::filter::Compiler;
use super::list::{Plan, Source, Statement, TABLE};
use super::sought::Share;
use crate::{ListAsk, ReadTx, StoreError};

/// Changes behind an earlier number up to which correcting is cheaper than reading everything.
const MAX_CORRECTED: u64 = 50_000;

impl ReadTx<'_> {
    /// How many records a collection has that the ask describes; its page bounds do not matter.
    pub fn count(&self, ask: &ListAsk) -> Result<u64, StoreError> {
        let head = self.head(&ask.tenant)?;
        let as_of = ask.as_of.or(ask.after.as_ref().map(|it| it.as_of)).unwrap_or(head).min(head);
        let Some(mut plan) = self.counting(ask, as_of, head)? else { return Ok(0) };
        let corrected = as_of < head && head - as_of <= MAX_CORRECTED;
        if !corrected {
            let count = match self.known(&plan)? {
                Some(count) if as_of >= head => count,
                _ => self.ask(&plan.count()?)?,
            };
            return Ok(count as u64);
        }
        plan.sources = vec![Source::Before(as_of)];
        let mut count = self.ask(&plan.count()?)?;
        plan.sources = vec![Source::Changed(as_of)];
        count -= self.ask(&plan.count()?)?;
        plan.sources = vec![Source::Records(None)];
        count += match self.known(&plan)? {
            Some(count) => count,
            None => self.ask(&plan.count()?)?,
        };
        Ok(count as u64)
    }

    /// The plan of a count.
    pub(super) fn counting<'a>(
        &self,
        ask: &'a ListAsk,
        as_of: u64,
        head: u64,
    ) -> Result<Option<Plan<'a>>, StoreError> {
        let mut plan = self.plan(ask, as_of, head)?;
        if let Some(sought) = plan.as_mut().and_then(|it| it.sought.as_mut()) {
            // Every one of them is read in any case.
            sought.share = Share::Few;
        }
        Ok(plan)
    }

    /// What is counted already: all of a collection, and the combinations of tallied members.
    fn known(&self, plan: &Plan<'_>) -> Result<Option<i64>, StoreError> {
        let ask = plan.ask;
        if ask.parent.is_some() || !ask.extra.is_empty() {
            return Ok(None);
        }
        let Some(filter) = &ask.filter else {
            return Ok(Some(self.total(plan.tenant, plan.kind)?));
        };
        if !self.beside_written() || !over(filter, &|_| true) {
            return Ok(None);
        }
        let kept = self.kept(plan.kind)?;
        let tallied = |path: &PropertyPath| match path.segments.as_slice() {
            [member] => kept.tallied.contains(member),
            _ => false,
        };
        if !over(filter, &tallied) {
            return Ok(None);
        }
        Ok(Some(self.ask(&plan.tallied(filter)?)?))
    }

    fn ask(&self, statement: &Statement) -> Result<i64, StoreError> {
        let count = self.conn.row(&statement.text, &statement.params.args(), |it| it.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

/// Does a filter ask about nothing but such properties of the record itself?
fn over(filter: &Filter, such: &impl Fn(&PropertyPath) -> bool) -> bool {
    let path = |it: &PropertyPath| it.var.is_none() && it.cast.is_empty() && such(it);
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(|it| over(it, such)),
        Filter::Not(part) => over(part, such),
        Filter::Compare { left, right, .. } => [left, right].into_iter().all(|it| match it {
            Operand::Path(it) => path(it),
            Operand::Literal(_) => true,
            Operand::Lower(_) | Operand::Upper(_) | Operand::Count(_) => false,
        }),
        Filter::In { operand: Operand::Path(it), .. } => path(it),
        Filter::In { .. }
        | Filter::Has { .. }
        | Filter::Text { .. }
        | Filter::Any { .. }
        | Filter::All { .. } => false,
    }
}

impl Plan<'_> {
    /// The statement that adds up the combinations of tallied members for which a filter holds.
    pub(super) fn tallied(&self, filter: &Filter) -> Result<Statement, StoreError> {
        let mut params = Params::new(self.dialect);
        let (tenant, kind) = (params.bind(self.tenant.0), params.bind(self.kind.0));
        let condition = Compiler::new(&mut params, TABLE).filter(filter)?;
        let text = format!(
            "SELECT CAST(coalesce(sum({TABLE}.records), 0) AS bigint) FROM tally AS {TABLE}
             WHERE {TABLE}.tenant = {tenant} AND {TABLE}.kind = {kind} AND {condition}"
        );
        Ok(Statement { text, params })
    }

    /// The statement that counts.
    pub(super) fn count(&self) -> Result<Statement, StoreError> {
        let mut params = Params::new(self.dialect);
        let tenant = params.bind(self.tenant.0);
        let mut arms = Vec::new();
        for source in &self.sources {
            let mut tests = self.wheres(*source, &tenant, &mut params)?;
            if let Some(split) = &self.split {
                let path = Compiler::new(&mut params, TABLE).path(split.path, split.kind)?;
                let values = split.values.iter().map(|it| split.constant(it, &mut params));
                tests.push(format!("{path} IN ({})", values.collect::<Vec<_>>().join(", ")));
            }
            let table = self.table(*source);
            arms.push(format!("(SELECT count(*) FROM {table} WHERE {})", tests.join(" AND ")));
        }
        Ok(Statement { text: format!("SELECT {}", arms.join(" + ")), params })
    }
}

//! How many records an ask describes.
//!
//! All of a collection is a number that is kept. What a filter leaves is counted, from an index
//! where one serves. For an earlier change number it is counted as of now, and corrected by what
//! changed since: that is little, and the index alone still answers the rest.

use super::Params;
use super::filter::Compiler;
use super::list::{Plan, Source, Statement, TABLE};
use crate::{ListAsk, ReadTx, StoreError};

/// Changes behind an earlier number up to which correcting is cheaper than reading everything.
const MAX_CORRECTED: u64 = 50_000;

impl ReadTx<'_> {
    /// How many records a collection has that the ask describes; its page bounds do not matter.
    pub fn count(&self, ask: &ListAsk) -> Result<u64, StoreError> {
        let head = self.head(&ask.tenant)?;
        let as_of = ask.as_of.or(ask.after.as_ref().map(|it| it.as_of)).unwrap_or(head).min(head);
        let Some(mut plan) = self.plan(ask, as_of, head)? else { return Ok(0) };
        let corrected = as_of < head && head - as_of <= MAX_CORRECTED;
        let all = ask.filter.is_none() && ask.parent.is_none() && ask.extra.is_empty();
        if !corrected {
            let whole = as_of >= head && all;
            let count =
                if whole { self.total(plan.tenant, plan.kind)? } else { self.ask(&plan.count()?)? };
            return Ok(count as u64);
        }
        plan.sources = vec![Source::Before(as_of)];
        let mut count = self.ask(&plan.count()?)?;
        plan.sources = vec![Source::Changed(as_of)];
        count -= self.ask(&plan.count()?)?;
        count += if all {
            self.total(plan.tenant, plan.kind)?
        } else {
            plan.sources = vec![Source::Records(None)];
            self.ask(&plan.count()?)?
        };
        Ok(count as u64)
    }

    fn ask(&self, statement: &Statement) -> Result<i64, StoreError> {
        let count = self.conn.row(&statement.text, &statement.params.args(), |it| it.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

impl Plan<'_> {
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
            let table = source.table(self.dialect);
            arms.push(format!("(SELECT count(*) FROM {table} WHERE {})", tests.join(" AND ")));
        }
        Ok(Statement { text: format!("SELECT {}", arms.join(" + ")), params })
    }
}

//! Audit log queries: jobs whose state the service tells. Nothing here runs them yet, so a query
//! waits, and its records are those that are stored.

use store::Tx;

use crate::{
    behavior::{Behavior, Creation},
    doc::{set, ticks},
    fault::Fault,
};

pub(crate) struct Query;

impl Behavior for Query {
    fn kind(&self) -> &'static str {
        "security/auditLog/queries"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let (from, to) = (ticks(it.doc, "filterStartDateTime"), ticks(it.doc, "filterEndDateTime"));
        if from > 0 && to > 0 && from > to {
            return Err(Fault::invalid("filterEndDateTime", "lies before filterStartDateTime"));
        }
        set(it.doc, "status", "notStarted");
        Ok(())
    }
}

//! How a leash is found: it is the task's, and tasks and blocking calls that DataFusion starts
//! have that of the task that started them.

use std::{any::Any, sync::Arc};

use datafusion::common::runtime::{JoinSetTracer, set_join_set_tracer};
use futures::future::BoxFuture;

use super::Leash;

tokio::task_local! {
    /// The leash of the query that is being worked on.
    pub(crate) static LEASH: Arc<Leash>;
}

/// Makes leashes go along. It counts for the whole process, and saying it twice changes nothing.
pub(crate) fn go_along() {
    let _ = set_join_set_tracer(&Along);
}

struct Along;

type Anything = Box<dyn Any + Send>;

impl JoinSetTracer for Along {
    fn trace_future(&self, work: BoxFuture<'static, Anything>) -> BoxFuture<'static, Anything> {
        match LEASH.try_with(Arc::clone) {
            Ok(leash) => Box::pin(LEASH.scope(leash, work)),
            Err(_) => work,
        }
    }

    fn trace_block(
        &self,
        work: Box<dyn FnOnce() -> Anything + Send>,
    ) -> Box<dyn FnOnce() -> Anything + Send> {
        match LEASH.try_with(Arc::clone) {
            Ok(leash) => Box::new(move || LEASH.sync_scope(leash, work)),
            Err(_) => work,
        }
    }
}

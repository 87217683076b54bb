//! What can go wrong in the engine. `hunter.rs` turns these into the faults callers see.

use datafusion::error::DataFusionError;

/// Why the engine could not do something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The query is fine to read, but asks for something this engine refuses or a value forbids.
    #[error("{0}")]
    Refused(String),
    /// The query ran as long as it may.
    #[error("the query ran out of time")]
    TimedOut(std::time::Duration),
    /// What the query works out needs more memory than it may have.
    #[error("the query ran out of memory")]
    OutOfMemory,
    /// DataFusion said no.
    #[error("the query engine failed")]
    DataFusion(#[source] Box<DataFusionError>),
    /// The disk said no.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A plan the binder should never have made.
    #[error("the plan is inconsistent: {0}")]
    Plan(String),
    /// The table service behind the engine said no.
    #[error("could not read the table `{table}`")]
    Rows {
        /// The table.
        table: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EngineError {
    /// A refusal.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    /// A plan that breaks an invariant.
    pub(crate) fn plan(text: impl Into<String>) -> Self {
        Self::Plan(text.into())
    }
}

impl From<DataFusionError> for EngineError {
    /// Our own errors come back out of the wrapping DataFusion put around them.
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::DataFusion(Box::new(DataFusionError::External(other))),
            },
            DataFusionError::Context(_, inner) => Self::from(*inner),
            other => Self::DataFusion(Box::new(other)),
        }
    }
}

impl From<EngineError> for DataFusionError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::DataFusion(inner) => *inner,
            other => Self::External(Box::new(other)),
        }
    }
}

impl From<datafusion::arrow::error::ArrowError> for EngineError {
    fn from(error: datafusion::arrow::error::ArrowError) -> Self {
        Self::DataFusion(Box::new(error.into()))
    }
}

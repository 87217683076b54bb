//! Engine errors as the faults that callers see.

use datafusion::error::DataFusionError;
use kql::hunt::HuntFault;

use crate::error::EngineError;

/// An error of ours.
pub(crate) fn of(error: EngineError) -> HuntFault {
    match error {
        EngineError::Refused(text) => HuntFault::Runtime(text),
        EngineError::TimedOut(limit) => HuntFault::TimedOut(limit),
        EngineError::OutOfMemory => HuntFault::OutOfMemory,
        EngineError::DataFusion(inner) => of_root(*inner),
        other => HuntFault::Internal(Box::new(other)),
    }
}

/// An error of DataFusion, which may have one of ours inside.
pub(crate) fn of_datafusion(error: DataFusionError) -> HuntFault {
    if let DataFusionError::External(inner) = error.find_root() {
        match inner.downcast_ref() {
            Some(EngineError::Refused(text)) => return HuntFault::Runtime(text.clone()),
            Some(EngineError::TimedOut(limit)) => return HuntFault::TimedOut(*limit),
            Some(EngineError::OutOfMemory) => return HuntFault::OutOfMemory,
            _ => {}
        }
    }
    of(error.into())
}

fn of_root(error: DataFusionError) -> HuntFault {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => HuntFault::OutOfMemory,
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            datafusion::arrow::error::ArrowError::ComputeError(text)
            | datafusion::arrow::error::ArrowError::CastError(text)
            | datafusion::arrow::error::ArrowError::ArithmeticOverflow(text) => {
                HuntFault::Runtime(text.clone())
            }
            _ => HuntFault::Internal(Box::new(error)),
        },
        _ => HuntFault::Internal(Box::new(error)),
    }
}

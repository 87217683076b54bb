//! Everything a query may call, described for the binder.

use std::sync::LazyLock;

use kql::function::{AggregateDef, FunctionDef, Functions};

use crate::{aggregates::AGGREGATES, functions::SCALARS};

/// The functions and aggregates of the library.
pub(crate) fn functions() -> &'static Functions {
    static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
        let scalars: Vec<&'static FunctionDef> = SCALARS.iter().map(|it| &it.def).collect();
        let aggregates: Vec<&'static AggregateDef> = AGGREGATES.iter().map(|it| &it.def).collect();
        Functions { scalars: scalars.leak(), aggregates: aggregates.leak() }
    });
    &FUNCTIONS
}

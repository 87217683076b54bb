//! the only crate that names DataFusion: lowering, functions, the lake

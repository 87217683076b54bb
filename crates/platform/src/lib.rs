//! entity behaviours, correlation, intake, background jobs

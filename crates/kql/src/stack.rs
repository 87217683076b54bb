//! Room on the stack.
//!
//! How deep a query may nest is bounded (`syntax::parser`, `bind::limits`), but how large the frames
//! of a level are hangs on the build, and how large the stack is on who calls. So what recurses asks
//! for room first.

/// What must be left before another level.
const LEAST: usize = 128 << 10;
/// What is taken when it is not.
const MORE: usize = 4 << 20;

/// Runs a level that may go deeper.
pub(crate) fn roomy<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEAST, MORE, level)
}

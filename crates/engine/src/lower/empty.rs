//! Relations that have no rows whatever the data of other tables is.
//!
//! A union over every table there is (`search`, `find`, `union *`) would otherwise plan and read
//! hundreds of tables that nothing was ever ingested into.

use kql::{
    plan::{JoinKind, Op, Rel},
    work::Work,
};

use super::Sources;

/// True when no row can come out.
pub(crate) fn is_empty(sources: &dyn Sources, rel: &Rel) -> bool {
    let empty = |it: &Rel| is_empty(sources, it);
    match &rel.op {
        Op::Table { name, window } => sources.is_empty(name, *window),
        Op::Values { rows } => rows.is_empty(),
        Op::Filter { input, .. }
        | Op::Project { input, .. }
        | Op::Sort { input, .. }
        | Op::Take { input, .. }
        | Op::Serialize { input }
        | Op::Shared { input, .. }
        | Op::Window { input, .. }
        | Op::Expand { input, .. }
        | Op::Parse { input, .. } => empty(input),
        // without keys there is a row for nothing at all
        Op::Summarize { input, keys, aggregates } => {
            (!keys.is_empty() || aggregates.is_empty()) && empty(input)
        }
        Op::Join { kind, left, right, .. } => match kind {
            JoinKind::InnerUnique | JoinKind::Inner | JoinKind::LeftSemi | JoinKind::RightSemi => {
                empty(left) || empty(right)
            }
            JoinKind::LeftOuter | JoinKind::LeftAnti => empty(left),
            JoinKind::RightOuter | JoinKind::RightAnti => empty(right),
            JoinKind::FullOuter => empty(left) && empty(right),
        },
        Op::Union { inputs } => inputs.iter().all(empty),
        Op::Work { input, work } => matches!(**work, Work::Scan(_)) && empty(input),
        Op::Range { .. } | Op::External(_) | Op::Graph(_) => false,
    }
}

//! Properties that hold for queries nobody wrote: the columns that the binder tells are those that
//! come out, and neither the optimiser nor how the work is parted changes an answer.
//!
//! `pipelines.rs` makes queries from dice, `dice.rs` throws them. `PROPTEST_CASES` says how many.

#![allow(clippy::unwrap_used)]

mod aggregates;
mod dice;
mod pipelines;
mod terms;

use datafusion::{
    execution::{SessionStateBuilder, session_state::SessionState},
    physical_optimizer::PhysicalOptimizerRule,
};
use kql::{
    Catalog, Env,
    hunt::HuntFault,
    plan::Rel,
    types::{Column, Type},
    value::Value,
};
use proptest::prelude::*;

use crate::{
    arrow_types::dynamic_of,
    collect::{Bounds, Collected, collect},
    lower::{LowerCx, Sources, rel},
    registry, session,
};

/// How often a property is tried when nobody says.
fn cases(usual: u32) -> ProptestConfig {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let cases = said.unwrap_or(usual);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

struct NoTables;

impl Catalog for NoTables {
    fn table(&self, _: &str) -> Option<Vec<Column>> {
        None
    }

    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Sources for NoTables {
    fn source(
        &self,
        name: &str,
        _: Option<(i64, i64)>,
    ) -> Result<std::sync::Arc<dyn datafusion::catalog::TableProvider>, crate::error::EngineError>
    {
        Err(crate::error::EngineError::plan(name.to_owned()))
    }
}

fn compiled(text: &str) -> Result<Rel, Vec<kql::diagnostic::Diagnostic>> {
    let env = Env { catalog: &NoTables, functions: registry::functions(), now: 0, window: None };
    let compiled = kql::compile(text, &env);
    compiled.plan.ok_or(compiled.diagnostics)
}

/// Ways to run a query that must not change its answer.
struct Ways {
    usual: SessionState,
    others: Vec<(&'static str, SessionState)>,
}

/// Rules that make a plan right; all others only make it quicker.
const NEEDED: &[&str] = &[
    "OutputRequirements",
    "EnsureRequirements",
    "EnsureCooperative",
    "SanityCheckPlan",
    "join_selection",
    "yielding joins",
];

impl Ways {
    fn new() -> Self {
        let usual = session::state(&std::env::temp_dir(), 256 << 20, 2).unwrap();
        let again = || SessionStateBuilder::new_from_existing(usual.clone());
        let needed = usual.physical_optimizers().iter();
        let needed = needed.filter(|it| NEEDED.contains(&it.name())).cloned();
        let needed: Vec<std::sync::Arc<dyn PhysicalOptimizerRule + Send + Sync>> = needed.collect();
        assert_eq!(needed.len(), 7, "DataFusion calls its rules otherwise");
        // some functions of DataFusion's are nothing but what this makes of them
        let logical = usual.optimizers().iter().filter(|it| it.name() == "simplify_expressions");
        let plain = again()
            .with_optimizer_rules(logical.cloned().collect())
            .with_physical_optimizer_rules(needed);
        let with = |parts, batch| {
            let config = usual.config().clone().with_target_partitions(parts);
            again().with_config(config.with_batch_size(batch)).build()
        };
        let others = vec![
            ("without the optimiser", plain.build()),
            ("in four parts by two rows", with(4, 2)),
            ("in one part", with(1, 8192)),
        ];
        Self { usual, others }
    }
}

type Rows = Vec<Vec<Value>>;

/// The rows of a plan, once run.
fn run(state: &SessionState, plan: &Rel) -> Result<Rows, HuntFault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(32 << 20)
        .enable_all()
        .build()
        .unwrap();
    let step = rel::rel(&mut LowerCx::new(&NoTables), plan).map_err(crate::fault::of)?;
    let bounds = Bounds { rows: 1_000_000, bytes: 1 << 30 };
    let state = state.clone();
    let work = async move { collect(&state, &step, bounds).await };
    let collected: Collected = runtime.block_on(runtime.spawn(work)).unwrap()?;
    Ok(collected.rows)
}

/// Rows as texts, whatever their order.
fn shown(rows: &Rows) -> Vec<String> {
    let cell = |it: &Value| match it {
        Value::String(text) => format!("{text:?}"),
        other => dynamic_of(other).to_string(),
    };
    let row = |it: &Vec<Value>| it.iter().map(cell).collect::<Vec<_>>().join(" | ");
    let mut lines: Vec<String> = rows.iter().map(row).collect();
    lines.sort();
    lines
}

fn fits(value: &Value, ty: Type) -> bool {
    value.ty().is_none_or(|it| it == ty || ty == Type::Dynamic)
}

proptest! {
    #![proptest_config(cases(40))]

    /// A query that runs gives the columns that were told, and the same rows in every way.
    #[test]
    fn the_way_changes_nothing(rolls in prop::collection::vec(any::<u16>(), 0..160)) {
        let text = pipelines::query(rolls);
        let plan = match compiled(&text) {
            Ok(plan) => plan,
            Err(found) => {
                let told: Vec<_> = found.iter().map(|it| &it.message).collect();
                return Err(TestCaseError::fail(format!("{told:?}\n{text}")));
            }
        };
        let ways = Ways::new();
        let usual = match run(&ways.usual, &plan) {
            Ok(rows) => rows,
            Err(HuntFault::Runtime(_)) => return Err(TestCaseError::reject("a value forbids it")),
            Err(fault) => return Err(TestCaseError::fail(format!("{fault:?}\n{text}"))),
        };
        for row in &usual {
            prop_assert_eq!(row.len(), plan.columns.len(), "{}", text);
            for (value, column) in row.iter().zip(&plan.columns) {
                prop_assert!(fits(value, column.ty), "{} is {:?}\n{}", column.name, value, text);
            }
        }
        for (way, state) in &ways.others {
            match run(state, &plan) {
                Ok(rows) => prop_assert_eq!(shown(&rows), shown(&usual), "{}\n{}", way, text),
                Err(fault) => {
                    return Err(TestCaseError::fail(format!("{way}: {fault:?}\n{text}")));
                }
            }
        }
    }
}

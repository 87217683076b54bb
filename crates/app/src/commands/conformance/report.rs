//! What is told in the end: a table per area for people, all rows as JSON for machines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    calls::{Failure, Outcome},
    rows::Row,
};
use crate::output;

/// What became of one operation.
pub struct Line {
    /// The version, or `-` for what has none.
    pub version: String,
    pub method: String,
    /// The path, as the permission table has it.
    pub listed: String,
    pub area: String,
    pub outcome: Outcome,
}

impl Line {
    /// Of a row of the table.
    pub fn of_row(row: &Row, outcome: Outcome) -> Self {
        Self {
            version: row.version.as_str().to_owned(),
            method: row.method.to_owned(),
            listed: row.listed.clone(),
            area: row.area.clone(),
            outcome,
        }
    }
}

/// Numbers of rows.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    rows: usize,
    pass: usize,
    unseen: usize,
    not_built: usize,
    skipped: usize,
    fail: usize,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        self.rows += 1;
        match outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Unseen => {
                self.pass += 1;
                self.unseen += 1;
            }
            Outcome::NotBuilt => self.not_built += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Failed(_) => self.fail += 1,
        }
    }

    fn cells(self, area: &str) -> Vec<String> {
        let numbers = [self.rows, self.pass, self.unseen, self.not_built, self.skipped, self.fail];
        let mut out = vec![area.to_owned()];
        out.extend(numbers.iter().map(usize::to_string));
        out
    }

    fn json(self) -> Value {
        json!({
            "rows": self.rows, "pass": self.pass, "unseen": self.unseen,
            "notBuilt": self.not_built, "skipped": self.skipped, "fail": self.fail,
        })
    }
}

/// The results of a run.
pub struct Report {
    results: Vec<Line>,
}

impl Report {
    /// Of these rows.
    pub fn new(results: Vec<Line>) -> Self {
        Self { results }
    }

    /// Did any row fail?
    pub fn failed(&self) -> bool {
        self.results.iter().any(|it| matches!(it.outcome, Outcome::Failed(_)))
    }

    fn tallies(&self) -> (BTreeMap<&str, Tally>, Tally) {
        let mut areas: BTreeMap<&str, Tally> = BTreeMap::new();
        let mut all = Tally::default();
        for line in &self.results {
            areas.entry(&line.area).or_default().add(&line.outcome);
            all.add(&line.outcome);
        }
        (areas, all)
    }

    /// A line per area, and all of them together.
    pub fn table(&self) -> String {
        let (areas, all) = self.tallies();
        let names = ["area", "rows", "pass", "of these unseen", "not built", "skipped", "fail"];
        let rows = areas.iter().map(|(area, tally)| tally.cells(area));
        output::table(&names, rows.chain([all.cells("all")])).to_string()
    }

    /// The calls that were not answered as they must be.
    pub fn failures(&self) -> String {
        let mut out = String::new();
        for line in &self.results {
            let Outcome::Failed(failures) = &line.outcome else { continue };
            out.push_str(&format!("{} {} {}\n", line.version, line.method, line.listed));
            for Failure { call, request, expected, got } in failures {
                out.push_str(&format!("  {call}: {request}\n    expected {expected}\n"));
                out.push_str(&format!("    got {got}\n"));
            }
        }
        out
    }

    /// Everything.
    pub fn json(&self) -> Value {
        let (areas, all) = self.tallies();
        let areas: Value =
            areas.iter().map(|(area, tally)| ((*area).to_owned(), tally.json())).collect();
        let rows: Vec<Value> = self.results.iter().map(one).collect();
        json!({"areas": areas, "all": all.json(), "rows": rows})
    }
}

fn one(line: &Line) -> Value {
    let result = match &line.outcome {
        Outcome::Pass => "pass",
        Outcome::Unseen => "unseen",
        Outcome::NotBuilt => "notBuilt",
        Outcome::Skipped => "skipped",
        Outcome::Failed(_) => "fail",
    };
    let mut out = json!({
        "version": line.version, "method": line.method, "template": line.listed,
        "area": line.area, "result": result,
    });
    if let Outcome::Failed(failures) = &line.outcome {
        out["failures"] = failures
            .iter()
            .map(|it| {
                json!({
                    "call": it.call, "request": it.request, "expected": it.expected, "got": it.got,
                })
            })
            .collect();
    }
    out
}

//! `scan with_match_id=id declare (n: long = 0) with (step s: condition => n = s.n + 1;)`.

use crate::codes;

use super::super::tree::Param;
use super::{Expr, Name, Ordering, Parser};

/// The body of a `scan`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The column that numbers the matches.
    pub match_id: Option<Name>,
    /// Rows with different values here do not see each other.
    pub partition: Vec<Expr>,
    /// The order of the rows; none is the order they come in.
    pub order: Vec<Ordering>,
    /// The columns that the steps fill in.
    pub declared: Vec<Param>,
    /// The steps.
    pub steps: Vec<ScanStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    /// Its name, by which others read its state.
    pub name: Name,
    /// A match may leave it out.
    pub optional: bool,
    /// Which of its rows come out.
    pub output: StepOutput,
    /// Which rows belong to it.
    pub condition: Expr,
    /// What is written into the declared columns.
    pub assigned: Vec<(Name, Expr)>,
}

/// Which rows of a step come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutput {
    /// Every row that belongs to it.
    All,
    /// The last one before the match goes on.
    Last,
    /// None.
    None,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn scan(&mut self) -> Option<Scan> {
        let mut scan = Scan {
            match_id: None,
            partition: Vec::new(),
            order: Vec::new(),
            declared: Vec::new(),
            steps: Vec::new(),
        };
        loop {
            match self.word() {
                Some("with_match_id") if self.sign_ahead(1, "=") => {
                    self.bump();
                    self.bump();
                    scan.match_id = Some(self.name("a column name")?);
                }
                Some("hint") => {
                    self.options()?;
                }
                Some("partition") => {
                    self.bump();
                    self.expect_word("by")?;
                    scan.partition = self.commas(Self::expression)?;
                }
                Some("order") => {
                    self.bump();
                    self.expect_word("by")?;
                    scan.order = self.commas(Self::ordering)?;
                }
                Some("declare") => {
                    self.bump();
                    self.expect_sign("(")?;
                    scan.declared = self.list(")", Self::param)?;
                }
                _ => break,
            }
        }
        self.expect_word("with")?;
        self.expect_sign("(")?;
        while !self.take_sign(")") {
            let step = self.nested(Self::scan_step)?;
            scan.steps.push(step);
            if !self.take_sign(";") && !self.at_sign(")") {
                return self.expected("`;` or `)`");
            }
        }
        if scan.steps.is_empty() {
            return self.error(codes::EXPECTED, self.here(), "a scan needs at least one step");
        }
        Some(scan)
    }

    fn scan_step(&mut self) -> Option<ScanStep> {
        self.expect_word("step")?;
        let name = self.name("a step's name")?;
        let optional = self.take_word("optional");
        let mut output = StepOutput::All;
        if self.at_word("output") && self.sign_ahead(1, "=") {
            self.bump();
            self.bump();
            output = match self.word() {
                Some("all") => StepOutput::All,
                Some("last") => StepOutput::Last,
                Some("none") => StepOutput::None,
                _ => return self.expected("`all`, `last` or `none`"),
            };
            self.bump();
        }
        self.expect_sign(":")?;
        let condition = self.expression()?;
        let assigned =
            if self.take_sign("=>") { self.commas(Self::scan_assignment)? } else { Vec::new() };
        Some(ScanStep { name, optional, output, condition, assigned })
    }

    fn scan_assignment(&mut self) -> Option<(Name, Expr)> {
        let name = self.name("a declared column")?;
        self.expect_sign("=")?;
        Some((name, self.expression()?))
    }
}

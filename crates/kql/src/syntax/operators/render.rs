//! `render chart with (property = value, …)`: read and checked for being a chart, then left to
//! whoever draws.

use crate::codes;

use super::{Parser, TokenKind};

/// The charts.
const CHARTS: &[&str] = &[
    "3Dchart",
    "anomalychart",
    "areachart",
    "barchart",
    "card",
    "columnchart",
    "graph",
    "ladderchart",
    "linechart",
    "list",
    "pivotchart",
    "piechart",
    "plotly",
    "sankey",
    "scatterchart",
    "stackedareachart",
    "table",
    "timechart",
    "timeline",
    "timepivot",
    "treemap",
];

/// What may be said about a chart.
const PROPERTIES: &[&str] = &[
    "accumulate",
    "anomalycolumns",
    "kind",
    "legend",
    "series",
    "title",
    "xaxis",
    "xcolumn",
    "xmax",
    "xmin",
    "xtitle",
    "yaxis",
    "ycolumns",
    "ymax",
    "ymin",
    "ysplit",
    "ytitle",
];

impl Parser<'_> {
    /// After the word.
    pub(super) fn render(&mut self) -> Option<()> {
        let span = self.span();
        let chart = self.loose_name("a chart")?;
        if !CHARTS.contains(&chart.text.as_str()) {
            let message = format!("no chart is called `{}`", chart.text);
            let hint = crate::nearest::hint(&chart.text, CHARTS.iter().copied());
            self.report(
                crate::diagnostic::Diagnostic::error(codes::OPTION, span, message).help(hint),
            );
            return None;
        }
        if self.take_word("with") {
            self.expect_sign("(")?;
            while !self.take_sign(")") {
                self.render_property()?;
                self.take_sign(",");
            }
            return Some(());
        }
        while self.word().is_some() {
            self.render_property()?;
            self.take_sign(",");
        }
        Some(())
    }

    fn render_property(&mut self) -> Option<()> {
        let name = self.loose_name("a property of the chart")?;
        if !PROPERTIES.contains(&name.text.as_str()) {
            let message = format!("a chart has no property `{}`", name.text);
            let hint = crate::nearest::hint(&name.text, PROPERTIES.iter().copied());
            self.report(
                crate::diagnostic::Diagnostic::error(codes::OPTION, name.span, message).help(hint),
            );
            return None;
        }
        self.expect_sign("=")?;
        let titled = matches!(name.text.as_str(), "title" | "xtitle" | "ytitle");
        if titled && matches!(self.kind(), TokenKind::Literal(..)) {
            return self.expected("a text");
        }
        self.render_value()?;
        // several columns, as long as what comes is no further property
        while self.at_sign(",") && !self.sign_ahead(2, "=") {
            self.bump();
            self.render_value()?;
        }
        Some(())
    }

    fn render_value(&mut self) -> Option<()> {
        match self.kind() {
            TokenKind::Sign("-" | "+") => {
                self.bump();
                self.render_value()
            }
            TokenKind::Text(_) | TokenKind::Literal(..) => {
                self.bump();
                Some(())
            }
            _ => {
                self.loose_name("a value")?;
                if self.at_sign("(") {
                    // `xmin = datetime_add(...)`: whatever it is, nothing is drawn here
                    self.list_group()?;
                }
                Some(())
            }
        }
    }

    /// Arguments that are read over.
    fn list_group(&mut self) -> Option<()> {
        self.expect_sign("(")?;
        self.nested(|it| it.list(")", Self::expression))?;
        Some(())
    }
}

//! Checking without running: what is wrong with a query in one of the built-in environments, and
//! which columns it would give. One JSON object in, one out, for scripts and editors.
//!
//! `start` and `end` count UTF-16 units, as editors do.

use serde_json::{Value as Json, json};

use crate::{
    Env, codes, compile,
    diagnostic::{Diagnostic, Severity},
    environment::{self, Environment},
    function::Functions,
    types::Column,
};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Findings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The columns of the answer; none when the query is wrong.
    pub columns: Option<Vec<Column>>,
    /// Further columns exist that only data can tell.
    pub open: bool,
}

impl Checked {
    /// True when nothing found is an error.
    pub fn is_ok(&self) -> bool {
        self.errors() == 0
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|it| it.severity == Severity::Error).count()
    }
}

/// Checks a query in the environment of this name; without a name in the first one that fits, or
/// else the one with the fewest errors. None when there is no such environment.
pub fn check(text: &str, name: Option<&str>, functions: &Functions, now: i64) -> Option<Checked> {
    let run = |environment: Environment| {
        let env = Env { catalog: &environment, functions, now, window: None };
        let mut compiled = compile(text, &env);
        // a text of definitions alone answers nothing, but is not wrong
        for it in compiled.diagnostics.iter_mut().filter(|it| it.code == codes::EMPTY) {
            it.severity = Severity::Warning;
        }
        Checked {
            columns: compiled.plan.map(|it| it.columns),
            diagnostics: compiled.diagnostics,
            open: compiled.open,
        }
    };
    if let Some(name) = name {
        return environment::named(name).map(run);
    }
    let mut best: Option<Checked> = None;
    for environment in environment::NAMES.iter().filter_map(|it| environment::named(it)) {
        let found = run(environment);
        if found.is_ok() {
            return Some(found);
        }
        if best.as_ref().is_none_or(|it| found.errors() < it.errors()) {
            best = Some(found);
        }
    }
    best
}

/// Checks a line `{"id", "query", "env"}` and answers it with `{"id", "ok", "diagnostics",
/// "columns"}`; a line that is none is answered with `error`.
pub fn line(line: &str, functions: &Functions, now: i64) -> Json {
    let Ok(ask) = serde_json::from_str::<Json>(line) else {
        return json!({ "id": null, "ok": false, "error": "the line is not JSON" });
    };
    let id = ask.get("id").cloned().unwrap_or(Json::Null);
    let Some(text) = ask.get("query").and_then(Json::as_str) else {
        return json!({ "id": id, "ok": false, "error": "the line has no `query`" });
    };
    let name = ask.get("env").and_then(Json::as_str);
    let Some(checked) = check(text, name, functions, now) else {
        let known = environment::NAMES.join(", ");
        let error = format!("no environment `{}`, there are {known}", name.unwrap_or_default());
        return json!({ "id": id, "ok": false, "error": error });
    };
    let units = Units::of(text);
    let diagnostics: Vec<Json> =
        checked.diagnostics.iter().map(|it| diagnostic(it, &units)).collect();
    let columns: Vec<Json> = checked
        .columns
        .iter()
        .flatten()
        .map(|it| json!({ "name": it.name, "type": it.ty.name() }))
        .collect();
    let mut answer = json!({
        "id": id,
        "ok": checked.is_ok(),
        "diagnostics": diagnostics,
        "columns": columns,
    });
    if checked.open {
        answer["open"] = Json::Bool(true);
    }
    answer
}

fn diagnostic(it: &Diagnostic, units: &Units) -> Json {
    let severity = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut json = json!({
        "code": it.code,
        "start": units.at(it.span.start),
        "end": units.at(it.span.end),
        "severity": severity,
        "message": it.message,
    });
    if let Some(help) = &it.help {
        json["help"] = Json::from(help.as_str());
    }
    json
}

/// From byte offsets to UTF-16 offsets.
pub struct Units<'t> {
    text: &'t str,
    plain: bool,
}

impl<'t> Units<'t> {
    /// For a text.
    pub fn of(text: &'t str) -> Self {
        Self { text, plain: text.is_ascii() }
    }

    /// The UTF-16 offset of a byte offset; one inside a character counts as its start.
    pub fn at(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        if self.plain {
            return byte;
        }
        let whole = (0..=byte).rev().find_map(|at| self.text.get(..at)).unwrap_or("");
        whole.chars().map(char::len_utf16).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Functions = Functions { scalars: &[], aggregates: &[] };

    #[test]
    fn a_line_is_answered_with_columns_or_findings() {
        let good = line(r#"{"id":7,"query":"DeviceInfo | project OSBuild","env":"xdr"}"#, &NONE, 0);
        assert_eq!(
            good.to_string(),
            r#"{"id":7,"ok":true,"diagnostics":[],"columns":[{"name":"OSBuild","type":"long"}]}"#
        );
        let bad =
            line(r#"{"id":"a","query":"DeviceInfo | where 'ä' == Nope","env":"xdr"}"#, &NONE, 0);
        assert_eq!(bad["ok"], false);
        assert_eq!(bad["diagnostics"][0]["code"], "KQL0202");
        assert_eq!(bad["diagnostics"][0]["start"], 26);
        assert_eq!(bad["diagnostics"][0]["end"], 30);
    }

    #[test]
    fn what_is_no_question_is_told_so() {
        for text in ["{", "{}", r#"{"query":"print 1","env":"mars"}"#] {
            let answer = line(text, &NONE, 0);
            assert_eq!(answer["ok"], false);
            assert!(answer["error"].is_string(), "{answer}");
        }
    }

    #[test]
    fn without_a_name_the_first_environment_that_fits_counts() {
        let found = check("SecurityEvent | project Account", None, &NONE, 0);
        assert!(found.is_some_and(|it| it.is_ok()));
    }

    #[test]
    fn offsets_count_as_editors_do() {
        let units = Units::of("a😀b");
        assert_eq!([0, 1, 3, 5, 6, 99].map(|it| units.at(it)), [0, 1, 1, 3, 4, 4]);
    }
}

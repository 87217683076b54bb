//! Plugins that count who was active when, written in the language.
//!
//! Each sees the table as `i` (who), `t` (when) and `d0`, `d1`, … (dimensions), and its constants
//! under one letter; `{D}` stands for `, d0, d1`.

use crate::{
    codes,
    plan::{Expr, Rel},
    syntax::tree,
    types::Type,
};

use super::{
    super::{Binder, operators::pick, template::Given},
    Call, renamed,
};

/// The table as a template sees it, and the names that come back.
struct Activity {
    table: Rel,
    time: String,
    dimensions: Vec<String>,
}

impl Activity {
    /// The dimensions, each after a comma.
    fn listed(&self) -> String {
        (0..self.dimensions.len()).map(|at| format!(", d{at}")).collect::<Vec<_>>().concat()
    }

    /// A template with its dimensions filled in.
    fn text(&self, template: &str) -> String {
        let restart = (0..self.dimensions.len())
            .map(|at| format!(" or tostring(d{at}) != tostring(prev(d{at}))"))
            .collect::<Vec<_>>()
            .concat();
        let sorted = (0..self.dimensions.len()).map(|at| format!("d{at} asc, "));
        let sorted = sorted.collect::<Vec<_>>().concat();
        template
            .replace("{D}", &self.listed())
            .replace("{CHANGED}", &restart)
            .replace("{SORTED}", &sorted)
    }

    /// Time and dimensions under their own names, then others.
    fn renamed(&self, rel: Rel, others: &[&str]) -> Rel {
        let own = std::iter::once(&self.time).chain(&self.dimensions).cloned();
        renamed(rel, own.chain(others.iter().map(|it| (*it).to_owned())))
    }
}

impl Binder<'_> {
    /// The columns of such a plugin: who, when, and dimensions.
    fn activity(
        &mut self,
        input: Rel,
        id: &tree::Expr,
        time: &tree::Expr,
        dimensions: &[&tree::Arg],
    ) -> Option<Activity> {
        let id = self.column_argument(&input, id);
        let time = self.column_argument(&input, time);
        let dimensions = self.column_arguments(&input, dimensions)?;
        let (id, time) = (id?, time?);
        let name = |at: usize| input.columns.get(at).map(|it| it.name.clone());
        let names: Option<Vec<_>> = dimensions.iter().map(|at| name(*at)).collect();
        let (time_name, names) = (name(time)?, names?);
        let mut picked = vec![(id, "i".to_owned()), (time, "t".to_owned())];
        picked.extend(dimensions.iter().enumerate().map(|(nth, at)| (*at, format!("d{nth}"))));
        Some(Activity { table: pick(input, picked), time: time_name, dimensions: names })
    }

    /// Constants under the names that a template knows them by.
    fn constants(
        &mut self,
        mut given: Given,
        named: &[(&str, Option<&tree::Expr>)],
    ) -> Option<Given> {
        for (name, expr) in named {
            given = given.and(name, self.constant_argument((*expr)?)?);
        }
        Some(given)
    }

    pub(super) fn activity_counts_metrics(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["IdColumn", "TimelineColumn", "Start", "End", "Step"];
        let args = self.arguments(call, &names, 5)?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let text = it.text(
            "let P = T | where t between (S .. E)
                | summarize c = count() by i{D}, b = bin_at(t, W, S);
            let N = P | summarize b = min(b) by i{D} | summarize n = count() by b{D};
            P | summarize c = sum(c), u = count() by b{D}
            | lookup kind=leftouter N on b{D}
            | extend n = coalesce(n, long(0))
            | sort by {SORTED}b asc
            | extend a = row_cumsum(n, false{CHANGED})
            | project b{D}, c, u, n, a",
        );
        let given = Given::table(it.table.clone());
        let constants = [("S", args.required(2)), ("E", args.required(3)), ("W", args.required(4))];
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        Some(it.renamed(rel, &["count", "dcount", "new_dcount", "aggregated_dcount"]))
    }

    pub(super) fn sliding_window_counts(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["IdColumn", "TimelineColumn", "Start", "End", "LookbackWindow", "Bin"];
        let args = self.arguments(call, &names, 6)?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let text = it.text(
            "let N = tolong(ceiling(1.0 * (L / W)));
            T | where t > S - L and t <= E
            | summarize c = count() by i{D}, b = bin_at(t, W, S)
            | mv-expand o = range(0, N - 1, 1) to typeof(long)
            | extend b = b + o * W
            | where b between (S .. E)
            | summarize c = sum(c) by b{D}, i
            | summarize c = sum(c), u = count() by b{D}
            | sort by {SORTED}b asc",
        );
        let given = Given::table(it.table.clone());
        let constants = [
            ("S", args.required(2)),
            ("E", args.required(3)),
            ("L", args.required(4)),
            ("W", args.required(5)),
        ];
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        Some(it.renamed(rel, &["Count", "Dcount"]))
    }

    pub(super) fn active_users_count(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = [
            "IdColumn",
            "TimelineColumn",
            "Start",
            "End",
            "LookbackWindow",
            "Period",
            "ActivePeriods",
            "Bin",
        ];
        let args = self.arguments(call, &names, 8)?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let text = it.text(
            "let P = T | where t > S - L and t <= E | summarize by i{D}, p = bin_at(t, Q, S);
            P | join kind=inner (P | project i{D}, q = p) on i{D}
            | where q <= p and q > p - L
            | summarize k = count() by i{D}, p
            | where k >= A and p >= S
            | summarize by i{D}, b = bin_at(p, W, S)
            | summarize u = count() by b{D}
            | sort by {SORTED}b asc",
        );
        let given = Given::table(it.table.clone());
        let constants = [
            ("S", args.required(2)),
            ("E", args.required(3)),
            ("L", args.required(4)),
            ("Q", args.required(5)),
            ("A", args.required(6)),
            ("W", args.required(7)),
        ];
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        Some(it.renamed(rel, &["dcount"]))
    }

    pub(super) fn activity_engagement(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let bounded = call.evaluate.args.len() > 4;
        let names: &[&str] = if bounded {
            &["IdColumn", "TimelineColumn", "Start", "End", "InnerWindow", "OuterWindow"]
        } else {
            &["IdColumn", "TimelineColumn", "InnerWindow", "OuterWindow"]
        };
        let args = self.arguments(call, names, names.len())?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let (rows, bin, kept) = if bounded {
            ("where t > S - L and t <= E", "bin_at(t, W, S)", "where b between (S .. E)")
        } else {
            ("where isnotnull(t)", "bin(t, W)", "where true")
        };
        let text = it.text(
            "let N = tolong(ceiling(1.0 * (L / W)));
            let P = T | {ROWS} | summarize by i{D}, b = {BIN};
            let U = P | summarize u = count() by b{D};
            P | mv-expand o = range(0, N - 1, 1) to typeof(long)
            | extend b = b + o * W
            | {KEPT}
            | summarize by i{D}, b
            | summarize v = count() by b{D}
            | lookup kind=inner U on b{D}
            | project b{D}, u, v, r = 1.0 * u / v
            | sort by {SORTED}b asc",
        );
        let text = text.replace("{ROWS}", rows).replace("{BIN}", bin).replace("{KEPT}", kept);
        let given = Given::table(it.table.clone());
        let mut constants =
            vec![("W", args.required(names.len() - 2)), ("L", args.required(names.len() - 1))];
        if bounded {
            constants.extend([("S", args.required(2)), ("E", args.required(3))]);
        }
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        let others = ["dcount_activities_inner", "dcount_activities_outer", "activity_ratio"];
        Some(it.renamed(rel, &others))
    }

    pub(super) fn activity_metrics(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["IdColumn", "TimelineColumn", "Start", "End", "Window"];
        let args = self.arguments(call, &names, 2)?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let bounded = args.optional(3).is_some();
        let rows = if bounded { "where t between (S .. E)" } else { "where isnotnull(t)" };
        let step = if args.optional(4).is_some() { "" } else { "let W = 1d;" };
        let bin = if bounded { "bin_at(t, W, S)" } else { "bin(t, W)" };
        let text = it.text(
            "{STEP}
            let P = T | {ROWS} | summarize by i{D}, b = {BIN};
            let F = P | summarize b = min(b) by i{D} | summarize n = count() by b{D};
            let C = P | summarize u = count() by b{D};
            let R = P | join kind=inner (P | project i{D}, b = b + W) on i, b{D}
                | summarize k = count() by b{D};
            C | lookup kind=leftouter F on b{D}
            | lookup kind=leftouter R on b{D}
            | lookup kind=leftouter (C | project b = b + W{D}, v = u) on b{D}
            | extend r = iff(isnull(v), real(nan), 1.0 * coalesce(k, long(0)) / v)
            | project b{D}, u, n = coalesce(n, long(0)), r, c = 1.0 - r
            | sort by {SORTED}b asc",
        );
        let text = text.replace("{ROWS}", rows).replace("{BIN}", bin).replace("{STEP}", step);
        let given = Given::table(it.table.clone());
        let mut constants = Vec::new();
        if bounded {
            constants.extend([("S", args.required(2)), ("E", args.required(3))]);
        }
        if let Some(step) = args.optional(4) {
            constants.push(("W", Some(step)));
        }
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        let others = ["dcount_values", "dcount_newvalues", "retention_rate", "churn_rate"];
        Some(it.renamed(rel, &others))
    }

    pub(super) fn new_activity_metrics(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["IdColumn", "TimelineColumn", "Start", "End", "Window"];
        let args = self.arguments(call, &names, 5)?;
        let mut rest = args.rest.as_slice();
        let mut cohort: Option<Expr> = None;
        if let Some((first, behind)) = rest.split_first() {
            let cx = self.over(&input.columns);
            if self.is_table(&first.value, cx) {
                return self.error(
                    codes::UNSUPPORTED,
                    first.value.span,
                    "a table of earlier activity is not supported",
                );
            }
            if !is_column(&input, &first.value) {
                cohort = Some(self.constant_argument(&first.value)?);
                rest = behind;
            }
        }
        let it = self.activity(input, args.required(0)?, args.required(1)?, rest)?;
        let text = it.text(
            "let P = T | where t between (S .. E) | summarize by i{D}, b = bin_at(t, W, S);
            let F = P | summarize f = min(b) by i{D};
            let R = P | join kind=inner F on i{D} | summarize k = count() by f, b{D};
            F | summarize n = count() by f{D} | extend z = 1
            | join kind=inner (P | distinct b{D} | extend z = 1) on z{D}
            | where b >= f{COHORT}
            | project f, b, n{D}
            | join kind=leftouter (R | project g = f, b, m = k{D}) on b{D}
            | summarize s = sum(iff(g > f or (g == f and f == b), m, long(0)))
                by f, b, n{D}
            | lookup kind=leftouter R on f, b{D}
            | extend k = coalesce(k, long(0))
            | project f, b{D}, s, k, c = n - k, r = 1.0 * k / n, q = 1.0 * (n - k) / n
            | sort by {SORTED}f asc, b asc",
        );
        let filter = if cohort.is_some() { " and f == bin_at(H, W, S)" } else { "" };
        let text = text.replace("{COHORT}", filter);
        let mut given = Given::table(it.table.clone());
        if let Some(cohort) = cohort {
            given = given.and("H", cohort);
        }
        let constants = [("S", args.required(2)), ("E", args.required(3)), ("W", args.required(4))];
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        let ends = [format!("from_{}", it.time), format!("to_{}", it.time)];
        let others = [
            "dcount_new_values",
            "dcount_retained_values",
            "dcount_churn_values",
            "retention_rate",
            "churn_rate",
        ];
        let names = ends.into_iter().chain(it.dimensions.iter().cloned());
        Some(renamed(rel, names.chain(others.iter().map(|it| (*it).to_owned()))))
    }

    pub(super) fn session_count(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["IdColumn", "TimelineColumn", "Start", "End", "Bin", "LookBackWindow"];
        let args = self.arguments(call, &names, 6)?;
        let it = self.activity(input, args.required(0)?, args.required(1)?, &args.rest)?;
        let text = it.text(
            "T | where t between (S .. E)
            | sort by {SORTED}i asc, t asc
            | extend x = isnull(prev(t)) or i != prev(i) or t - prev(t) > L{CHANGED}
            | summarize c = countif(x) by b = bin_at(t, W, S){D}
            | sort by {SORTED}b asc",
        );
        let given = Given::table(it.table.clone());
        let constants = [
            ("S", args.required(2)),
            ("E", args.required(3)),
            ("W", args.required(4)),
            ("L", args.required(5)),
        ];
        let given = self.constants(given, &constants)?;
        let rel = self.template(&text, given, call.span)?;
        Some(it.renamed(rel, &["count_sessions"]))
    }

    pub(super) fn rolling_percentile(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let names = ["ValueColumn", "Percentile", "IndexColumn", "BinSize", "BinsPerWindow"];
        let args = self.arguments(call, &names, 5)?;
        let value = args.required(0)?;
        let it = self.activity(input, value, args.required(2)?, &args.rest)?;
        let bins = self.constant_argument(args.required(4)?)?;
        let rank = self.constant_argument(args.required(1)?)?;
        let text = it.text(
            "let P = T | extend b = bin(t, W);
            let M = toscalar(P | summarize max(b));
            P | mv-expand o = range(0, N - 1, 1) to typeof(long)
            | extend b = b + o * W
            | where b <= M
            | summarize r = percentile(i, Q) by b{D}
            | sort by {SORTED}b asc",
        );
        let shown = |it: &Expr| {
            let text = it.to_string();
            text.trim_start_matches("int(").trim_end_matches(')').replace('.', "_")
        };
        let tree::ExprKind::Name(column) = &value.kind else { return None };
        let name = format!("rolling_{}_percentile_{column}_{}", shown(&bins), shown(&rank));
        let given = Given::table(it.table.clone()).and("Q", rank).and("N", bins);
        let given = self.constants(given, &[("W", args.required(3))])?;
        let rel = self.template(&text, given, call.span)?;
        Some(it.renamed(rel, &[&name]))
    }

    pub(super) fn dcount_intersect(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args: Vec<&tree::Arg> = call.evaluate.args.iter().collect();
        if !(2..=5).contains(&args.len()) {
            return self.error(
                codes::ARGUMENT_COUNT,
                call.span,
                "`dcount_intersect` takes 2 to 5 sketches",
            );
        }
        let sketches = self.column_arguments(&input, &args)?;
        if let Some(bad) = sketches
            .iter()
            .filter_map(|at| input.columns.get(*at))
            .find(|it| it.ty != Type::Dynamic)
        {
            let message = format!("column `{}` holds no sketch of `hll`", bad.name);
            return self.error(codes::ARGUMENT, call.span, message);
        }
        let width = input.columns.len();
        let mut names: Vec<String> = input.columns.iter().map(|it| it.name.clone()).collect();
        let letters: Vec<(usize, String)> = (0..width).map(|at| (at, format!("c{at}"))).collect();
        let table = pick(input, letters);
        let mut text = "T".to_owned();
        for most in 1..=sketches.len() {
            names.push(format!("s{}", most - 1));
            let some = sketches.get(..most).unwrap_or_default();
            text.push_str(&format!(" | extend s{} = {}", most - 1, intersection(some)));
        }
        let rel = self.template(&text, Given::table(table), call.span)?;
        Some(renamed(rel, names))
    }
}

/// The size of an intersection from the sizes of unions.
fn intersection(sketches: &[usize]) -> String {
    let mut terms = String::new();
    for set in 1_u32..1 << sketches.len() {
        let chosen: Vec<String> = sketches
            .iter()
            .enumerate()
            .filter(|(nth, _)| set & (1 << nth) != 0)
            .map(|(_, at)| format!("c{at}"))
            .collect();
        let sign = if chosen.len() % 2 == 1 { " + " } else { " - " };
        let union = match chosen.as_slice() {
            [one] => one.clone(),
            several => format!("hll_merge({})", several.join(", ")),
        };
        terms.push_str(&format!("{sign}dcount_hll({union})"));
    }
    format!("long(0){terms}")
}

fn is_column(input: &Rel, expr: &tree::Expr) -> bool {
    matches!(&expr.kind, tree::ExprKind::Name(name) if input.columns.iter().any(|it| it.name == *name))
}

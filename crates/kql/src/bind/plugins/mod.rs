//! `evaluate`: the plugins, a file for each family, and here the list of them.
//!
//! Most are written in the language itself ([`super::template`]); a few are algorithms over rows
//! ([`crate::work`]). A plugin takes its arguments by place or by name.

mod activity;
mod bag_unpack;
mod cluster;
mod funnel;
mod lookup;
mod pivot;
mod rows;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    nearest,
    plan::{Expr, Rel},
    syntax::tree::{self, Arg, Evaluate, ExprKind as Syntax},
};

use super::{Binder, limits, operators::pick, scope::Cx};

/// The plugins, for hints.
const NAMES: &[&str] = &[
    "active_users_count",
    "activity_counts_metrics",
    "activity_engagement",
    "activity_metrics",
    "autocluster",
    "bag_unpack",
    "basket",
    "dcount_intersect",
    "diffpatterns",
    "estimate_rows_count",
    "funnel_sequence",
    "funnel_sequence_completion",
    "geo_line_lookup",
    "geo_polygon_lookup",
    "identity",
    "ipv4_lookup",
    "ipv6_lookup",
    "narrow",
    "new_activity_metrics",
    "pivot",
    "preview",
    "rolling_percentile",
    "rows_near",
    "schema_merge",
    "sequence_detect",
    "session_count",
    "sliding_window_counts",
];

/// Plugins of the cloud service that a server of one's own does not have, and why.
const REFUSED: &[(&str, &str)] = &[
    ("ai_chat_completion", "it sends rows to a language model outside"),
    ("ai_chat_completion_prompt", "it sends rows to a language model outside"),
    ("ai_embed_text", "it sends rows to a language model outside"),
    ("ai_embeddings", "it sends rows to a language model outside"),
    ("azure_digital_twins_query_request", "it queries a service of another cloud"),
    ("cosmosdb_sql_request", "it queries a database outside"),
    ("csharp", "it runs code inside the server"),
    ("dax_request", "it queries a service outside"),
    ("diffpatterns_text", "`diffpatterns` gives the same as a table"),
    ("execute_query", "it queries another cluster"),
    ("execute_show_command", "it queries another cluster"),
    ("external_datatable", "it is not for queries of users"),
    ("http_request", "it calls an address outside"),
    ("http_request_post", "it calls an address outside"),
    ("identity_v3", "it is not for queries of users"),
    ("infer_storage_schema", "it reads a storage account"),
    ("infer_storage_schema_with_suggestions", "it reads a storage account"),
    ("mysql_request", "it queries a database outside"),
    ("postgresql_request", "it queries a database outside"),
    ("python", "it runs code inside the server"),
    ("r", "it runs code inside the server"),
    ("sql_request", "it queries a database outside"),
];

impl Binder<'_> {
    /// `evaluate`.
    pub(super) fn evaluate(&mut self, input: Rel, evaluate: &Evaluate, span: Span) -> Option<Rel> {
        let call = Call { evaluate, span };
        match evaluate.name.text.as_str() {
            "active_users_count" => self.active_users_count(input, &call),
            "activity_counts_metrics" => self.activity_counts_metrics(input, &call),
            "activity_engagement" => self.activity_engagement(input, &call),
            "activity_metrics" => self.activity_metrics(input, &call),
            "autocluster" => self.autocluster(input, &call),
            "bag_unpack" => self.bag_unpack(input, &call),
            "basket" => self.basket(input, &call),
            "dcount_intersect" => self.dcount_intersect(input, &call),
            "diffpatterns" => self.diffpatterns(input, &call),
            "estimate_rows_count" => self.estimate_rows_count(input, &call),
            "funnel_sequence" => self.funnel_sequence(input, &call),
            "funnel_sequence_completion" => self.funnel_sequence_completion(input, &call),
            "geo_line_lookup" => self.geo_lookup(input, &call, true),
            "geo_polygon_lookup" => self.geo_lookup(input, &call, false),
            "identity" => Some(input),
            "ipv4_lookup" => self.ip_lookup(input, &call, false),
            "ipv6_lookup" => self.ip_lookup(input, &call, true),
            "narrow" => self.narrow(input, &call),
            "new_activity_metrics" => self.new_activity_metrics(input, &call),
            "pivot" => self.pivot(input, &call),
            "preview" => self.preview(input, &call),
            "rolling_percentile" => self.rolling_percentile(input, &call),
            "rows_near" => self.rows_near(input, &call),
            "schema_merge" => self.schema_merge(input, &call),
            "sequence_detect" => self.sequence_detect(input, &call),
            "session_count" => self.session_count(input, &call),
            "sliding_window_counts" => self.sliding_window_counts(input, &call),
            _ => self.no_plugin(evaluate),
        }
    }

    /// Reports a plugin that is unknown or refused.
    pub(super) fn no_plugin<T>(&mut self, evaluate: &Evaluate) -> Option<T> {
        let name = evaluate.name.text.as_str();
        if let Some((_, reason)) = REFUSED.iter().find(|it| it.0 == name) {
            let message = format!("plugin `{name}` is not offered here: {reason}");
            return self.error(codes::REFUSED, evaluate.name.span, message);
        }
        let message = format!("no plugin `{name}`");
        self.report(
            Diagnostic::error(codes::UNKNOWN_FUNCTION, evaluate.name.span, message)
                .help(nearest::hint(name, NAMES.iter().copied())),
        );
        None
    }

    /// True for a plugin that cannot be run at all, with or without an input.
    pub(super) fn is_refused_plugin(name: &str) -> bool {
        REFUSED.iter().any(|it| it.0 == name)
    }

    /// The arguments of named parameters; those behind them are the rest.
    fn arguments<'a>(
        &mut self,
        call: &Call<'a>,
        names: &[&str],
        least: usize,
    ) -> Option<Arguments<'a>> {
        let mut given: Vec<Option<&tree::Expr>> = vec![None; names.len()];
        let mut rest = Vec::new();
        for (at, arg) in call.evaluate.args.iter().enumerate() {
            let place = match &arg.name {
                None => Some(at),
                Some(name) => names.iter().position(|it| it.eq_ignore_ascii_case(&name.text)),
            };
            match place.and_then(|it| given.get_mut(it)) {
                Some(slot @ None) => *slot = Some(&arg.value),
                Some(Some(_)) => {
                    return self.error(
                        codes::ARGUMENT_COUNT,
                        arg.value.span,
                        "this argument is given twice",
                    );
                }
                None => rest.push(arg),
            }
        }
        if given.iter().take(least).any(Option::is_none) {
            let plugin = &call.evaluate.name.text;
            let message = format!("`{plugin}` takes at least {least} arguments");
            self.report(
                Diagnostic::error(codes::ARGUMENT_COUNT, call.span, message)
                    .help(format!("`{plugin}({}, ...)`", names.join(", "))),
            );
            return None;
        }
        Some(Arguments { given, rest })
    }

    /// A column of the input, by its name.
    fn column_argument(&mut self, input: &Rel, expr: &tree::Expr) -> Option<usize> {
        let Syntax::Name(name) = &expr.kind else {
            return self.error(codes::ARGUMENT, expr.span, "the name of a column is needed here");
        };
        let cx = self.over(&input.columns);
        match cx.column(name) {
            Some(at) => Some(at),
            None => self.unknown_column(name, expr.span, cx),
        }
    }

    /// Columns of the input.
    fn column_arguments(&mut self, input: &Rel, args: &[&Arg]) -> Option<Vec<usize>> {
        let found: Vec<_> = args.iter().map(|it| self.column_argument(input, &it.value)).collect();
        found.into_iter().collect()
    }

    /// A constant.
    fn constant_argument(&mut self, expr: &tree::Expr) -> Option<Expr> {
        let value = self.expr(expr, Cx::CONSTANT)?;
        if limits::is_constant(&value) {
            return Some(value);
        }
        self.error(codes::NOT_CONSTANT, expr.span, "this argument must be constant")
    }
}

/// A use of a plugin.
struct Call<'a> {
    evaluate: &'a Evaluate,
    span: Span,
}

/// Arguments by parameter.
struct Arguments<'a> {
    given: Vec<Option<&'a tree::Expr>>,
    rest: Vec<&'a Arg>,
}

impl<'a> Arguments<'a> {
    /// The argument of a parameter that must be there.
    fn required(&self, at: usize) -> Option<&'a tree::Expr> {
        self.given.get(at).copied().flatten()
    }

    /// One that may be left out.
    fn optional(&self, at: usize) -> Option<&'a tree::Expr> {
        self.required(at)
    }
}

/// Gives the columns of a table names, in order.
fn renamed(rel: Rel, names: impl IntoIterator<Item = String>) -> Rel {
    pick(rel, names.into_iter().enumerate().collect())
}

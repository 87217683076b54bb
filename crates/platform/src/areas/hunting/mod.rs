//! Advanced hunting: from a request's body to the engine and back, and the alert tables that are
//! views of the stored alerts.
//!
//! The engine is somebody else's (`kql::hunt::Hunter`); here is what the request means: which
//! query, which window of time, and which fault a failure is.

mod alert_evidence;
mod alert_info;
pub mod alert_rows;
pub(crate) mod extent;
pub(crate) mod schema;
mod timespan;
mod words;

use auth::OpCx;
use kql::{
    answer::Answer,
    diagnostic::{Diagnostic, Severity},
    hunt::{Ask, HuntFault, Limits},
};
use model::{
    path::{Arg, Call},
    query::Options,
};
use serde_json::Value;

use crate::{fault::Fault, platform::Platform, reply::Reply};

/// How hunts are bounded.
#[derive(Clone, Debug)]
pub struct HuntingOptions {
    /// How many days back a hunt sees; none is unlimited.
    pub lookback_days: Option<u32>,
    /// Rows, bytes and time of one answer.
    pub limits: Limits,
}

impl Default for HuntingOptions {
    fn default() -> Self {
        Self { lookback_days: Some(30), limits: Limits::default() }
    }
}

/// What a hunt is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntRequest {
    /// The query.
    pub query: String,
    /// The window as sent, in ISO 8601.
    pub timespan: Option<String>,
}

impl HuntRequest {
    /// Reads a body: `query` and `timespan` in any case; other members are of no concern.
    pub fn from_body(body: &Value) -> Result<Self, Fault> {
        let Value::Object(members) = body else {
            return Err(Fault::Wrong("the body must be an object with the member 'query'".into()));
        };
        let member = |name: &str| {
            members.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let query = match member("query") {
            Some(Value::String(query)) => query.clone(),
            Some(_) => return Err(Fault::invalid("query", "must be text")),
            None => return Err(Fault::invalid("query", "is required")),
        };
        let timespan = match member("timespan") {
            Some(Value::String(timespan)) => Some(timespan.clone()),
            Some(Value::Null) | None => None,
            Some(_) => return Err(Fault::invalid("timespan", "must be text in ISO 8601")),
        };
        Ok(Self { query, timespan })
    }
}

/// Most diagnostics told in one message.
const MOST_TOLD: usize = 5;

/// Runs a hunt for a caller who may.
pub(crate) async fn hunt(
    platform: &Platform,
    cx: &OpCx,
    request: HuntRequest,
) -> Result<Answer, Fault> {
    if request.query.trim().is_empty() {
        return Err(Fault::invalid("query", "is empty"));
    }
    let lookback = platform.hunting.lookback_days;
    let window = timespan::window(request.timespan.as_deref(), cx.now, lookback)?;
    let ask = Ask {
        tenant: cx.tenant.clone(),
        text: request.query.clone(),
        window,
        now: cx.now.0,
        limits: platform.hunting.limits,
    };
    platform.hunter.hunt(ask).await.map_err(|fault| explain(fault, &request.query))
}

/// The operations of the area that the model declares.
pub(crate) async fn operation(
    platform: &Platform,
    cx: &OpCx,
    call: &Call<'_>,
    options: &Options,
    body: Option<&Value>,
    template: &str,
) -> Result<Reply, Fault> {
    let request = match call.op.short.as_str() {
        "runHuntingQuery" => HuntRequest::from_body(body.unwrap_or(&Value::Null))?,
        "getRunHuntingQuery" => {
            let text = |name: &str| argument(call, options, name);
            HuntRequest {
                query: text("query").ok_or_else(|| Fault::invalid("query", "is required"))?,
                timespan: text("timespan"),
            }
        }
        _ => return Err(Fault::NotImplemented { what: template.to_owned() }),
    };
    hunt(platform, cx, request).await.map(Reply::Hunt)
}

/// A text argument of a function, written out or under its alias in the query string.
fn argument(call: &Call<'_>, options: &Options, name: &str) -> Option<String> {
    let (_, arg) = call.args.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?;
    match arg {
        Arg::Value(Value::String(text)) => Some(text.clone()),
        Arg::Value(_) => None,
        Arg::Alias(alias) => {
            let sent = options
                .other
                .iter()
                .find(|(it, _)| it.trim_start_matches('@').eq_ignore_ascii_case(alias))?;
            let text = sent.1.trim();
            let bare = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
            Some(bare.map_or_else(|| text.to_owned(), |it| it.replace("''", "'")))
        }
    }
}

fn explain(fault: HuntFault, query: &str) -> Fault {
    match fault {
        HuntFault::Query(diagnostics) => Fault::Query(told(&diagnostics, query)),
        HuntFault::Runtime(reason) => Fault::Query(reason),
        HuntFault::TooLarge { limit, unit } => Fault::TooLarge(format!(
            "the answer is larger than {limit} {unit}; summarise or filter further"
        )),
        HuntFault::TimedOut(limit) => {
            Fault::TimedOut(format!("the query ran longer than {} s", limit.as_secs()))
        }
        HuntFault::OutOfMemory => {
            Fault::TooLarge("the query needs more memory than one query may use".to_owned())
        }
        HuntFault::Internal(source) => Fault::Internal { doing: "run the query", source },
    }
}

/// The errors among the diagnostics, each with its place, code and help.
fn told(diagnostics: &[Diagnostic], query: &str) -> String {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
    let mut lines: Vec<String> =
        errors.iter().take(MOST_TOLD).map(|it| it.at_line(query)).collect();
    if errors.len() > MOST_TOLD {
        lines.push(format!("and {} more", errors.len() - MOST_TOLD));
    }
    lines.join("\n")
}

//! `yagura hunt`: one KQL query, on a data directory or a server.

use std::{
    fs,
    io::Read,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kql::{
    answer_json::{self, Style},
    hunt::{Ask, HuntFault, Limits},
};
use serde_json::json;

use crate::{
    cli::HuntArgs,
    client::Client,
    config,
    node::{self, Options},
    output,
};

/// Runs it; exit code 1 with a diagnostic when the query is wrong.
pub fn run(args: HuntArgs) -> anyhow::Result<ExitCode> {
    if args.jsonl {
        return super::hunt_lines::run(&args);
    }
    let text = query_text(&args)?;
    let progress = progress();
    let bytes = if args.place.server.is_some() {
        let body = json!({ "Query": text });
        Client::new(&args.place)?.post_json("/v1.0/security/runHuntingQuery", &body)
    } else {
        local(&args, text)
    };
    progress.finish_and_clear();
    output::answer(&bytes?, args.format)?;
    Ok(ExitCode::SUCCESS)
}

fn local(args: &HuntArgs, text: String) -> anyhow::Result<Vec<u8>> {
    let lookback = config::lookback_days(&args.lookback)?;
    node::runtime()?.block_on(async {
        let environment = config::environment(args.env.as_deref())?;
        let options = Options { environment, ..Options::new(&args.place.data)? };
        let node = node::open(&options).await?;
        let tenant = node.tenant(args.place.access.tenant.as_deref()).await?;
        let now = node::now().0;
        let ask = Ask {
            tenant,
            text: text.clone(),
            window: lookback.map(|days| (now - i64::from(days) * kql::time::DAY, now)),
            now,
            limits: Limits { time: Duration::from_secs(3600), ..Limits::default() },
        };
        let answer = node.platform.hunter().hunt(ask).await.map_err(|fault| told(&fault, &text))?;
        let mut out = Vec::new();
        answer_json::write(&answer, &mut out, Style::Graph);
        Ok(out)
    })
}

/// Every diagnostic on its own line, with line and column.
fn told(fault: &HuntFault, text: &str) -> anyhow::Error {
    match fault {
        HuntFault::Query(diagnostics) => {
            let lines: Vec<String> = diagnostics.iter().map(|d| d.at_line(text)).collect();
            anyhow::anyhow!("the query is not valid\n{}", lines.join("\n"))
        }
        HuntFault::Internal(cause) => anyhow::anyhow!("{fault}: {cause}"),
        _ => anyhow::anyhow!("{fault}"),
    }
}

fn query_text(args: &HuntArgs) -> anyhow::Result<String> {
    match (&args.query_file, args.query.as_deref()) {
        (Some(path), _) => {
            fs::read_to_string(path).with_context(|| format!("query file {}", path.display()))
        }
        (None, Some("-") | None) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("query on standard input")?;
            Ok(text)
        }
        (None, Some(text)) => Ok(text.to_owned()),
    }
}

/// A line on a terminal's standard error once a hunt takes longer than a second.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} hunting {elapsed}") {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::hidden());
    let (shown, started) = (bar.clone(), Instant::now());
    std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_secs(1));
        if !shown.is_finished() && started.elapsed() >= Duration::from_secs(1) {
            shown.set_draw_target(ProgressDrawTarget::stderr());
            shown.enable_steady_tick(Duration::from_millis(100));
        }
    });
    bar
}

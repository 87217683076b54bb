//! `yagura provider`: products that push alerts, from files.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use platform::reply::PushReport;
use providers::{
    connector::CONNECTORS,
    tail::{Limits, Line, Tail},
};

use super::sink::{self, Sink};
use crate::{
    cli::intake::{ProviderArgs, ProviderCommand, PushArgs, TailArgs},
    credentials::write_private,
    output,
};

/// How long to wait before looking again at a file that did not grow.
const IDLE: Duration = Duration::from_millis(500);
/// How long to wait after a push that failed; doubled up to a minute.
const RETRY: Duration = Duration::from_secs(1);

/// Follows or pushes a file, or lists the products.
pub fn run(args: ProviderArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ProviderCommand::Tail(args) => follow(&args),
        ProviderCommand::Push(args) => push(&args),
        ProviderCommand::Sources => {
            let rows = CONNECTORS
                .iter()
                .map(|it| vec![it.name.to_owned(), it.vendor.to_owned(), it.product.to_owned()]);
            println!("{}", output::table(&["source", "vendor", "product"], rows));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn push(args: &PushArgs) -> anyhow::Result<ExitCode> {
    known(&args.source)?;
    let sink = Sink::open(&args.place)?;
    let mut refused = 0;
    for path in &args.files {
        let done = sink::push_reader(&sink, &args.source, sink::open_plain(path)?)
            .with_context(|| format!("{}", path.display()))?;
        println!("{}: {}", path.display(), told(&done));
        refused += done.refused.len();
        for refusal in &done.refused {
            eprintln!("{}: item {}: {}", path.display(), refusal.index, refusal.reason);
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a batch, pushes it, and only then keeps the position behind it. After a crash in between
/// the same batch is pushed again, and the server knows it already.
fn follow(args: &TailArgs) -> anyhow::Result<ExitCode> {
    known(&args.source)?;
    let sink = Sink::open(&args.place)?;
    let state = args.state.clone().unwrap_or_else(|| {
        let mut name = args.file.clone().into_os_string();
        name.push(".yagura-position");
        PathBuf::from(name)
    });
    let saved = match std::fs::read_to_string(&state) {
        Ok(text) => Some(
            serde_json::from_str(&text)
                .with_context(|| format!("position file {}", state.display()))?,
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => bail!("position file {}: {error}", state.display()),
    };
    let file = args.file.display();
    let mut kept = saved.clone().unwrap_or_default();
    let mut tail = Tail::new(&args.file, saved, Limits::default());
    loop {
        let batch = match tail.next() {
            Ok(batch) => batch,
            // Permission, a rotation half done: it passes.
            Err(error) if !args.once => {
                tracing::warn!(error = %format!("{:#}", anyhow::Error::from(error)), "waiting");
                std::thread::park_timeout(RETRY);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for note in &batch.notes {
            tracing::warn!(%file, ?note, "lines may be missing");
        }
        let at_end = batch.lines.is_empty();
        if !at_end {
            push_lines(&sink, args, batch.lines)?;
        }
        // The first position is kept even when nothing was read: it says which files were there.
        if batch.position != kept {
            write_private(&state, &serde_json::to_string(&batch.position)?)
                .with_context(|| format!("position file {}", state.display()))?;
            kept = batch.position;
        }
        if at_end && args.once {
            return Ok(ExitCode::SUCCESS);
        }
        if at_end {
            std::thread::park_timeout(IDLE);
        }
    }
}

fn push_lines(sink: &Sink, args: &TailArgs, batch: Vec<Line>) -> anyhow::Result<()> {
    let file = args.file.display();
    let mut lines = Vec::with_capacity(batch.len());
    for line in batch {
        match line {
            Line::Whole(line) => lines.push(line),
            Line::TooLong => tracing::warn!(%file, "a line beyond the limit was passed over"),
        }
    }
    let done = push_until_taken(sink, args, &lines)?;
    for refusal in &done.refused {
        let (item, reason) = (refusal.index, &refusal.reason);
        tracing::warn!(%file, line_in_batch = item, reason, "line refused");
    }
    tracing::info!(%file, "{}", told(&done));
    Ok(())
}

/// A server that is away for a while is waited for, unless the command is to end by itself.
fn push_until_taken(sink: &Sink, args: &TailArgs, lines: &[Vec<u8>]) -> anyhow::Result<PushReport> {
    let mut wait = RETRY;
    loop {
        match sink.alerts(&args.source, lines) {
            Ok(done) => return Ok(done),
            Err(error) if args.once => return Err(error),
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), seconds = wait.as_secs(), "push failed, trying again");
                std::thread::park_timeout(wait);
                wait = (wait * 2).min(Duration::from_secs(60));
            }
        }
    }
}

fn known(source: &str) -> anyhow::Result<()> {
    let names: Vec<&str> = CONNECTORS.iter().map(|it| it.name).collect();
    if names.iter().any(|name| name.eq_ignore_ascii_case(source)) {
        return Ok(());
    }
    bail!("no source '{source}'; known: {}", names.join(", "))
}

fn told(done: &PushReport) -> String {
    format!(
        "{} accepted, {} merged, {} known, {} skipped, {} refused",
        done.accepted,
        done.merged,
        done.duplicates,
        done.skipped,
        done.refused.len()
    )
}

//! `yagura ingest`: hunting events from NDJSON files.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use kql::hunt::Ingested;

use super::sink::Sink;
use crate::cli::intake::IngestArgs;

/// Takes each file in; exit code 1 when any line was refused.
pub fn run(args: &IngestArgs) -> anyhow::Result<ExitCode> {
    let sink = Sink::open(&args.place)?;
    let mut refused = 0;
    for path in &args.files {
        let done = file(&sink, &args.table, path)?;
        println!("{}: {} rows, {} refused", path.display(), done.rows, done.refused_count);
        refused += done.refused_count;
        for (line, reason) in &done.refused {
            eprintln!("{}:{line}: {reason}", path.display());
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes one file in, with a bar over its bytes on a terminal.
pub fn file(sink: &Sink, table: &str, path: &Path) -> anyhow::Result<Ingested> {
    let context = || format!("{}", path.display());
    if path.as_os_str() == "-" {
        return sink.events(table, io::stdin()).with_context(context);
    }
    let input = File::open(path).with_context(context)?;
    let bar = ProgressBar::new(input.metadata().with_context(context)?.len());
    if let Ok(style) = ProgressStyle::with_template(
        "{msg} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
    ) {
        bar.set_style(style);
    }
    bar.set_message(table.to_owned());
    let started = std::time::Instant::now();
    let done = sink.events(table, Counted { input, bar: bar.clone() }).with_context(context);
    bar.finish_and_clear();
    let done = done?;
    tracing::info!(table, rows = done.rows, seconds = started.elapsed().as_secs_f64(), "ingested");
    Ok(done)
}

struct Counted {
    input: File,
    bar: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bar.inc(count as u64);
        Ok(count)
    }
}

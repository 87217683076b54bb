//! `yagura feed`: every file of a folder, by its name.
//!
//! `DeviceProcessEvents.ndjson.gz` goes to that hunting table, `eve.json` to Suricata's connector,
//! and so on; what no rule knows is named and left alone.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context;
use platform::reply::PushReport;
use serde_json::json;

use super::{
    ingest,
    sink::{self, Sink},
};
use crate::cli::intake::FeedArgs;

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
enum Holds {
    Alerts(&'static str),
    Events(String),
    Unknown,
}

/// Takes everything in and prints a summary.
pub fn run(args: &FeedArgs) -> anyhow::Result<ExitCode> {
    let sink = Sink::open(&args.place)?;
    let started = Instant::now();
    let mut alerts = PushReport::default();
    let (mut events, mut refused_events, mut unknown) = (0, 0, Vec::new());
    for path in files(&args.paths)? {
        match holds(&path, |name| sink.is_table(name)) {
            Holds::Alerts(source) => {
                let done = sink::push_reader(&sink, source, sink::open_plain(&path)?)
                    .with_context(|| format!("{}", path.display()))?;
                if !args.json {
                    println!(
                        "{:40} {source:12} {:>8} alerts {:>8} known {:>6} skipped {:>4} refused",
                        name(&path),
                        done.accepted,
                        done.duplicates,
                        done.skipped,
                        done.refused.len()
                    );
                }
                for refusal in done.refused.iter().take(10) {
                    let (item, reason) = (refusal.index, &refusal.reason);
                    eprintln!("{}: item {item}: {reason}", path.display());
                }
                sink::add(&mut alerts, done, 0);
            }
            Holds::Events(table) => {
                let done = ingest::file(&sink, &table, &path)?;
                if !args.json {
                    println!(
                        "{:40} {table:24} {:>8} rows {:>4} refused",
                        name(&path),
                        done.rows,
                        done.refused_count
                    );
                }
                for (line, reason) in done.refused.iter().take(10) {
                    eprintln!("{}:{line}: {reason}", path.display());
                }
                events += done.rows;
                refused_events += done.refused_count;
            }
            Holds::Unknown => unknown.push(name(&path)),
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        println!(
            "{}",
            json!({
                "alerts": alerts.accepted, "duplicates": alerts.duplicates,
                "skipped": alerts.skipped, "refusedAlerts": alerts.refused.len(),
                "events": events, "refusedEvents": refused_events,
                "unknownFiles": unknown, "seconds": seconds,
            })
        );
    } else {
        if !unknown.is_empty() {
            println!("left alone, no rule knows the name: {}", unknown.join(", "));
        }
        println!("{} alerts, {events} events in {seconds:.1} s", alerts.accepted);
    }
    let clean = alerts.refused.is_empty() && refused_events == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every file, folders unfolded, in name order.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("{}", path.display()))?;
            let mut inside: Vec<PathBuf> =
                entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
            inside.retain(|path| path.is_file());
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn holds(path: &Path, is_table: impl Fn(&str) -> bool) -> Holds {
    let name = name(path);
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let Some((stem, "json" | "ndjson" | "jsonl" | "log")) = stem.rsplit_once('.') else {
        return Holds::Unknown;
    };
    let lower = stem.to_ascii_lowercase();
    let sources = [
        ("eve", "suricata"),
        ("suricata", "suricata"),
        ("wazuh", "wazuh"),
        ("crowdsec", "crowdsec"),
        ("modsec", "modsecurity"),
        ("alertinfo", "defender"),
        ("alertevidence", "defender"),
        ("defender", "defender"),
        ("graph-alerts", "graph"),
    ];
    if lower == "alerts" || lower.starts_with("ossec-alerts") {
        return Holds::Alerts("wazuh");
    }
    match sources.iter().find(|(prefix, _)| lower.starts_with(prefix)) {
        Some((_, source)) => Holds::Alerts(source),
        None if is_table(stem) => Holds::Events(stem.to_owned()),
        None => Holds::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_holds() {
        let is = |name: &str| holds(Path::new(name), |table| table == "DeviceEvents");
        assert_eq!(is("a/DeviceEvents.ndjson.gz"), Holds::Events("DeviceEvents".into()));
        assert_eq!(is("eve.json"), Holds::Alerts("suricata"));
        assert_eq!(is("alerts.json"), Holds::Alerts("wazuh"));
        assert_eq!(is("wazuh-2026.json.gz"), Holds::Alerts("wazuh"));
        assert_eq!(is("modsec_audit.json"), Holds::Alerts("modsecurity"));
        assert_eq!(is("AlertInfo.ndjson"), Holds::Alerts("defender"));
        assert_eq!(is("LICENSE"), Holds::Unknown);
        assert_eq!(is("labels.json"), Holds::Unknown);
    }
}

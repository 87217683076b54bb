//! The sample intrusion: one story told by five products, amid benign noise, in the products' own
//! formats and as hunting events.
//!
//! Deterministic: the same seed and end give the same bytes. `cast.rs` has the hosts, people and
//! addresses, a file per product tells its part, `events.rs` the hunting rows, `noise.rs` the days
//! that nobody would write about. Names and addresses are from the documentation ranges.

mod alerts;
mod cast;
mod defender;
mod events;
mod noise;
mod random;

use std::{fs, io::Write, path::Path};

use anyhow::Context;
use model::time::Timestamp;
use serde_json::Value;

use cast::Story;

/// Lines of one product, each with its moment.
type Lines = Vec<(i64, Value)>;

/// Writes the files and says how many lines each got.
pub fn write(folder: &Path, seed: u64, end: Timestamp) -> anyhow::Result<Vec<(String, usize)>> {
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut story = Story::new(seed, end.0);
    let mut suricata = alerts::suricata(&mut story);
    let mut wazuh = alerts::wazuh(&mut story);
    let mut crowdsec = alerts::crowdsec(&mut story);
    let mut modsecurity = alerts::modsecurity(&mut story);
    noise::suricata(&mut story, &mut suricata);
    noise::wazuh(&mut story, &mut wazuh);
    noise::crowdsec(&mut story, &mut crowdsec);
    noise::modsecurity(&mut story, &mut modsecurity);
    let mut files = vec![
        ("eve.json", suricata),
        ("wazuh-alerts.json", wazuh),
        ("crowdsec-alerts.json", crowdsec),
        ("modsec_audit.json", modsecurity),
        ("defender-alerts.ndjson", defender::rows(&mut story)),
    ];
    files.extend(events::tables(&mut story));
    let mut written = Vec::new();
    for (name, mut lines) in files {
        lines.sort_by_key(|(at, _)| *at);
        let path = folder.join(name);
        let mut text = Vec::new();
        for (_, line) in &lines {
            writeln!(text, "{line}")?;
        }
        fs::write(&path, text).with_context(|| format!("{}", path.display()))?;
        written.push((name.to_owned(), lines.len()));
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_same_seed_and_end_give_the_same_bytes() {
        let end = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        let made = |seed| {
            let folder = tempfile::tempdir().unwrap();
            let files = write(folder.path(), seed, end).unwrap();
            let read = |(name, _): &(String, usize)| fs::read(folder.path().join(name)).unwrap();
            files.iter().map(read).collect::<Vec<_>>()
        };
        let first = made(7);
        assert_eq!(first, made(7));
        assert_ne!(first, made(8));
        assert!(first.len() >= 9);
    }
}

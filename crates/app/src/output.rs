//! Answers and lists on standard output: tables for people, JSON and CSV for machines.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use crate::cli::Format;

/// Prints a hunting answer, which comes as Graph's `{schema, results}`.
pub fn answer(bytes: &[u8], format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if format == Format::Json {
        out.write_all(bytes)?;
        return Ok(writeln!(out)?);
    }
    let parsed: Value = serde_json::from_slice(bytes)?;
    let none = Vec::new();
    let list = |member: &str| parsed[member].as_array().unwrap_or(&none);
    let names: Vec<&str> =
        list("schema").iter().map(|column| column["name"].as_str().unwrap_or_default()).collect();
    let rows = list("results");
    match format {
        Format::Json => {}
        Format::Ndjson => {
            for row in rows {
                writeln!(out, "{row}")?;
            }
        }
        Format::Csv => {
            writeln!(out, "{}", names.iter().map(|n| csv(n)).collect::<Vec<_>>().join(","))?;
            for row in rows {
                let cells: Vec<_> = names.iter().map(|name| csv(&cell(&row[*name]))).collect();
                writeln!(out, "{}", cells.join(","))?;
            }
        }
        Format::Table => {
            let cells = |row: &Value| names.iter().map(|n| cell(&row[*n])).collect::<Vec<_>>();
            writeln!(out, "{}", table(&names, rows.iter().map(cells)))?;
            let plural = if rows.len() == 1 { "row" } else { "rows" };
            writeln!(out, "{} {plural}", rows.len())?;
        }
    }
    Ok(())
}

/// A table that fits the terminal.
pub fn table(names: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(names);
    table.add_rows(rows);
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

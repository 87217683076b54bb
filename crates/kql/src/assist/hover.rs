//! What a word is.

use crate::{Env, diagnostic::Span, types::Column};

use super::{
    complete::{column_type, columns},
    place::surroundings,
    signature, word_at,
};

/// How many columns of a table are listed.
const MAX_COLUMNS: usize = 60;

/// What the word at a byte is, in Markdown, with its place.
pub fn hover(text: &str, byte: usize, env: &Env<'_>) -> Option<(String, Span)> {
    let (word, span) = word_at(text, byte)?;
    let around = surroundings(text, span.start);
    if let Some(rel) = columns(&around.statements, &around.pipeline, env)
        && let Some(ty) = column_type(&rel, word)
    {
        return Some((format!("`{word}`: column of type {}", ty.name()), span));
    }
    if let Some(at) = super::definition(text, byte) {
        let line = text.get(at.start..).and_then(|it| it.lines().next()).unwrap_or_default();
        return Some((format!("```kql\nlet {}\n```", shortened(line)), span));
    }
    let called = text.get(span.end..).unwrap_or_default().trim_start().starts_with('(');
    let functions = env.functions;
    if let Some(it) = functions.aggregates.iter().find(|it| called && it.name == word) {
        return Some((described(&signature(word, it.params), it.doc), span));
    }
    if let Some(it) = functions.scalars.iter().find(|it| called && it.name == word) {
        let mut shown = described(&signature(word, it.params), it.doc);
        for (example, result) in it.examples {
            shown.push_str(&format!("\n\n`{example}` is `{result}`"));
        }
        return Some((shown, span));
    }
    if let Some(columns) = env.catalog.table(word) {
        return Some((table(word, &columns), span));
    }
    None
}

fn described(signature: &str, doc: &str) -> String {
    format!("```kql\n{signature}\n```\n\n{doc}").trim_end().to_owned()
}

fn table(name: &str, columns: &[Column]) -> String {
    let shown = columns.iter().take(MAX_COLUMNS);
    let shown: Vec<String> = shown.map(|it| format!("    {}: {}", it.name, it.ty.name())).collect();
    let more = if columns.len() > MAX_COLUMNS { ",\n    ..." } else { "" };
    format!("```kql\n{name}(\n{}{more}\n)\n```", shown.join(",\n"))
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(120) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line.to_owned(),
    }
}

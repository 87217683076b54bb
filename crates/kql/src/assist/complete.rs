//! What could stand at a place.

use crate::{
    Env, compile,
    plan::Rel,
    syntax::tree::{LetValue, Statement},
    types::Type,
};

use super::{place::surroundings, signature, word_at};

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What would be written.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words on it: a type, a signature.
    pub detail: String,
}

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A tabular operator.
    Operator,
    /// A column.
    Column,
    /// A table.
    Table,
    /// A function or aggregate.
    Function,
    /// A `let` of the text.
    Let,
}

/// Proposals for a byte of a text; those that begin as the word there does come first.
pub fn completions(text: &str, byte: usize, env: &Env<'_>) -> Vec<Completion> {
    let around = surroundings(text, byte);
    let mut found = Vec::new();
    let mut add = |label: &str, kind, detail: String| {
        found.push(Completion { label: label.to_owned(), kind, detail });
    };
    if around.wants_operator {
        for name in crate::syntax::operator_names() {
            add(name, CompletionKind::Operator, String::new());
        }
        // names of operators have hyphens, which words have not
        let head = text.get(..byte).and_then(|it| it.rsplit_once('|')).map_or("", |it| it.1);
        return going_on(found, head.trim());
    }
    let statements = crate::syntax::parse(&around.statements).query.statements;
    for statement in &statements {
        if let Statement::Let { name, value } = statement {
            let detail = match value {
                LetValue::Function(_) => "function",
                LetValue::Expr(_) | LetValue::Broken => "let",
            };
            add(&name.text, CompletionKind::Let, detail.to_owned());
        }
    }
    match columns(&around.statements, &around.pipeline, env) {
        Some(rel) => {
            for column in &rel.columns {
                add(&column.name, CompletionKind::Column, column.ty.name().to_owned());
            }
            for it in env.functions.scalars {
                add(it.name, CompletionKind::Function, signature(it.name, it.params));
            }
            if matches!(around.operator.as_str(), "summarize" | "make-series" | "make") {
                for it in env.functions.aggregates {
                    add(it.name, CompletionKind::Function, signature(it.name, it.params));
                }
            }
        }
        None if around.pipeline.is_empty() => {
            for name in env.catalog.function_names() {
                add(&name, CompletionKind::Function, String::new());
            }
        }
        None => {}
    }
    let takes_table = matches!(around.operator.as_str(), "" | "join" | "lookup" | "union" | "in");
    if around.pipeline.is_empty() || takes_table {
        for name in env.catalog.table_names() {
            add(&name, CompletionKind::Table, String::new());
        }
    }
    begun(found, text, byte)
}

/// The columns behind a pipeline.
pub(super) fn columns(statements: &str, pipeline: &str, env: &Env<'_>) -> Option<Rel> {
    if pipeline.is_empty() {
        return None;
    }
    compile(&format!("{statements}\n{pipeline}"), env).plan
}

/// The type of a column behind a pipeline.
pub(super) fn column_type(rel: &Rel, name: &str) -> Option<Type> {
    rel.columns.iter().find(|it| it.name == name).map(|it| it.ty)
}

/// Those that go on from the word begun at a byte; all of them without one.
fn begun(found: Vec<Completion>, text: &str, byte: usize) -> Vec<Completion> {
    let word = word_at(text, byte).and_then(|(_, span)| text.get(span.start..byte));
    going_on(found, word.unwrap_or_default())
}

fn going_on(mut found: Vec<Completion>, begun: &str) -> Vec<Completion> {
    let begun = begun.to_lowercase();
    found.retain(|it| it.label.to_lowercase().contains(&begun));
    found.sort_by_key(|it| !it.label.to_lowercase().starts_with(&begun));
    found
}

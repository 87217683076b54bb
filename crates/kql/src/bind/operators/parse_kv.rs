//! `parse-kv`: one call takes the text apart, the columns are members of the bag it gives.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Expr, ExprKind, Rel},
    syntax::tree::KeyValues,
    types::Type,
    value::Value,
};

use super::{
    super::{
        Binder,
        expression::{node, text},
    },
    column,
    project::Made,
};

/// The engine's function; no query can write that name.
const FUNCTION: &str = "parse-kv";

impl Binder<'_> {
    pub(super) fn parse_kv(&mut self, input: Rel, parse: &KeyValues, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let source = self.expr(parse.source.as_ref()?, cx)?;
        let source = self.converted(source, Type::String)?;
        if let Some(pattern) = &parse.regex {
            let groups = regex::Regex::new(pattern).map(|it| it.captures_len());
            if !matches!(groups, Ok(3)) {
                let message = "the pattern of `parse-kv` is a regular expression with two groups";
                self.report(
                    Diagnostic::error(codes::REGEX, span, message)
                        .help("the first group is the key, the second the value"),
                );
                return None;
            }
        }
        let mut names: Vec<&str> = Vec::with_capacity(parse.columns.len());
        for it in &parse.columns {
            if names.contains(&it.name.as_str()) {
                let message = format!("column `{}` is given twice", it.name);
                return self.error(codes::DUPLICATE, span, message);
            }
            names.push(&it.name);
        }
        let list = |items: Vec<String>| {
            let items = items.into_iter().map(serde_json::Value::String).collect();
            let value = Value::Dynamic(serde_json::Value::Array(items));
            node(ExprKind::Literal(value), Type::Dynamic, span)
        };
        let optional = |it: &Option<String>| text(it.as_deref().unwrap_or_default(), span);
        let args = vec![
            source,
            list(names.iter().map(|it| (*it).to_owned()).collect()),
            optional(&parse.pair),
            optional(&parse.key),
            list(parse.quotes.clone()),
            optional(&parse.escape),
            node(ExprKind::Literal(Value::Bool(parse.greedy)), Type::Bool, span),
            optional(&parse.regex),
        ];
        let call = node(ExprKind::Call { function: FUNCTION, args }, Type::Dynamic, span);
        let bag = columns.len();
        let mut all: Vec<Made> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
            .collect();
        // the bag is a column of its own, so that the text is taken apart once
        let mut held: Vec<Made> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
            .collect();
        held.push(Made { name: "\u{2}bag".to_owned(), expr: Some(call) });
        let rel = self.projected(input, held);
        for it in &parse.columns {
            let source = Box::new(node(ExprKind::Column(bag), Type::Dynamic, span));
            let index = Box::new(text(it.name.as_str(), span));
            let member = node(ExprKind::Index { source, index }, Type::Dynamic, span);
            let expr: Option<Expr> = self.converted(member, it.ty);
            let new = Made { name: it.name.clone(), expr };
            match all.iter_mut().find(|known| known.name == new.name) {
                Some(place) => *place = new,
                None => all.push(new),
            }
        }
        Some(self.projected(rel, all))
    }
}

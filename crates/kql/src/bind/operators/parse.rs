//! `parse` and `parse-where`: the pattern becomes one regular expression.
//!
//! Plain patterns must account for the whole text and are lazy; `regex` patterns may stand anywhere
//! in the text and are greedy. Captures of numbers are held to what a number looks like.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{Parse, ParseMode, Piece},
    types::{Column, Type},
};

use super::{
    super::{Binder, expression::node},
    column,
    project::Made,
};

impl Binder<'_> {
    pub(super) fn parse(&mut self, input: Rel, parse: &Parse, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let source = self.expr(&parse.source, cx)?;
        let source = self.converted(source, Type::String)?;
        let pattern = self.parse_pattern(parse, span)?;
        let mut captures = Vec::new();
        let mut names = Vec::new();
        for piece in &parse.pieces {
            if let Piece::Column(name, ty) = piece {
                if names.iter().any(|it: &&crate::syntax::tree::Name| it.text == name.text) {
                    let message = format!("column `{}` is given twice", name.text);
                    return self.error(codes::DUPLICATE, name.span, message);
                }
                names.push(name);
                captures.push(*ty);
            }
        }
        let width = columns.len();
        let mut parsed = columns.clone();
        parsed.extend(captures.iter().enumerate().map(|(at, ty)| Column::new(capture(at), *ty)));
        parsed.push(Column::new("matched", Type::Bool));
        let strict = parse.mode != ParseMode::Relaxed;
        let mut made: Vec<Made> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
            .collect();
        for (at, (name, ty)) in names.into_iter().zip(&captures).enumerate() {
            let expr = Some(node(ExprKind::Column(width + at), *ty, name.span));
            let new = Made { name: name.text.clone(), expr };
            match made.iter_mut().find(|it| it.name == name.text) {
                Some(place) => *place = new,
                None => made.push(new),
            }
        }
        let matched: Expr = node(ExprKind::Column(width + captures.len()), Type::Bool, span);
        let op = Op::Parse { input: Box::new(input), source, pattern, captures, strict };
        let mut rel = Rel { op, columns: parsed.clone() };
        if parse.only_matching {
            rel = Rel {
                op: Op::Filter { input: Box::new(rel), predicate: matched },
                columns: parsed,
            };
        }
        Some(self.projected(rel, made))
    }

    fn parse_pattern(&mut self, parse: &Parse, span: Span) -> Option<String> {
        let plain = parse.mode != ParseMode::Regex;
        if plain && !parse.flags.is_empty() {
            let message = "flags belong to `kind=regex`";
            return self.error(codes::OPTION, parse.flags_span, message);
        }
        if let Some(flag) = parse.flags.chars().find(|it| !"imsU".contains(*it)) {
            let message = format!("`{flag}` is no flag; there are `i`, `m`, `s` and `U`");
            return self.error(codes::OPTION, parse.flags_span, message);
        }
        let mut pattern = match (plain, parse.flags.as_str()) {
            (true, _) => r"(?s)\A".to_owned(),
            (false, "") => String::new(),
            (false, flags) => format!("(?{flags})"),
        };
        let mut number = 0;
        for piece in &parse.pieces {
            match piece {
                Piece::Star => pattern.push_str(if plain { ".*?" } else { ".*" }),
                Piece::Text(text, _) if plain => pattern.push_str(&regex::escape(text)),
                Piece::Text(text, span) => {
                    if let Err(error) = regex::Regex::new(&crate::pattern::translated(text)) {
                        let error = error.to_string();
                        let reason = error.lines().last().unwrap_or_default();
                        let message = format!("the pattern is not a regular expression: {reason}");
                        return self.error(codes::REGEX, *span, message);
                    }
                    pattern.push_str("(?:");
                    pattern.push_str(&crate::pattern::translated(text));
                    pattern.push(')');
                }
                Piece::Column(_, ty) => {
                    let (name, shape) = (capture(number), shape(*ty));
                    pattern.push_str(&match (parse.mode, shape) {
                        (ParseMode::Simple | ParseMode::Relaxed, "") => format!("(?P<{name}>.*?)"),
                        (ParseMode::Regex, "") => format!("(?P<{name}>.*)"),
                        // what does not look like one becomes null
                        (ParseMode::Relaxed, shape) => format!("(?P<{name}>{shape}|.*?)"),
                        (ParseMode::Simple | ParseMode::Regex, shape) => {
                            format!("(?P<{name}>{shape})")
                        }
                    });
                    number += 1;
                }
            }
        }
        if plain {
            pattern.push_str(r"\z");
        }
        if regex::Regex::new(&pattern).is_err() {
            self.report(
                Diagnostic::error(codes::REGEX, span, "the pattern as a whole cannot be read")
                    .help("it may be too large"),
            );
            return None;
        }
        Some(pattern)
    }
}

/// The name of a group.
fn capture(at: usize) -> String {
    format!("kql{at}")
}

/// What a capture of this type looks like; empty when it may be any text.
fn shape(ty: Type) -> &'static str {
    match ty {
        Type::Int | Type::Long => r"[+-]?\d+",
        Type::Real | Type::Decimal => r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
        Type::Bool => "(?i:true|false)",
        Type::String | Type::DateTime | Type::TimeSpan | Type::Guid | Type::Dynamic => "",
    }
}

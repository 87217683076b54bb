//! The surroundings of a place in a text: the statements before it and the pipeline it stands in.

use crate::syntax::pieces::{Piece, PieceKind, pieces};

/// Where a place is.
pub(super) struct Surroundings {
    /// The text of the statements before the one of the place.
    pub(super) statements: String,
    /// The pipeline up to the `|` in front of the place, empty at its head.
    pub(super) pipeline: String,
    /// The word behind that `|`, empty when there is none yet.
    pub(super) operator: String,
    /// The place is behind a `|`, with nothing but a word begun.
    pub(super) wants_operator: bool,
}

/// Looks at what stands in front of a byte.
pub(super) fn surroundings(text: &str, byte: usize) -> Surroundings {
    let byte = (0..=byte.min(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    let before = &text[..byte];
    // an open text in front of the place cannot be cut: fall back to the whole lines above it
    let cut = pieces(before).or_else(|| pieces(before.rsplit_once('\n').map_or("", |it| it.0)));
    let all: Vec<Piece<'_>> =
        cut.unwrap_or_default().into_iter().filter(|it| it.kind != PieceKind::Comment).collect();
    let sign = |it: &Piece<'_>| if it.kind == PieceKind::Sign { it.text } else { "" }.to_owned();
    let mut open: Vec<usize> = Vec::new();
    let mut statement = vec![0];
    let mut pipe: Vec<Option<usize>> = vec![None];
    let mut ends = 0;
    for (at, piece) in all.iter().enumerate() {
        match sign(piece).as_str() {
            "(" | "[" | "{" => {
                open.push(at);
                statement.push(at + 1);
                pipe.push(None);
            }
            ")" | "]" | "}" if !open.is_empty() => {
                open.pop();
                statement.pop();
                pipe.pop();
            }
            ";" => {
                if let Some(start) = statement.last_mut() {
                    *start = at + 1;
                }
                if let Some(pipe) = pipe.last_mut() {
                    *pipe = None;
                }
                if open.is_empty() {
                    ends = at + 1;
                }
            }
            "|" => {
                if let Some(pipe) = pipe.last_mut() {
                    *pipe = Some(at);
                }
            }
            _ => {}
        }
    }
    // inside the brackets of a call the columns are those of the pipeline around it
    let level = (0..pipe.len()).rev().find(|it| pipe.get(*it).is_some_and(Option::is_some));
    let joined = |pieces: &[Piece<'_>]| -> String {
        let mut out = String::new();
        for piece in pieces {
            if !piece.touches {
                out.push(' ');
            }
            out.push_str(piece.text);
        }
        out
    };
    let statements = joined(all.get(..ends).unwrap_or_default());
    let (Some(level), Some(Some(at))) = (level, level.and_then(|it| pipe.get(it))) else {
        return Surroundings {
            statements,
            pipeline: String::new(),
            operator: String::new(),
            wants_operator: false,
        };
    };
    let mut start = statement.get(level).copied().unwrap_or(0);
    // `let x = T | …`: the pipeline begins behind the sign
    let is_let = all.get(start).is_some_and(|it| it.text == "let");
    if is_let && all.get(start + 2).is_some_and(|it| it.text == "=") {
        start += 3;
    }
    let behind = all.get(at + 1..).unwrap_or_default();
    let touching = !before.ends_with(char::is_whitespace);
    Surroundings {
        statements,
        pipeline: joined(all.get(start..*at).unwrap_or_default()),
        operator: behind.first().map_or_else(String::new, |it| it.text.to_owned()),
        wants_operator: level + 1 == pipe.len()
            && (behind.is_empty() || behind.iter().skip(1).all(|it| it.touches) && touching),
    }
}

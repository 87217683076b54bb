//! A finding as people read it: the line it stands in, with a caret under the place.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};

/// The longest piece of a line that is shown.
const WIDTH: usize = 160;

/// The finding with its place in `name`, the line and a caret; ends with a line break.
pub fn excerpt(it: &Diagnostic, text: &str, name: &str) -> String {
    let kind = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let start = floor(text, it.span.start);
    let end = floor(text, it.span.end).max(start);
    let (before, behind) = text.split_at(start);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = behind.find('\n').map_or(text.len(), |at| start + at);
    let number = before.matches('\n').count() + 1;
    let column = text[line_start..start].chars().count();
    let line: String = text[line_start..line_end].trim_end().replace('\t', " ");
    let carets = text[start..end.min(line_end)].chars().count().max(1);
    // a long line is cut so that the place is still on it
    let skipped = if column + carets.min(WIDTH / 2) > WIDTH { column - WIDTH / 4 } else { 0 };
    let shown: String = line.chars().skip(skipped).take(WIDTH).collect();
    let carets = carets.min(WIDTH.saturating_sub(column - skipped)).max(1);
    let gutter = number.to_string().len();
    let mut out = String::new();
    let _ = writeln!(out, "{kind} {}: {}", it.code, it.message);
    let _ = writeln!(out, "{:gutter$}--> {name}:{number}:{}", "", column + 1);
    let _ = writeln!(out, "{number} | {shown}");
    let _ = write!(out, "{:gutter$} | {:2$}", "", "", column - skipped);
    let _ = write!(out, "{}", "^".repeat(carets));
    if let Some(help) = &it.help {
        let _ = write!(out, " {help}");
    }
    out.push('\n');
    out
}

/// The start of the character that a byte is in.
fn floor(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn the_caret_stands_under_the_place() {
        let text = "T\n| where ä == Foo\n| take 1";
        let at = text.find("Foo").unwrap_or_default();
        let problem = Diagnostic::error("KQL0202", Span::new(at, at + 3), "no column `Foo`");
        let shown = excerpt(&problem.help("`Fox` is near"), text, "q.kql");
        assert_eq!(
            shown,
            "error KQL0202: no column `Foo`\n --> q.kql:2:14\n2 | | where ä == Foo\n  |              ^^^ `Fox` is near\n"
        );
    }

    #[test]
    fn long_lines_and_odd_places_are_shown_too() {
        let text = format!("print {}x", "1 + ".repeat(500));
        let end = text.len();
        for (start, end) in [(0, 3), (end - 1, end), (end, end), (end + 9, end + 10), (5, end)] {
            let problem = Diagnostic::error("KQL0202", Span::new(start, end), "something");
            let shown = excerpt(&problem, &text, "q");
            assert!(shown.lines().all(|it| it.len() < 200), "{shown}");
            assert!(shown.contains('^'));
        }
    }
}

//! `has_any` and `has_all`: many needles at once.
//!
//! Up to a handful of needles are searched one after the other; more go into one automaton that
//! reads the text once.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::{
    error::EngineError,
    text::{
        find::Needle,
        term::{self, Ends},
    },
};

const WHOLE: Ends = Ends { start: true, end: true };

/// Above this many needles the automaton wins.
const FEW: usize = 4;

/// Prepared needles.
pub(crate) enum Terms {
    /// None of them is empty or beyond ASCII.
    Many { automaton: AhoCorasick, count: usize },
    /// One after the other.
    Few(Vec<Needle>),
}

impl Terms {
    /// Prepares needles.
    pub(crate) fn new(needles: &[String]) -> Result<Self, EngineError> {
        let simple = |needle: &String| needle.is_ascii() && !needle.is_empty();
        if needles.len() <= FEW || !needles.iter().all(simple) {
            return Ok(Self::Few(needles.iter().map(|it| Needle::new(it, true)).collect()));
        }
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(needles)
            .map_err(|e| EngineError::refused(format!("the list of terms is too large: {e}")))?;
        Ok(Self::Many { automaton, count: needles.len() })
    }

    /// Does any needle stand in the text as a whole term?
    pub(crate) fn any(&self, text: &str) -> bool {
        match self {
            Self::Few(needles) => needles.iter().any(|it| term::stands(it, text, WHOLE)),
            Self::Many { automaton, .. } => automaton
                .find_overlapping_iter(text)
                .any(|m| term::free_before(text, m.start()) && term::free_after(text, m.end())),
        }
    }

    /// Do all of them?
    pub(crate) fn all(&self, text: &str) -> bool {
        match self {
            Self::Few(needles) => needles.iter().all(|it| term::stands(it, text, WHOLE)),
            Self::Many { automaton, count } => {
                let mut seen = vec![false; *count];
                let mut left = *count;
                for m in automaton.find_overlapping_iter(text) {
                    let at = m.pattern().as_usize();
                    if !seen[at]
                        && term::free_before(text, m.start())
                        && term::free_after(text, m.end())
                    {
                        seen[at] = true;
                        left -= 1;
                        if left == 0 {
                            return true;
                        }
                    }
                }
                left == 0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_agree() {
        let words = ["net", "user", "who", "cmd", "a", "net user"].map(str::to_owned);
        let many = Terms::new(&words).expect("small");
        let few = Terms::Few(words.iter().map(|it| Needle::new(it, true)).collect());
        for text in ["", "NET", "planet", "net user", "a cmd who net user", "xuser a", "cmd.exe"] {
            assert_eq!(many.any(text), few.any(text), "{text}");
            assert_eq!(many.all(text), few.all(text), "{text}");
        }
    }
}

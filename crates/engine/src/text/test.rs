//! The kernels of `has`, `contains`, `startswith`, … and `matches regex`.

use std::{collections::HashMap, sync::Arc};

use datafusion::arrow::array::ArrayRef;
use kql::plan::TextTest;
use regex::Regex;

use crate::{
    args::{Args, out_bools},
    error::EngineError,
    function_impl::Kernel,
    text::{
        find::Needle,
        pattern,
        term::{self, Ends},
    },
};

/// Patterns kept while a column of patterns is read.
const KEPT: usize = 1000;

/// A test with its needle prepared.
enum Ready {
    Equals(Needle),
    Term(Needle, Ends),
    Contains(Needle),
    Starts(Needle),
    Ends(Needle),
    Regex(Regex),
}

impl Ready {
    fn new(test: TextTest, fold: bool, needle: &str) -> Result<Self, EngineError> {
        let ready = || Needle::new(needle, fold);
        let ends = |start, end| Ends { start, end };
        Ok(match test {
            TextTest::Equals => Self::Equals(ready()),
            TextTest::Has => Self::Term(ready(), ends(true, true)),
            TextTest::HasPrefix => Self::Term(ready(), ends(true, false)),
            TextTest::HasSuffix => Self::Term(ready(), ends(false, true)),
            TextTest::Contains => Self::Contains(ready()),
            TextTest::StartsWith => Self::Starts(ready()),
            TextTest::EndsWith => Self::Ends(ready()),
            TextTest::MatchesRegex if fold => {
                Self::Regex(pattern::compile(&format!("(?i:{needle})"))?)
            }
            TextTest::MatchesRegex => Self::Regex(pattern::compile(needle)?),
        })
    }

    #[inline]
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(needle) => {
                let text = needle.prepare(text);
                text.len() == needle.len() && needle.is_at(text.as_bytes(), 0)
            }
            Self::Term(needle, ends) => term::stands(needle, text, *ends),
            Self::Contains(needle) => needle.find(needle.prepare(text).as_bytes(), 0).is_some(),
            Self::Starts(needle) => needle.is_at(needle.prepare(text).as_bytes(), 0),
            Self::Ends(needle) => {
                let text = needle.prepare(text);
                text.len()
                    .checked_sub(needle.len())
                    .is_some_and(|at| needle.is_at(text.as_bytes(), at))
            }
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// A kernel over one text column for a constant needle.
pub(crate) fn constant(
    test: TextTest,
    fold: bool,
    negate: bool,
    needle: &str,
) -> Result<Kernel, EngineError> {
    let ready = Ready::new(test, fold, needle)?;
    Ok(Arc::new(move |args: &Args<'_>| {
        let source = args.texts(0)?;
        Ok(out_bools(args.rows(), |row| Some(ready.holds(source.get(row)) != negate)))
    }))
}

/// A kernel over a text column and a column of needles.
pub(crate) fn by_row(test: TextTest, fold: bool, negate: bool) -> Kernel {
    Arc::new(move |args: &Args<'_>| run_by_row(args, test, fold, negate))
}

fn run_by_row(
    args: &Args<'_>,
    test: TextTest,
    fold: bool,
    negate: bool,
) -> Result<ArrayRef, EngineError> {
    let (source, needles) = (args.texts(0)?, args.texts(1)?);
    let mut ready: HashMap<&str, Ready> = HashMap::new();
    let mut error = None;
    let out = out_bools(args.rows(), |row| {
        let needle = needles.get(row);
        if !ready.contains_key(needle) {
            if ready.len() >= KEPT {
                ready.clear();
            }
            match Ready::new(test, fold, needle) {
                Ok(one) => {
                    ready.insert(needle, one);
                }
                Err(e) => {
                    error.get_or_insert(e);
                    return None;
                }
            }
        }
        ready.get(needle).map(|one| one.holds(source.get(row)) != negate)
    });
    match error {
        Some(error) => Err(error),
        None => Ok(out),
    }
}

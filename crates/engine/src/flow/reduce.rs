//! `reduce`: patterns of texts.
//!
//! After Vaarandi's clustering of log lines: a text is cut into words; a word is frequent when more
//! than a share of the texts have it at its place; a text's pattern has its frequent words and `*`
//! for the others; patterns of too few texts are one, "others".

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, StringViewBuilder,
        },
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};

use super::gather::{Algorithm, Ready, Run};
use crate::leash::{self, Held, Pace};

/// How many different words are counted; the rare ones are forgotten when there are more.
const MOST_WORDS: usize = 2_000_000;
/// Bytes that a pattern takes beside its text.
const PATTERN: usize = 160;
/// Bytes that counting a word takes.
const WORD: usize = 17;
/// Words of one text that count.
const MOST_PLACES: usize = 256;

/// The text is the first column.
pub(crate) struct Reduce {
    /// The share of texts that a word needs.
    pub(crate) threshold: f64,
    /// Characters that part words beside those that always do.
    pub(crate) characters: String,
    /// Keeps the rows.
    pub(crate) source: bool,
    /// What comes out.
    pub(crate) schema: SchemaRef,
}

struct Pattern {
    text: String,
    count: i64,
    first: usize,
}

impl Reduce {
    fn parts(&self, it: char) -> bool {
        !it.is_alphanumeric() && it != '_' || self.characters.contains(it)
    }

    /// The words of a text with what stands in front of each.
    fn words<'t>(&self, text: &'t str) -> Vec<(&'t str, &'t str)> {
        let mut words = Vec::new();
        let mut rest = text;
        while !rest.is_empty() && words.len() < MOST_PLACES {
            let start = rest.find(|it| !self.parts(it)).unwrap_or(rest.len());
            let (gap, behind) = rest.split_at(start);
            let end = behind.find(|it| self.parts(it)).unwrap_or(behind.len());
            let (word, behind) = behind.split_at(end);
            words.push((gap, word));
            rest = behind;
        }
        words
    }

    /// The words that more than `least` of the texts have at their place.
    fn frequent(&self, texts: &StringViewArray, least: f64) -> Result<HashMap<u64, u64>> {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        let mut held = leash::hold(0)?;
        let mut room = 0;
        let mut pace = Pace::default();
        for text in texts.iter().flatten() {
            pace.check()?;
            for (place, (_, word)) in self.words(text).into_iter().enumerate() {
                *counts.entry(key(place, word)).or_default() += 1;
            }
            if counts.len() > MOST_WORDS {
                counts.retain(|_, count| *count > 1);
            }
            if counts.capacity() > room {
                grow(&mut held, (counts.capacity() - room) * WORD)?;
                room = counts.capacity();
            }
            if counts.len() > MOST_WORDS {
                counts.retain(|_, count| *count > 16);
            }
        }
        counts.retain(|_, count| *count as f64 > least);
        Ok(counts)
    }

    /// The pattern of a text; none when no word of it is frequent.
    fn pattern(&self, text: &str, frequent: &HashMap<u64, u64>) -> Option<String> {
        let mut pattern = String::new();
        let mut any = false;
        for (place, (gap, word)) in self.words(text).into_iter().enumerate() {
            if frequent.contains_key(&key(place, word)) {
                // what parts a word from a star belongs to the star
                if !pattern.ends_with('*') {
                    pattern.push_str(gap);
                }
                pattern.push_str(word);
                any = any || !word.is_empty();
            } else if !pattern.ends_with('*') {
                pattern.push('*');
            }
        }
        any.then_some(pattern)
    }
}

fn grow(held: &mut Option<Held>, bytes: usize) -> Result<()> {
    Ok(held.as_mut().map_or(Ok(()), |it| it.grow(bytes))?)
}

/// A word at its place, as a number: counting texts themselves would hold all of them twice.
fn key(place: usize, word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place, word).hash(&mut hasher);
    hasher.finish()
}

impl Algorithm for Reduce {
    fn start(&self, rows: RecordBatch) -> Result<Box<dyn Run>> {
        let wrong = || DataFusionError::Internal("`reduce` reads no text".to_owned());
        let texts = rows.columns().first().and_then(|it| it.as_string_view_opt());
        let texts = texts.ok_or_else(wrong)?.clone();
        let least = self.threshold * texts.len() as f64;
        let frequent = self.frequent(&texts, least)?;
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut of_rows: Vec<Option<usize>> = Vec::with_capacity(texts.len());
        let mut held = leash::hold(texts.len() * size_of::<Option<usize>>())?;
        let mut pace = Pace::default();
        for (row, text) in texts.iter().enumerate() {
            pace.check()?;
            let Some(pattern) = self.pattern(text.unwrap_or(""), &frequent) else {
                of_rows.push(None);
                continue;
            };
            if !index.contains_key(&pattern) {
                // the text stands in the list and in the index
                grow(&mut held, 2 * pattern.len() + PATTERN)?;
            }
            let at = *index.entry(pattern).or_insert_with_key(|text| {
                patterns.push(Pattern { text: text.clone(), count: 0, first: row });
                patterns.len() - 1
            });
            if let Some(pattern) = patterns.get_mut(at) {
                pattern.count += 1;
            }
            of_rows.push(Some(at));
        }
        let kept = |at: &usize| patterns.get(*at).filter(|it| it.count as f64 > least);
        let others = of_rows.iter().filter(|it| it.as_ref().and_then(kept).is_none()).count();
        let others = Pattern {
            text: "others".to_owned(),
            count: i64::try_from(others).unwrap_or(i64::MAX),
            first: usize::MAX,
        };
        let representative = |it: &Pattern| {
            if it.first < texts.len() { texts.value(it.first).to_owned() } else { String::new() }
        };
        let table = |found: &[&Pattern]| -> Vec<ArrayRef> {
            let mut names = StringViewBuilder::new();
            let mut samples = StringViewBuilder::new();
            for pattern in found {
                names.append_value(&pattern.text);
                samples.append_value(representative(pattern));
            }
            let counts = Int64Array::from_iter_values(found.iter().map(|it| it.count));
            vec![Arc::new(names.finish()), Arc::new(counts), Arc::new(samples.finish())]
        };
        let columns = if self.source {
            let found: Vec<&Pattern> =
                of_rows.iter().map(|it| it.as_ref().and_then(kept).unwrap_or(&others)).collect();
            let own = rows.columns().iter().skip(1).cloned();
            own.chain(table(&found)).collect()
        } else {
            let mut found: Vec<&Pattern> =
                patterns.iter().filter(|it| it.count as f64 > least).collect();
            if others.count > 0 {
                found.push(&others);
            }
            found.sort_by(|one, two| two.count.cmp(&one.count).then(one.first.cmp(&two.first)));
            table(&found)
        };
        Ok(Ready::boxed(RecordBatch::try_new(Arc::clone(&self.schema), columns)?))
    }
}

//! The kernel of `parse-kv`: a text of keys and values as a bag.
//!
//! The binder calls it with the constants of the operator; no query can write its name. A value is
//! looked for where its key stands: at the start of the text or behind a pair delimiter. The first
//! value of a key counts.

use std::sync::Arc;

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
    value::Value,
};
use regex::Regex;
use serde_json::{Map, Value as Json};

use crate::{
    args::out_json,
    error::EngineError,
    function_impl::{Call, FunctionImpl, Kernel, Lower},
};

pub(in super::super) const PARSE_KV: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "parse-kv",
        params: &[
            Param::of("text", &[Type::String]),
            Param::of("keys", &[Type::Dynamic]).fixed(),
            Param::of("pair_delimiter", &[Type::String]).fixed(),
            Param::of("kv_delimiter", &[Type::String]).fixed(),
            Param::of("quotes", &[Type::Dynamic]).fixed(),
            Param::of("escape", &[Type::String]).fixed(),
            Param::of("greedy", &[Type::Bool]).fixed(),
            Param::of("regex", &[Type::String]).fixed(),
        ],
        returns: Returns::Is(Type::Dynamic),
        naming: Naming::Position,
        doc: "The values of keys in a text, as a bag; part of the operator `parse-kv`.",
        examples: &[],
    },
    lower: Lower::Bound(prepare),
};

/// What tells keys from values.
struct Shape {
    keys: Vec<String>,
    pair: String,
    key: String,
    /// Opening and closing quotes.
    quotes: Vec<(char, char)>,
    escape: Option<char>,
    greedy: bool,
    regex: Option<Regex>,
}

fn prepare(call: &Call<'_>) -> Result<Kernel, EngineError> {
    let text = |at: usize| match call.constant(at) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let list = |at: usize| -> Vec<String> {
        match call.constant(at) {
            Some(Value::Dynamic(Json::Array(items))) => {
                items.iter().filter_map(|it| it.as_str()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    };
    let quotes = list(4).into_iter().filter_map(|it| {
        let mut letters = it.chars();
        let open = letters.next()?;
        Some((open, letters.next().unwrap_or(open)))
    });
    let pattern = text(7);
    let regex = if pattern.is_empty() {
        None
    } else {
        let read = Regex::new(&pattern);
        Some(read.map_err(|_| EngineError::refused("the pattern of `parse-kv` cannot be read"))?)
    };
    let shape = Shape {
        keys: list(1),
        pair: text(2),
        key: text(3),
        quotes: quotes.collect(),
        escape: text(5).chars().next(),
        greedy: matches!(call.constant(6), Some(Value::Bool(true))),
        regex,
    };
    let kernel: Kernel = Arc::new(move |args| {
        let texts = args.texts(0)?;
        Ok(out_json(args.rows(), |row| Json::Object(shape.read(texts.get(row)))))
    });
    Ok(kernel)
}

impl Shape {
    fn read(&self, text: &str) -> Map<String, Json> {
        let mut found = Map::new();
        let mut put = |key: &str, value: String| {
            if self.keys.iter().any(|it| it == key) && !found.contains_key(key) {
                found.insert(key.to_owned(), Json::String(value));
            }
        };
        if let Some(regex) = &self.regex {
            for it in regex.captures_iter(text) {
                if let (Some(key), Some(value)) = (it.get(1), it.get(2)) {
                    put(key.as_str(), value.as_str().to_owned());
                }
            }
            return found;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let (key, behind) = self.key(rest);
            let Some(behind) = behind else {
                // no value here: on with the next pair
                match self.next_pair(rest) {
                    Some(next) => rest = next,
                    None => break,
                }
                continue;
            };
            let (value, next) = self.value(behind);
            put(&key, value);
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        found
    }

    /// The key that a text begins with, and what stands behind its delimiter; none when a pair
    /// ends before that.
    fn key<'t>(&self, text: &'t str) -> (String, Option<&'t str>) {
        let text = self.blank_less(text);
        if let Some((key, rest)) = self.quoted(text) {
            let behind =
                if self.key.is_empty() { Some(rest) } else { rest.strip_prefix(self.key.as_str()) };
            return (key, behind);
        }
        if self.key.is_empty() {
            return match find(text, &self.pair) {
                Some(at) => (text[..at].to_owned(), Some(&text[at..])),
                None => (text.to_owned(), Some("")),
            };
        }
        let pair = find(text, &self.pair);
        match text.find(self.key.as_str()) {
            Some(at) if pair.is_none_or(|it| at < it) => {
                (text[..at].to_owned(), Some(&text[at + self.key.len()..]))
            }
            _ => (String::new(), None),
        }
    }

    /// The value that a text begins with, and the next pair.
    fn value<'t>(&self, text: &'t str) -> (String, Option<&'t str>) {
        if let Some((value, rest)) = self.quoted(text) {
            return (value, self.next_pair(rest));
        }
        let end = if self.greedy { self.greedy_end(text) } else { find(text, &self.pair) };
        match end {
            Some(at) => (text[..at].to_owned(), text.get(at + self.pair.len()..)),
            None => (text.to_owned(), None),
        }
    }

    /// The last pair delimiter in front of the next key.
    fn greedy_end(&self, text: &str) -> Option<usize> {
        if self.pair.is_empty() || self.key.is_empty() {
            return None;
        }
        let mut from = 0;
        loop {
            let at = from + text.get(from..)?.find(self.pair.as_str())?;
            let behind = text.get(at + self.pair.len()..)?;
            let key = self.key(behind);
            if key.1.is_some() {
                return Some(at);
            }
            from = at + self.pair.len();
        }
    }

    /// What stands behind the next pair delimiter.
    fn next_pair<'t>(&self, text: &'t str) -> Option<&'t str> {
        let at = find(text, &self.pair)?;
        text.get(at + self.pair.len()..)
    }

    /// A text without the pair delimiters it begins with.
    fn blank_less<'t>(&self, text: &'t str) -> &'t str {
        let blank = !self.pair.is_empty() && self.pair.trim().is_empty();
        if blank { text.trim_start_matches(self.pair.as_str()) } else { text }
    }

    /// A quoted text at the start, without its quotes and escapes, and the rest.
    fn quoted<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let mut letters = text.char_indices();
        let (_, first) = letters.next()?;
        let (_, close) = self.quotes.iter().find(|it| it.0 == first)?;
        let mut inside = String::new();
        while let Some((at, letter)) = letters.next() {
            if Some(letter) == self.escape {
                if let Some((_, plain)) = letters.next() {
                    inside.push(plain);
                }
            } else if letter == *close {
                return Some((inside, text.get(at + letter.len_utf8()..)?));
            } else {
                inside.push(letter);
            }
        }
        None
    }
}

/// Where a delimiter stands; one that is empty stands nowhere.
fn find(text: &str, delimiter: &str) -> Option<usize> {
    if delimiter.is_empty() { None } else { text.find(delimiter) }
}

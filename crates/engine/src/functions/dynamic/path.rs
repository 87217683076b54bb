//! Paths into JSON: `$.a.b[0]['c d']`, as `extract_json` and the bag functions take them.

use serde_json::{Map, Value as Json};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Step {
    /// A member of a bag.
    Key(String),
    /// An element of an array.
    At(usize),
}

/// Steps from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Path(pub(super) Vec<Step>);

/// More steps than any real document is deep.
const LONGEST: usize = 100;

impl Path {
    /// Reads a path that begins with `$`.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if steps.len() == LONGEST {
                return None;
            }
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (key, after) = after.split_at(end);
                if key.is_empty() {
                    return None;
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
                continue;
            }
            let inner = rest.strip_prefix('[')?;
            if let quote @ ('\'' | '"') = inner.chars().next()? {
                let (key, after) = inner.get(1..)?.split_once(quote)?;
                steps.push(Step::Key(key.to_owned()));
                rest = after.strip_prefix(']')?;
            } else {
                let (at, after) = inner.split_once(']')?;
                steps.push(Step::At(at.trim().parse().ok()?));
                rest = after;
            }
        }
        Some(Self(steps))
    }

    /// A path, or else the text as one key.
    pub(super) fn or_key(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self(vec![Step::Key(text.to_owned())]))
    }

    /// What stands there.
    pub(in super::super) fn find<'a>(&self, json: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(json, |json, step| match step {
            Step::Key(key) => json.as_object()?.get(key),
            Step::At(at) => json.as_array()?.get(*at),
        })
    }

    /// Takes out what stands there, if anything does.
    pub(super) fn remove(&self, json: &mut Json) {
        let Some((last, parents)) = self.0.split_last() else { return };
        let parent = parents.iter().try_fold(json, |json, step| match step {
            Step::Key(key) => json.as_object_mut()?.get_mut(key),
            Step::At(at) => json.as_array_mut()?.get_mut(*at),
        });
        match (parent, last) {
            (Some(Json::Object(bag)), Step::Key(key)) => {
                bag.shift_remove(key);
            }
            (Some(Json::Array(array)), Step::At(at)) if *at < array.len() => {
                array.remove(*at);
            }
            _ => {}
        }
    }

    /// Puts a value there as the last member, making bags on the way. False when an array or a
    /// scalar is in the way.
    pub(super) fn set(&self, json: &mut Json, value: Json) -> bool {
        let Some((last, parents)) = self.0.split_last() else { return false };
        let mut at = json;
        for step in parents {
            let next = match (step, at) {
                (Step::Key(key), Json::Object(bag)) => {
                    Some(bag.entry(key.clone()).or_insert_with(|| Json::Object(Map::new())))
                }
                (Step::At(index), Json::Array(array)) => array.get_mut(*index),
                _ => None,
            };
            let Some(next) = next else { return false };
            at = next;
        }
        match (last, at) {
            (Step::Key(key), Json::Object(bag)) => {
                bag.shift_remove(key);
                bag.insert(key.clone(), value);
                true
            }
            (Step::At(index), Json::Array(array)) => match array.get_mut(*index) {
                Some(slot) => {
                    *slot = value;
                    true
                }
                None => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        let key = |key: &str| Step::Key(key.to_owned());
        assert_eq!(
            Path::parse("$.a[0]['b.c'][\"d\"]"),
            Some(Path(vec![key("a"), Step::At(0), key("b.c"), key("d")]))
        );
        assert_eq!(Path::parse("$"), Some(Path(Vec::new())));
        for no in ["", "a", "$a", "$.", "$..a", "$[", "$[x]", "$['a", "$['a'", "$[-1]"] {
            assert_eq!(Path::parse(no), None, "{no}");
        }
    }
}

//! The options of a request as a whole: reading them, limits on pages, and the query of the next
//! page.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Filter, MAX_FILTER, PropertyPath, QueryError, Search, bind::Binder, decode, expand, parse,
};
use crate::{
    edm::{Ty, TypeId},
    facts::{Facts, Over},
    model::Model,
    path::Set,
};

/// The checked query options of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `$filter`.
    pub filter: Option<Filter>,
    /// `$orderby`.
    pub order_by: Vec<OrderKey>,
    /// `$top` as sent, brought within the set's largest page.
    pub top: Option<u32>,
    /// `$skip`.
    pub skip: u64,
    /// `$skiptoken`, opaque here.
    pub skip_token: Option<String>,
    /// `$count=true`.
    pub count: bool,
    /// `$select`: canonical member names, one list per path; empty means everything.
    pub select: Vec<Vec<String>>,
    /// `$expand`.
    pub expand: Vec<Expand>,
    /// `$deltatoken`, opaque here.
    pub delta_token: Option<String>,
    /// `$id`: the address of the entity whose reference is meant.
    pub id: Option<String>,
    /// `$search`.
    pub search: Option<Search>,
    /// `$format`, kept as sent.
    pub format: Option<String>,
    /// Everything else, in order: parameter aliases (`@name`) and options of others.
    pub other: Vec<(String, String)>,
    /// Every pair as sent (decoded), in order.
    pairs: Vec<(String, String)>,
}

/// One key of `$orderby`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What to sort by.
    pub path: PropertyPath,
    /// Largest first?
    pub desc: bool,
}

/// One navigation of `$expand`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// The canonical name of the navigation property.
    pub nav: String,
    /// The options in its parentheses.
    pub options: Options,
}

/// What options are read against.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub model: &'a Model,
    pub ty: TypeId,
    pub facts: &'a Facts,
    /// How many `$expand` stand around.
    pub depth: usize,
}

/// Canonical names of the system query options.
const SYSTEM: [&str; 12] = [
    "$filter",
    "$orderby",
    "$top",
    "$skip",
    "$skiptoken",
    "$deltatoken",
    "$id",
    "$count",
    "$select",
    "$expand",
    "$search",
    "$format",
];

/// What the protocol knows besides, and this server refuses by name.
const NOT_OFFERED: [&str; 5] = ["$apply", "$compute", "$index", "$levels", "$schemaversion"];

impl Options {
    /// Reads the text behind `?` for a set or one of its items.
    pub fn parse(model: &Model, set: &Set<'_>, raw: &str) -> Result<Options, QueryError> {
        Options::parse_for(model, set.ty(), set.facts(), raw)
    }

    /// Reads the text behind `?` for entities or values of a type: a singleton, the items of a
    /// complex collection, the result of a function.
    pub fn parse_for(
        model: &Model,
        ty: TypeId,
        facts: &Facts,
        raw: &str,
    ) -> Result<Options, QueryError> {
        let pairs = decode::pairs(raw)?;
        Options::from_pairs(Scope { model, ty, facts, depth: 0 }, pairs)
    }

    pub(super) fn from_pairs(
        scope: Scope<'_>,
        pairs: Vec<(String, String)>,
    ) -> Result<Options, QueryError> {
        let mut out = Options::default();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &pairs {
            let Some(name) = system_name(scope.model, name)? else {
                out.other.push((name.clone(), value.clone()));
                continue;
            };
            if seen.contains(&name) {
                return Err(QueryError::Twice { name });
            }
            seen.push(name);
            out.set(scope, name, value)?;
        }
        out.pairs = pairs;
        Ok(out)
    }

    fn set(&mut self, scope: Scope<'_>, name: &'static str, value: &str) -> Result<(), QueryError> {
        let bad = |reason: &str| QueryError::BadValue { name, reason: reason.to_owned() };
        let Scope { model, ty, facts, .. } = scope;
        let filled = || if value.trim().is_empty() { Err(bad("it is empty")) } else { Ok(()) };
        match name {
            "$filter" => {
                filled()?;
                if value.len() > MAX_FILTER {
                    let what = "the length of $filter";
                    return Err(QueryError::TooMuch { what, max: MAX_FILTER });
                }
                let expr = parse::filter(name, value)?;
                let mut binder = Binder::new(model, ty, &facts.filterable, name, value);
                self.filter = Some(binder.condition(&expr)?);
            }
            "$orderby" => {
                filled()?;
                self.order_by = order_by(scope, name, value)?;
            }
            "$top" => self.top = Some(top(facts, name, value)?),
            "$skip" => {
                let skip = whole(name, value)?;
                if let Some(max) = facts.page.max_skip.filter(|max| skip > *max) {
                    return Err(bad(&format!("it is at most {max}, got {skip}")));
                }
                self.skip = skip;
            }
            "$skiptoken" => {
                filled()?;
                self.skip_token = Some(value.to_owned());
            }
            "$count" => {
                self.count = match value.trim().to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(bad("it is true or false")),
                };
            }
            "$select" => self.select = expand::select(scope, value)?,
            "$expand" => self.expand = expand::expand(scope, value)?,
            "$deltatoken" => {
                filled()?;
                self.delta_token = Some(value.to_owned());
            }
            "$id" => {
                filled()?;
                self.id = Some(value.to_owned());
            }
            "$search" if !facts.searchable => return Err(QueryError::NotOffered { name }),
            "$search" => {
                if value.len() > MAX_FILTER {
                    let what = "the length of $search";
                    return Err(QueryError::TooMuch { what, max: MAX_FILTER });
                }
                self.search = Some(Search::parse(value)?);
            }
            _ => self.format = Some(value.to_owned()),
        }
        Ok(())
    }

    /// `$filter` and `$search` as one condition on entities of a type.
    pub fn condition(&self, model: &Model, ty: TypeId) -> Option<Filter> {
        let search = self.search.as_ref().map(|it| it.condition(model, ty));
        match (self.filter.clone(), search) {
            (Some(Filter::And(mut list)), Some(search)) => {
                list.push(search);
                Some(Filter::And(list))
            }
            (Some(filter), Some(search)) => Some(Filter::And(vec![filter, search])),
            (filter, search) => filter.or(search),
        }
    }

    /// How many items a page has: `$top` when sent, else the set's default.
    pub fn page_size(&self, facts: &Facts) -> u32 {
        self.top.unwrap_or(facts.page.default)
    }

    /// The query of the next page: everything that was sent, with this `$skiptoken` in place of
    /// the page's own position. Encoded, without `?`.
    pub fn next_query(&self, skip_token: &str) -> String {
        // Readable where a query string allows it: `$`, `,` and so on stay as they are.
        const KEPT: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'$')
            .remove(b'-')
            .remove(b'_')
            .remove(b'.')
            .remove(b'~')
            .remove(b'(')
            .remove(b')')
            .remove(b',')
            .remove(b'\'')
            .remove(b':')
            .remove(b'/')
            .remove(b'@');
        let mut out = String::new();
        for (name, value) in &self.pairs {
            let bare = name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase();
            if !["skip", "skiptoken", "deltatoken"].contains(&bare.as_str()) {
                let name = utf8_percent_encode(name, KEPT);
                let _ = write!(out, "{name}={}&", utf8_percent_encode(value, KEPT));
            }
        }
        let _ = write!(out, "$skiptoken={}", utf8_percent_encode(skip_token, KEPT));
        out
    }
}

/// The canonical name of a system option, none for an option of somebody else.
fn system_name(model: &Model, name: &str) -> Result<Option<&'static str>, QueryError> {
    let known = |wanted: &str| SYSTEM.into_iter().find(|it| it.eq_ignore_ascii_case(wanted));
    if name.starts_with('$') {
        let refused = NOT_OFFERED.into_iter().find(|it| it.eq_ignore_ascii_case(name));
        if let Some(name) = refused {
            return Err(QueryError::NotOffered { name });
        }
        return match known(name) {
            Some(name) => Ok(Some(name)),
            None => Err(QueryError::UnknownOption { name: name.chars().take(80).collect() }),
        };
    }
    // `id` is too common a word to mean the option.
    let may = model.bare_options && name.len() < 16 && !name.eq_ignore_ascii_case("id");
    Ok(if may { known(&format!("${name}")) } else { None })
}

/// A count that is not negative; more digits than fit are as good as the largest.
fn whole(name: &'static str, value: &str) -> Result<u64, QueryError> {
    let value = value.trim();
    if value.is_empty() || !value.bytes().all(|it| it.is_ascii_digit()) {
        let reason = "it is a whole number, zero or more".to_owned();
        return Err(QueryError::BadValue { name, reason });
    }
    Ok(value.parse::<u64>().unwrap_or(u64::MAX).min(i64::MAX as u64))
}

fn top(facts: &Facts, name: &'static str, value: &str) -> Result<u32, QueryError> {
    let asked = whole(name, value)?;
    let max = facts.page.max;
    match u32::try_from(asked) {
        Ok(asked) if asked <= max => Ok(asked),
        _ => match facts.page.over {
            Over::Clamp => Ok(max),
            Over::Refuse => {
                let reason = format!("it is at most {max}, got {asked}");
                Err(QueryError::BadValue { name, reason })
            }
        },
    }
}

fn order_by(
    scope: Scope<'_>,
    name: &'static str,
    value: &str,
) -> Result<Vec<OrderKey>, QueryError> {
    if value.len() > MAX_FILTER {
        return Err(QueryError::TooMuch { what: "the length of $orderby", max: MAX_FILTER });
    }
    let binder = Binder::new(scope.model, scope.ty, &scope.facts.sortable, name, value);
    let keys = parse::order(name, value)?;
    if keys.len() > super::MAX_PATHS {
        return Err(QueryError::TooMuch { what: "the keys of $orderby", max: super::MAX_PATHS });
    }
    let mut out: Vec<OrderKey> = Vec::new();
    for (segments, desc) in keys {
        let path = binder.path(&segments)?;
        if path.collection || matches!(path.ty, Ty::Struct(_)) {
            let name = path.segments.join("/");
            return Err(QueryError::NotSupported { option: "$orderby", name });
        }
        // A key that stands there again decides nothing.
        if !out.iter().any(|it| it.path == path) {
            out.push(OrderKey { path, desc });
        }
    }
    Ok(out)
}

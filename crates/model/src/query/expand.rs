//! `$select` and `$expand`.

use super::{Expand, MAX_PATHS, Options, QueryError, lex::chars, options::Scope};
use crate::{
    edm::Ty,
    facts::Facts,
    model::{Model, Navigation},
    text::short,
};

/// How deep `$expand` may stand inside `$expand`.
const MAX_EXPAND: usize = 3;

/// The paths of `$select`; empty when it says `*` or nothing.
pub(super) fn select(scope: Scope<'_>, value: &str) -> Result<Vec<Vec<String>>, QueryError> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut all = false;
    for part in parts("$select", value, ',')? {
        if part.text == "*" {
            all = true;
            continue;
        }
        let path = select_path(scope, value, &part)?;
        if !path.is_empty() && !out.contains(&path) {
            out.push(path);
        }
    }
    Ok(if all { Vec::new() } else { out })
}

fn select_path(scope: Scope<'_>, value: &str, part: &Part<'_>) -> Result<Vec<String>, QueryError> {
    let mut ty = Ty::Struct(scope.ty);
    let mut out = Vec::new();
    for name in part.text.split('/') {
        let missing = |ty: &str| QueryError::NoProperty {
            option: "$select",
            at: chars(value, part.at),
            name: short(name),
            ty: ty.to_owned(),
        };
        let id = match ty {
            Ty::Struct(id) => id,
            Ty::Untyped => {
                out.push(name.to_owned());
                continue;
            }
            other => return Err(missing(scope.model.ty_text(other))),
        };
        let it = scope.model.ty(id);
        if name.contains('.')
            && let Some(cast) = scope.model.type_named(name)
            && scope.model.is_a(cast.id, id)
        {
            ty = Ty::Struct(cast.id);
            continue;
        }
        let derived = || it.derived.iter().find_map(|id| scope.model.ty(*id).property(name));
        if let Some(property) = it.property(name).or_else(derived) {
            out.push(property.name.clone());
            ty = property.ty.ty;
        } else if let Some(nav) = it.nav(name) {
            out.push(nav.name.clone());
            ty = Ty::Struct(nav.target);
        } else if it.open && !name.is_empty() {
            out.push(name.to_owned());
            ty = Ty::Untyped;
        } else {
            return Err(missing(&it.name));
        }
    }
    Ok(out)
}

/// The navigations of `$expand` with their own options.
pub(super) fn expand(scope: Scope<'_>, value: &str) -> Result<Vec<Expand>, QueryError> {
    if scope.depth == MAX_EXPAND {
        return Err(QueryError::TooMuch { what: "the nesting of $expand", max: MAX_EXPAND });
    }
    let ty = scope.model.ty(scope.ty);
    let mut out: Vec<Expand> = Vec::new();
    for part in parts("$expand", value, ',')? {
        let (name, inner) = match part.text.strip_suffix(')').and_then(|it| it.split_once('(')) {
            Some((name, inner)) => (name.trim(), inner),
            None => (part.text, ""),
        };
        let missing = || QueryError::NoProperty {
            option: "$expand",
            at: chars(value, part.at),
            name: short(name),
            ty: ty.name.clone(),
        };
        // `ns.type/nav`: of entities of that type only, and found there without saying so, too.
        let (on, last) = match name.split_once('/') {
            Some((cast, rest)) => (scope.model.type_below(ty, cast).ok_or_else(missing)?, rest),
            None => (ty, name),
        };
        let below = || on.derived.iter().find_map(|id| scope.model.ty(*id).nav(last));
        let nav = on.nav(last).or_else(below).ok_or_else(missing)?;
        if out.iter().any(|it| it.nav == nav.name) {
            let reason = format!("'{}' stands there twice", nav.name);
            return Err(QueryError::BadValue { name: "$expand", reason });
        }
        let mut pairs = Vec::new();
        for option in parts("$expand", inner, ';')? {
            let (name, value) = option.text.split_once('=').unwrap_or((option.text, ""));
            pairs.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        let below = Scope {
            ty: nav.target,
            facts: facts_of(scope.model, nav),
            depth: scope.depth + 1,
            ..scope
        };
        let options = Options::from_pairs(below, pairs)?;
        if let Some((name, _)) = options.other.first() {
            return Err(QueryError::UnknownOption { name: short(name) });
        }
        out.push(Expand { nav: nav.name.clone(), options });
    }
    Ok(out)
}

/// The facts of the entities at the end of a navigation: those of the set they live in.
fn facts_of<'m>(model: &'m Model, nav: &'m Navigation) -> &'m Facts {
    let kind = nav.via.as_ref().map(|via| &via.set).or_else(|| nav.links.first());
    let set = kind.and_then(|kind| model.set(kind));
    set.map_or(&nav.facts, |set| &set.facts)
}

struct Part<'t> {
    at: usize,
    text: &'t str,
}

/// Splits at a separator that stands outside of parentheses and quotes.
fn parts<'t>(
    option: &'static str,
    value: &'t str,
    separator: char,
) -> Result<Vec<Part<'t>>, QueryError> {
    let mut out = Vec::new();
    let (mut start, mut parens, mut quoted) = (0, 0_usize, false);
    let mut push = |start: usize, end: usize| {
        let raw = &value[start..end];
        let text = raw.trim();
        if !text.is_empty() {
            out.push(Part { at: start + raw.len() - raw.trim_start().len(), text });
        }
    };
    for (at, c) in value.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => parens += 1,
            ')' if !quoted => parens = parens.saturating_sub(1),
            _ if c == separator && !quoted && parens == 0 => {
                push(start, at);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    push(start, value.len());
    if quoted || parens > 0 {
        let reason = "a quote or a parenthesis is not closed".to_owned();
        return Err(QueryError::BadValue { name: option, reason });
    }
    if out.len() > MAX_PATHS {
        return Err(QueryError::TooMuch { what: "the length of a list", max: MAX_PATHS });
    }
    Ok(out)
}

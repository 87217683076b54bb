//! `project-away`, `project-keep`, `project-rename`, `project-reorder`.

use std::cmp::Ordering;

use crate::{
    codes,
    diagnostic::Diagnostic,
    plan::{ExprKind, Rel},
    syntax::tree::{self, ColumnOrder, Name, Pattern, Reorder},
    types::Column,
    value::Value,
};

use super::{
    super::{Binder, scope::Cx},
    pick,
};

impl Binder<'_> {
    /// `project-away`.
    pub(super) fn project_away(&mut self, input: Rel, patterns: &[Pattern]) -> Rel {
        let gone = self.matching(&input.columns, patterns);
        let kept = |at: &usize| !gone.contains(at);
        kept_columns(input, kept)
    }

    /// `project-keep`: in the order they had.
    pub(super) fn project_keep(&mut self, input: Rel, patterns: &[Pattern]) -> Rel {
        let kept = self.matching(&input.columns, patterns);
        kept_columns(input, |at| kept.contains(at))
    }

    /// `project-rename`.
    pub(super) fn project_rename(&mut self, input: Rel, pairs: &[(Name, Option<Name>)]) -> Rel {
        let mut names: Vec<String> = input.columns.iter().map(|it| it.name.clone()).collect();
        for (new, old) in pairs {
            let Some(old) = old else {
                let message = format!("`{}` stands for no column", new.text);
                self.report(
                    Diagnostic::error(codes::WRONG_KIND, new.span, message)
                        .help("write `new = old`"),
                );
                continue;
            };
            let columns = input.columns.clone();
            let cx = self.over(&columns);
            let Some(at) = cx.column(&old.text) else {
                self.unknown_column::<()>(&old.text, old.span, cx);
                self.poisoned.insert(new.text.clone());
                continue;
            };
            if let Some(name) = names.get_mut(at) {
                name.clone_from(&new.text);
            }
            if names.iter().filter(|it| **it == new.text).count() > 1 {
                let message = format!("column `{}` exists already", new.text);
                self.error::<()>(codes::DUPLICATE, new.span, message);
            }
        }
        pick(input, names.into_iter().enumerate().collect())
    }

    /// `project-reorder`: the named ones first.
    pub(super) fn project_reorder(&mut self, input: Rel, items: &[Reorder]) -> Rel {
        let mut order: Vec<usize> = Vec::with_capacity(input.columns.len());
        for item in items {
            let mut found = self.matching(&input.columns, std::slice::from_ref(&item.pattern));
            let plain = items.iter().filter(|it| !it.pattern.text.contains('*'));
            let times = plain.filter(|it| it.pattern.text == item.pattern.text).count();
            if times > 1 {
                let message = format!("column `{}` is given twice", item.pattern.text);
                self.error::<()>(codes::DUPLICATE, item.pattern.span, message);
            }
            found.retain(|at| !order.contains(at));
            if let Some(by) = item.order {
                found.sort_by(|left, right| compare(&input.columns, by, *left, *right));
            }
            order.extend(found);
        }
        for at in 0..input.columns.len() {
            if !order.contains(&at) {
                order.push(at);
            }
        }
        let picked = order
            .into_iter()
            .filter_map(|at| input.columns.get(at).map(|it| (at, it.name.clone())))
            .collect();
        pick(input, picked)
    }

    /// `project-by-names`: names and patterns that are values; one that finds nothing is left out.
    pub(super) fn project_by_names(&mut self, input: Rel, list: &[tree::Expr]) -> Option<Rel> {
        let mut names = Vec::new();
        for item in list {
            let value = self.expr(item, Cx::CONSTANT)?;
            match value.kind {
                ExprKind::Literal(Value::String(name)) => names.push(name),
                ExprKind::Literal(Value::Dynamic(serde_json::Value::Array(items))) => {
                    names.extend(items.iter().filter_map(|it| it.as_str()).map(str::to_owned));
                }
                ExprKind::Literal(Value::Dynamic(serde_json::Value::String(name))) => {
                    names.push(name);
                }
                _ => {
                    let message = "the names of columns must be constant texts";
                    return self.error(codes::NOT_CONSTANT, item.span, message);
                }
            }
        }
        let mut picked: Vec<usize> = Vec::new();
        for name in &names {
            let parts: Vec<&str> = name.split('*').collect();
            for (at, column) in input.columns.iter().enumerate() {
                if wildcard(&column.name, &parts) && !picked.contains(&at) {
                    picked.push(at);
                }
            }
        }
        let picked = picked
            .into_iter()
            .filter_map(|at| input.columns.get(at).map(|it| (at, it.name.clone())))
            .collect();
        Some(pick(input, picked))
    }

    /// Positions of the columns that patterns find; a plain name must find one.
    fn matching(&mut self, columns: &[Column], patterns: &[Pattern]) -> Vec<usize> {
        let mut found = Vec::new();
        for pattern in patterns {
            if pattern.text.contains('*') {
                let parts: Vec<&str> = pattern.text.split('*').collect();
                let hits = columns.iter().enumerate().filter(|(_, it)| wildcard(&it.name, &parts));
                let before = found.len();
                found.extend(hits.map(|(at, _)| at));
                if found.len() == before && !self.is_lenient() {
                    let message = format!("no column is like `{}`", pattern.text);
                    self.error::<()>(codes::UNKNOWN_COLUMN, pattern.span, message);
                }
                continue;
            }
            let cx = self.over(columns);
            match cx.column(&pattern.text) {
                Some(at) => found.push(at),
                None => {
                    self.unknown_column::<()>(&pattern.text, pattern.span, cx);
                }
            }
        }
        found
    }
}

fn kept_columns(input: Rel, keep: impl Fn(&usize) -> bool) -> Rel {
    let picked = (0..input.columns.len())
        .filter(keep)
        .filter_map(|at| input.columns.get(at).map(|it| (at, it.name.clone())))
        .collect();
    pick(input, picked)
}

/// Whether a name is made of parts with anything between them.
pub(in crate::bind) fn wildcard(name: &str, parts: &[&str]) -> bool {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    if parts.len() == 1 {
        return rest.is_empty();
    }
    for part in parts.get(1..parts.len() - 1).unwrap_or_default() {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn compare(columns: &[Column], by: ColumnOrder, left: usize, right: usize) -> Ordering {
    let (Some(left), Some(right)) = (columns.get(left), columns.get(right)) else {
        return Ordering::Equal;
    };
    match by {
        ColumnOrder::Ascending => left.name.cmp(&right.name),
        ColumnOrder::Descending => right.name.cmp(&left.name),
        ColumnOrder::GrannyAscending => granny(&left.name, &right.name),
        ColumnOrder::GrannyDescending => granny(&right.name, &left.name),
    }
}

/// Order of names in which `a2` comes before `a10`.
fn granny(left: &str, right: &str) -> Ordering {
    pieces(left).cmp(&pieces(right))
}

/// A name cut into texts and numbers.
fn pieces(name: &str) -> Vec<(String, u64)> {
    let mut pieces = vec![(String::new(), 0u64)];
    let mut counting = false;
    for it in name.chars() {
        if let Some(digit) = it.to_digit(10) {
            counting = true;
            if let Some((_, number)) = pieces.last_mut() {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
        } else {
            if std::mem::take(&mut counting) {
                pieces.push((String::new(), 0));
            }
            if let Some((text, _)) = pieces.last_mut() {
                text.push(it);
            }
        }
    }
    pieces
}

//! The tables of Advanced Hunting: `schema/hunting/tables.kql`, cut at its parentheses.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::types::{Column, Type};

const TABLES: &str = include_str!("../../../../schema/hunting/tables.kql");
/// The only ones whose documentation lists `TimeGenerated`.
const TIME_GENERATED: [&str; 2] = ["GraphAPIAuditEvents", "UrlClickEvents"];

/// The columns of a table.
pub(super) fn table(name: &str) -> Option<Vec<Column>> {
    let list = index().get(name)?;
    let columns = list.split(',').filter_map(|it| {
        let (name, ty) = it.trim().split_once(':')?;
        Some(Column::new(name, Type::parse(ty)?))
    });
    let generated = TIME_GENERATED.contains(&name);
    let generated = generated.then(|| Column::new("TimeGenerated", Type::DateTime));
    Some(columns.chain(generated).collect())
}

/// The names of the tables.
pub(super) fn names() -> Vec<&'static str> {
    index().keys().copied().collect()
}

/// Each table's name with the text of its columns.
fn index() -> &'static BTreeMap<&'static str, &'static str> {
    static INDEX: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
        let blocks = TABLES.split(')').filter_map(|it| it.split_once('('));
        // comments stand between tables only, so the name is the last line before the parenthesis
        blocks.filter_map(|(head, list)| Some((head.lines().last()?.trim(), list))).collect()
    });
    &INDEX
}

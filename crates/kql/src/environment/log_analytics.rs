//! The tables of Log Analytics: `schema/hunting/log-analytics.txt`, whose head says how it is
//! written. A table's line is read when the table is asked for.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::types::{Column, Type};

const TABLES: &str = include_str!("../../../../schema/hunting/log-analytics.txt");

const FRONT: &str = "TenantId TimeGenerated:d";
const BACK: &str = "SourceSystem Type _IsBillable _BilledSize:r";
const LONG_BACK: &str = "SourceSystem Type _IsBillable _BilledSize:r _ResourceId _SubscriptionId";

/// The columns of a table.
pub(super) fn table(name: &str) -> Option<Vec<Column>> {
    let words = index().get(name)?.split(' ');
    let columns = words.flat_map(|word| match word {
        "<" => FRONT.split(' '),
        ">" => BACK.split(' '),
        ">>" => LONG_BACK.split(' '),
        // one column is a list of one
        other => other.split(' '),
    });
    Some(columns.filter_map(column).collect())
}

/// The names of the tables.
pub(super) fn names() -> Vec<&'static str> {
    index().keys().copied().collect()
}

/// Each table's name with the text of its columns.
fn index() -> &'static BTreeMap<&'static str, &'static str> {
    static INDEX: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
        let lines = TABLES.lines().filter(|it| !it.starts_with('#'));
        lines.filter_map(|it| it.split_once(' ')).collect()
    });
    &INDEX
}

fn column(word: &str) -> Option<Column> {
    let (name, letter) = word.split_once(':').unwrap_or((word, ""));
    let ty = match letter {
        "" => Type::String,
        "d" => Type::DateTime,
        "r" => Type::Real,
        "i" => Type::Int,
        "l" => Type::Long,
        "b" => Type::Bool,
        "y" => Type::Dynamic,
        "g" => Type::Guid,
        _ => return None,
    };
    Some(Column::new(name, ty))
}

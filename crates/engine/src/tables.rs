//! The hunting tables: what `schema/hunting/tables.kql` says, read once.

use std::sync::LazyLock;

use indexmap::IndexMap;
use kql::types::{Column, Type};

use crate::lower::rel::{TIME_GENERATED, TIMESTAMP};

const SCHEMA: &str = include_str!("../../../schema/hunting/tables.kql");

/// A table of the schema.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name; case counts.
    pub(crate) name: String,
    /// What its files hold.
    pub(crate) stored: Vec<Column>,
    /// Rows without a time get the time they came in.
    pub(crate) is_state: bool,
}

impl Table {
    /// What queries see: the stored columns and `TimeGenerated`.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let mut columns = self.stored.clone();
        columns.push(Column::new(TIME_GENERATED, Type::DateTime));
        columns
    }
}

/// Every table, in the order of the file.
pub(crate) fn all() -> &'static IndexMap<String, Table> {
    static TABLES: LazyLock<IndexMap<String, Table>> =
        LazyLock::new(|| read(SCHEMA).expect("the schema is part of the program and tested"));
    &TABLES
}

/// The type in which a table keeps a column.
pub(crate) fn stored_type(table: &str, column: &str) -> Option<Type> {
    let table = all().get(table)?;
    table.stored.iter().find(|it| it.name == column).map(|it| it.ty)
}

fn read(text: &str) -> Result<IndexMap<String, Table>, String> {
    let mut tables = IndexMap::new();
    let text: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    for block in text.split(')').map(str::trim).filter(|block| !block.is_empty()) {
        let (name, list) = block.split_once('(').ok_or_else(|| format!("no `(` in {block}"))?;
        let name = name.trim().to_owned();
        let mut stored = Vec::new();
        for column in list.split(',') {
            let (column, ty) = column
                .trim()
                .split_once(':')
                .ok_or_else(|| format!("{name}: no `:` in {column}"))?;
            let ty = Type::parse(ty).ok_or_else(|| format!("{name}: no type `{ty}`"))?;
            stored.push(Column::new(column, ty));
        }
        let is_state = !stored.iter().any(|column| column.name == TIMESTAMP);
        if is_state {
            stored.insert(0, Column::new(TIMESTAMP, Type::DateTime));
        }
        tables.insert(name.clone(), Table { name, stored, is_state });
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_times_once() {
        assert_eq!(all().len(), 65);
        for table in all().values() {
            let columns = table.columns();
            for name in [TIMESTAMP, TIME_GENERATED] {
                let found: Vec<_> = columns.iter().filter(|it| it.name == name).collect();
                assert_eq!(found.len(), 1, "{}.{name}", table.name);
                assert_eq!(found[0].ty, Type::DateTime, "{}.{name}", table.name);
            }
            let mut names: Vec<_> = columns.iter().map(|it| &it.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), columns.len(), "{}", table.name);
        }
        assert!(read("T(a:what)").is_err());
        assert!(read("T a:long)").is_err());
    }
}

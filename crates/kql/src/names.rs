//! The names that the language has: functions, aggregates, plugins and operators, and why some of
//! them are refused. The list is data of this project's own, `names.tsv` beside the sources; the
//! page about what is covered is made of it.

use std::sync::LazyLock;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A scalar function.
    Function,
    /// An aggregate function.
    Aggregate,
    /// What `evaluate` runs.
    Plugin,
    /// A tabular operator.
    Operator,
}

/// A name of the language.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// The name.
    pub name: &'static str,
    /// Why it is refused, if it is.
    pub refused: Option<&'static str>,
}

/// Every name, by kind and name.
pub fn all() -> &'static [Name] {
    static ALL: LazyLock<Vec<Name>> = LazyLock::new(|| {
        let mut names: Vec<Name> = include_str!("../names.tsv").lines().filter_map(read).collect();
        names.sort_by_key(|it| (it.kind, it.name));
        names
    });
    &ALL
}

/// Why a name is refused, if it is.
pub fn refused(kind: Kind, name: &str) -> Option<&'static str> {
    let at = all().binary_search_by_key(&(kind, name), |it| (it.kind, it.name)).ok()?;
    all().get(at)?.refused
}

fn read(line: &'static str) -> Option<Name> {
    let mut cells = line.split('\t');
    let kind = match cells.next()? {
        "function" => Kind::Function,
        "aggregate" => Kind::Aggregate,
        "plugin" => Kind::Plugin,
        "operator" => Kind::Operator,
        _ => return None,
    };
    Some(Name { kind, name: cells.next()?, refused: cells.next() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_reads_and_repeats_nothing() {
        let lines = include_str!("../names.tsv").lines();
        assert_eq!(lines.filter(|it| !it.starts_with('#')).count(), all().len());
        for pair in all().windows(2) {
            assert!((pair[0].kind, pair[0].name) < (pair[1].kind, pair[1].name), "{pair:?}");
        }
        assert!(refused(Kind::Function, "cursor_after").is_some());
        assert!(refused(Kind::Function, "strlen").is_none());
    }
}

//! ATT&CK names as data: techniques, the tactics they serve, and the forms products write them in.
//!
//! The facts stand in `schema/attack/*.tsv`. A technique id that the file lacks is still valid when
//! it has the shape of one, since the matrix grows faster than we release; it only has no tactic.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One technique of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// Such as `T1110.001`.
    pub id: &'static str,
    /// Its name, without that of the technique it belongs to.
    pub name: &'static str,
    /// The tactics it serves, as an alert's category writes them.
    pub tactics: Vec<&'static str>,
}

/// Id and category form of each tactic, in the order of the matrix.
static TACTICS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    rows(include_str!("../../../schema/attack/tactics.tsv"))
        .filter_map(|row| row.split_once('\t'))
        .collect()
});

static TECHNIQUES: LazyLock<HashMap<&'static str, Technique>> = LazyLock::new(|| {
    rows(include_str!("../../../schema/attack/techniques.tsv"))
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let (id, name) = (cells.next()?, cells.next()?);
            Some((id, Technique { id, name, tactics: cells.next()?.split(',').collect() }))
        })
        .collect()
});

/// The technique of this id, when the matrix we carry has it.
pub fn technique(id: &str) -> Option<&'static Technique> {
    TECHNIQUES.get(id)
}

/// A technique id in its one form (`T1110`, `T1110.001`), from whatever case it came in.
pub fn technique_id(text: &str) -> Option<String> {
    let id = text.trim().to_ascii_uppercase().replace('/', ".");
    let digits = id.strip_prefix('T')?;
    let (technique, sub) = digits.split_once('.').unwrap_or((digits, "000"));
    let all_digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (all_digits(technique, 4) && all_digits(sub, 3)).then_some(id)
}

/// The category form of a tactic written as an id, a name or a slug (`TA0001`, `Initial Access`,
/// `initial_access`).
pub fn tactic(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let folded = fold(text);
    TACTICS
        .iter()
        .find(|(id, name)| id.eq_ignore_ascii_case(text) || fold(name) == folded)
        .map(|(_, name)| *name)
}

/// The tactic that a technique is listed under first. A sub-technique we lack answers for the one
/// it belongs to.
pub fn first_tactic(id: &str) -> Option<&'static str> {
    let parent = || technique(id.split('.').next().unwrap_or(id));
    technique(id).or_else(parent)?.tactics.first().copied()
}

fn fold(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// The rows of one of our tables: no blank lines, no comments.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().map(str::trim_end).filter(|row| !row.is_empty() && !row.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_serves_tactics_we_know_and_has_its_parent() {
        assert!(TECHNIQUES.len() > 300, "{}", TECHNIQUES.len());
        for technique in TECHNIQUES.values() {
            assert_eq!(technique_id(technique.id).as_deref(), Some(technique.id));
            assert!(!technique.tactics.is_empty() && !technique.name.is_empty());
            for name in &technique.tactics {
                assert_eq!(tactic(name), Some(*name), "{}", technique.id);
            }
            let parent = technique.id.split('.').next().unwrap_or_default();
            assert!(TECHNIQUES.contains_key(parent), "{} has no parent", technique.id);
        }
    }

    #[test]
    fn forms_of_ids_and_tactics() {
        assert_eq!(technique_id(" t1059/001").as_deref(), Some("T1059.001"));
        assert_eq!(technique_id("T999"), None);
        assert_eq!(technique_id("T1059.1"), None);
        assert_eq!(technique_id("TA0001"), None);
        assert_eq!(tactic("TA0001"), Some("InitialAccess"));
        assert_eq!(tactic("command_and_control"), Some("CommandAndControl"));
        assert_eq!(tactic("Magic"), None);
        assert_eq!(first_tactic("T1059.999"), Some("Execution"));
    }
}

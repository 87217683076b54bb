//! Functions that every hunt can call, written in the language: `schema/hunting/functions-lake.kql`.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use kql::syntax::{
    self,
    tree::{Function, LetValue, Statement},
};

const TEXT: &str = include_str!("../../../schema/hunting/functions-lake.kql");

/// A function by its name.
pub(crate) fn function(name: &str) -> Option<Arc<Function>> {
    all().get(name).cloned()
}

/// Their names.
pub(crate) fn names() -> Vec<String> {
    all().keys().cloned().collect()
}

fn all() -> &'static BTreeMap<String, Arc<Function>> {
    static ALL: LazyLock<BTreeMap<String, Arc<Function>>> = LazyLock::new(|| {
        let statements = syntax::parse(TEXT).query.statements.into_iter();
        let functions = statements.filter_map(|it| match it {
            Statement::Let { name, value: LetValue::Function(function) } => {
                Some((name.text, Arc::new(function)))
            }
            _ => None,
        });
        functions.collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_functions_only() {
        let parsed = syntax::parse(TEXT);
        let text = parsed.diagnostics.first().map(|it| it.message.clone());
        // a text of `let`s alone is fine here
        assert_eq!(text, None);
        assert_eq!(names(), ["AssignedIPAddresses", "DeviceFromIP", "FileProfile", "SeenBy"]);
        assert_eq!(parsed.query.statements.len(), names().len());
    }
}

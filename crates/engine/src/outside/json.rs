//! JSON records: one a line, one behind the other, or in an array.

use kql::types::{Column, Type};
use serde_json::Value as Json;

use crate::error::EngineError;

/// The cells of the records, by column, as text.
pub(super) fn records(
    address: &str,
    text: &str,
    columns: &[Column],
    paths: &[(String, String)],
) -> Result<Vec<Vec<String>>, EngineError> {
    let mut records = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
        let value =
            value.map_err(|e| EngineError::refused(format!("`{address}` is no JSON: {e}")))?;
        match value {
            Json::Array(items) => {
                records.extend(items.iter().map(|it| record(it, columns, paths)));
            }
            other => records.push(record(&other, columns, paths)),
        }
    }
    Ok(records)
}

fn record(value: &Json, columns: &[Column], paths: &[(String, String)]) -> Vec<String> {
    let cell = |(at, column): (usize, &Column)| {
        let path = paths.iter().find(|it| it.0 == column.name).map(|it| it.1.as_str());
        let found = match (path, value) {
            (Some(path), _) => at_path(value, path),
            (None, Json::Object(members)) => members.get(&column.name).or_else(|| {
                let mut all = members.iter();
                all.find(|it| it.0.eq_ignore_ascii_case(&column.name)).map(|it| it.1)
            }),
            (None, other) => (at == 0).then_some(other),
        };
        match (found, column.ty) {
            (None | Some(Json::Null), _) => String::new(),
            (Some(Json::String(text)), ty) if ty != Type::Dynamic => text.clone(),
            (Some(other), _) => other.to_string(),
        }
    };
    columns.iter().enumerate().map(cell).collect()
}

/// `$`, `$.a.b`, `$['a'][0]`.
fn at_path<'v>(value: &'v Json, path: &str) -> Option<&'v Json> {
    let path = path.trim().strip_prefix('$')?;
    let steps = path.split(['.', '[']).filter(|it| !it.is_empty());
    let mut at = value;
    for step in steps {
        let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
        at = match at {
            Json::Object(members) => members.get(step)?,
            Json::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_in_every_form() {
        let columns = [Column::new("a", Type::String), Column::new("b", Type::Dynamic)];
        let read = |text: &str, paths: &[(String, String)]| {
            records("x", text, &columns, paths).map_err(|it| it.to_string())
        };
        let rows = read(r#"[{"a":"x","b":{"c":1}},{"A":2}]"#, &[]);
        assert_eq!(
            rows,
            Ok(vec![vec!["x".into(), r#"{"c":1}"#.into()], vec!["2".into(), String::new()]])
        );
        let lines = read("{\"a\":\"x\"}\n{\"b\":\"y\"}", &[]);
        assert_eq!(
            lines,
            Ok(vec![vec!["x".into(), String::new()], vec![String::new(), "\"y\"".into()]])
        );
        let paths = [("a".to_owned(), "$.p['q'][1]".to_owned()), ("b".to_owned(), "$".to_owned())];
        let deep = read(r#"{"p":{"q":[0,7]}}"#, &paths);
        assert_eq!(deep, Ok(vec![vec!["7".into(), r#"{"p":{"q":[0,7]}}"#.into()]]));
        assert!(read("{", &[]).is_err());
    }
}

//! Answers as text, one line a row.

use kql::{
    answer::Answer,
    hunt::HuntFault,
    time::{format_datetime, format_timespan},
    value::Value,
};

pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => format!("{v:?}"),
        Value::Decimal(v) => v.clone(),
        Value::String(v) if v.is_empty() => "\"\"".to_owned(),
        Value::String(v) => v.clone(),
        Value::DateTime(v) => format_datetime(*v),
        Value::TimeSpan(v) => format_timespan(*v),
        Value::Guid(v) => v.to_string(),
        Value::Dynamic(v) => v.to_string(),
    }
}

pub fn rows(answer: &Answer) -> Vec<String> {
    let row = |row: &Vec<Value>| row.iter().map(cell).collect::<Vec<_>>().join(" | ");
    answer.rows.iter().map(row).collect()
}

/// The error as a test file has it: `error CODE at start..end`, or the fault's text.
pub fn fault(fault: &HuntFault, shift: usize) -> String {
    match fault {
        HuntFault::Query(found) => {
            let one = &found[0];
            let (start, end) = (one.span.start as i64, one.span.end as i64);
            let shift = shift as i64;
            format!("error {} at {}..{}", one.code, start - shift, end - shift)
        }
        HuntFault::Internal(cause) => format!("error internal: {cause:?}"),
        other => format!("error {other}"),
    }
}

//! An answer as the JSON that hunting APIs return.
//!
//! Written straight into bytes, one pass, because answers may be large. Two spellings exist of the
//! same thing ([`Style`]). JSON has no NaN and no infinities; they are texts. A dynamic value is
//! itself, not a text.

use std::io::Write;

use crate::{
    answer::Answer,
    time::{format_datetime, format_timespan},
    value::Value,
};

/// Whose spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `{"schema":[{"name","type"}],"results":[{…}]}`.
    Graph,
    /// `{"Stats":{…},"Schema":[{"Name","Type"}],"Results":[{…}]}`.
    Defender,
}

/// Appends the answer.
pub fn write(answer: &Answer, out: &mut Vec<u8>, style: Style) {
    match style {
        Style::Graph => {
            out.extend_from_slice(b"{\"schema\":[");
            schema(answer, out, "name", "type");
            out.extend_from_slice(b"],\"results\":[");
        }
        Style::Defender => {
            out.extend_from_slice(b"{\"Stats\":{\"ExecutionTime\":");
            real(answer.cost.seconds, out);
            let counts = (answer.rows.len(), answer.cost.rows_read);
            append(
                out,
                format_args!(",\"dataset_statistics\":[{{\"table_row_count\":{},", counts.0),
            );
            append(out, format_args!("\"rows_read\":{}}}]}},\"Schema\":[", counts.1));
            schema(answer, out, "Name", "Type");
            out.extend_from_slice(b"],\"Results\":[");
        }
    }
    let names: Vec<Vec<u8>> = answer
        .columns
        .iter()
        .map(|column| {
            let mut name = Vec::new();
            text(&column.name, &mut name);
            name.push(b':');
            name
        })
        .collect();
    for (at, row) in answer.rows.iter().enumerate() {
        out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        for (at, (name, cell)) in names.iter().zip(row).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name);
            value(cell, out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
}

/// Appends one cell.
pub fn value(cell: &Value, out: &mut Vec<u8>) {
    match cell {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(v) => out.extend_from_slice(if *v { b"true" } else { b"false" }),
        Value::Int(v) => append(out, format_args!("{v}")),
        Value::Long(v) => append(out, format_args!("{v}")),
        Value::Real(v) => real(*v, out),
        Value::Decimal(v) | Value::String(v) => text(v, out),
        Value::DateTime(v) => append(out, format_args!("\"{}\"", format_datetime(*v))),
        Value::TimeSpan(v) => append(out, format_args!("\"{}\"", format_timespan(*v))),
        Value::Guid(v) => append(out, format_args!("\"{v}\"")),
        Value::Dynamic(v) => append(out, format_args!("{v}")),
    }
}

fn schema(answer: &Answer, out: &mut Vec<u8>, name: &str, ty: &str) {
    for (at, column) in answer.columns.iter().enumerate() {
        append(out, format_args!("{}{{\"{name}\":", if at > 0 { "," } else { "" }));
        text(&column.name, out);
        append(out, format_args!(",\"{ty}\":\"{}\"}}", column.ty.wire_name()));
    }
}

fn real(v: f64, out: &mut Vec<u8>) {
    match serde_json::Number::from_f64(v) {
        Some(number) => append(out, format_args!("{number}")),
        None if v.is_nan() => out.extend_from_slice(b"\"NaN\""),
        None if v > 0.0 => out.extend_from_slice(b"\"Infinity\""),
        None => out.extend_from_slice(b"\"-Infinity\""),
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("writing to memory does not fail");
}

fn append(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Column, Type};

    #[test]
    fn every_type() {
        let row = [
            (Type::Bool, Value::Bool(true)),
            (Type::Int, Value::Int(-1)),
            (Type::Long, Value::Long(i64::MAX)),
            (Type::Real, Value::Real(2.0)),
            (Type::Real, Value::Real(f64::NEG_INFINITY)),
            (Type::Decimal, Value::Decimal("1.50".to_owned())),
            (Type::String, Value::String("a\"\n".to_owned())),
            (Type::DateTime, Value::DateTime(0)),
            (Type::TimeSpan, Value::TimeSpan(-crate::time::HOUR)),
            (Type::Guid, Value::Guid(uuid::Uuid::nil())),
            (Type::Dynamic, Value::Dynamic(serde_json::json!({"b": 1, "a": [null]}))),
            (Type::Dynamic, Value::Null),
        ];
        let columns =
            row.iter().enumerate().map(|(at, (ty, _))| Column::new(format!("c{at}"), *ty));
        let answer = Answer {
            columns: columns.collect(),
            rows: vec![row.into_iter().map(|(_, value)| value).collect()],
            ..Answer::default()
        };
        let mut out = Vec::new();
        write(&answer, &mut out, Style::Graph);
        let text = String::from_utf8_lossy(&out).into_owned();
        let expected = concat!(
            r#""results":[{"c0":true,"c1":-1,"c2":9223372036854775807,"c3":2.0,"c4":"-Infinity","#,
            r#""c5":"1.50","c6":"a\"\n","c7":"0001-01-01T00:00:00.0000000Z","c8":"-01:00:00","#,
            r#""c9":"00000000-0000-0000-0000-000000000000","c10":{"b":1,"a":[null]},"c11":null}]}"#,
        );
        assert!(text.starts_with(r#"{"schema":[{"name":"c0","type":"SByte"},"#), "{text}");
        assert!(text.ends_with(expected), "{text}");
        let mut out = Vec::new();
        write(&answer, &mut out, Style::Defender);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap_or_default();
        assert_eq!(json["Schema"][1], serde_json::json!({"Name": "c1", "Type": "Int32"}));
        assert_eq!(json["Results"][0]["c1"], -1);
    }
}

//! What can be hunted in: the tables of the caller's tenant and their columns.

use serde_json::{Value, json};

use crate::{areas::operate::Operate, fault::Fault, reply::Reply};

/// `getHuntingSchema`, or its tables alone.
pub(crate) fn schema(it: &Operate<'_>, tables_only: bool) -> Result<Reply, Fault> {
    it.arguments(None)?;
    let tables = it.platform.hunter.tables(&it.cx.tenant);
    let mut items: Vec<Value> = tables
        .into_iter()
        .map(|(name, columns)| {
            let columns: Vec<Value> = columns
                .iter()
                .map(|column| {
                    let kind = column.ty.to_string();
                    json!({"name": column.name, "dataType": kind, "description": null})
                })
                .collect();
            json!({"name": name, "description": null, "columns": columns})
        })
        .collect();
    let context = it.context();
    if tables_only {
        items = items.split_off((it.options.skip as usize).min(items.len()));
        items.truncate(it.options.top.map_or(usize::MAX, |it| it as usize));
        return Ok(Reply::Collection { context, items, partial: false });
    }
    let functions = json!({"builtInFunctions": [], "savedFunctions": []});
    let value = json!({"tables": items, "functions": functions});
    Ok(Reply::Value { context, value })
}

//! What actions and functions are called with.

use model::{
    edm::{Primitive, Ty, TypeId},
    model::{Kind, Parameter},
    path::{Bound, Call, Target},
};
use serde_json::{Map, Value, json};

use super::{
    items::Items,
    rows,
    values::{self, NO_SUCH},
};

/// The member of an argument that names an entity of the set that the operation is on, and the
/// argument of a function that names several.
const LABEL: &str = "labelId";
const LABELS: &str = "labelIds";
/// So many entities are named where an argument is a list of keys.
const SEVERAL: usize = 2;

/// The body of an action: every argument.
pub fn of_action(
    items: &mut Items<'_>,
    call: &Call<'_>,
    template: &str,
    path: &str,
) -> anyhow::Result<Map<String, Value>> {
    let mut out = Map::new();
    for parameter in &call.op.parameters {
        let value = argument(items, call, parameter, template, path)?;
        out.insert(parameter.name.clone(), value);
    }
    Ok(out)
}

/// What stands behind a function's path: the names of its arguments, and in the query their values.
pub fn of_function(
    items: &mut Items<'_>,
    call: &Call<'_>,
    template: &str,
    path: &str,
    wrong: bool,
) -> anyhow::Result<String> {
    let mut names = Vec::new();
    let mut query = Vec::new();
    for parameter in call.op.parameters.iter().filter(|it| !it.optional) {
        names.push(format!("{0}=@{0}", parameter.name));
        let own = if parameter.name == LABELS && !wrong {
            own_key(items, call, template, path)?
        } else {
            None
        };
        let value = match own {
            _ if wrong => json!({ NO_SUCH: 7 }),
            Some(key) => json!([key]),
            None => items.maker.of(items.model, &parameter.name, parameter.ty, 1),
        };
        let text = match (parameter.ty.ty, value) {
            (Ty::Primitive(Primitive::Duration), Value::String(text)) if !wrong => {
                format!("duration'{text}'")
            }
            (Ty::Primitive(Primitive::Guid | Primitive::DateTimeOffset), Value::String(text)) => {
                text
            }
            (_, Value::String(text)) => format!("'{}'", text.replace('\'', "''")),
            (_, other) => other.to_string(),
        };
        let text: String = reqwest::Url::parse_with_params("http://x/", [("v", text)])
            .ok()
            .and_then(|it| it.query().map(|it| it.trim_start_matches("v=").replace('+', "%20")))
            .unwrap_or_default();
        query.push(format!("@{}={text}", parameter.name));
    }
    if names.is_empty() {
        return Ok("()".to_owned());
    }
    Ok(format!("({})?{}", names.join(","), query.join("&")))
}

fn argument(
    items: &mut Items<'_>,
    call: &Call<'_>,
    parameter: &Parameter,
    template: &str,
    path: &str,
) -> anyhow::Result<Value> {
    let name = parameter.name.to_ascii_lowercase();
    let text = parameter.ty.ty == Ty::Primitive(Primitive::String);
    // `value` of an action on a set are its keys, too.
    let name = if name == "value" { "ids" } else { name.as_str() };
    let keys = name.strip_suffix("ids").filter(|_| parameter.ty.collection);
    let stem = keys.or_else(|| name.strip_suffix("id")).filter(|_| text);
    if let Some(stem) = stem {
        let mut found = Vec::new();
        for _ in 0..if parameter.ty.collection { SEVERAL } else { 1 } {
            found.extend(named(items, call, stem, template, path)?);
        }
        if !found.is_empty() {
            return Ok(if parameter.ty.collection { json!(found) } else { json!(found[0]) });
        }
    }
    let model = items.model;
    if let Ty::Struct(id) = parameter.ty.ty
        && model.ty(id).kind == Kind::Entity
    {
        let one = entity(items, call, id, template, path)?;
        return Ok(if parameter.ty.collection { json!([one]) } else { one });
    }
    let mut value = items.maker.of(model, &parameter.name, parameter.ty, 1);
    if let Some(member) = value.get_mut(LABEL)
        && let Some(key) = own_key(items, call, template, path)?
    {
        *member = json!(key);
    }
    Ok(value)
}

/// The key of an entity of the set that an operation is on.
fn own_key(
    items: &mut Items<'_>,
    call: &Call<'_>,
    template: &str,
    path: &str,
) -> anyhow::Result<Option<String>> {
    let Bound::Collection(_) = &call.bound_to else { return Ok(None) };
    let set = |text: &str| text.rsplit_once('/').map_or("", |it| it.0).to_owned();
    Ok(items.item(&set(template), &set(path))?.map(|it| it.key))
}

/// The key of an entity of the set that a parameter's name speaks of.
fn named(
    items: &mut Items<'_>,
    call: &Call<'_>,
    stem: &str,
    template: &str,
    path: &str,
) -> anyhow::Result<Option<String>> {
    if stem.is_empty() {
        let Bound::Collection(_) = &call.bound_to else { return Ok(None) };
        let set = |text: &str| text.rsplit_once('/').map_or("", |it| it.0).to_owned();
        return Ok(items.fresh(&set(template), &set(path))?.map(|it| it.key));
    }
    let called = |kind: &str| {
        let last = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let rest = last.strip_prefix(stem).and_then(|it| it.strip_prefix('s'));
        rest.is_some_and(|it| it.is_empty() || it.starts_with('_'))
    };
    let mut sets: Vec<_> = items.model.sets().iter().filter(|it| called(&it.kind)).collect();
    sets.sort_by_key(|it| !it.facts.insertable);
    for set in sets {
        if let Some((template, path)) = items.beside(&set.kind, template, path)?
            && let Some(item) = items.fresh(&template, &path)?
        {
            return Ok(Some(item.key));
        }
    }
    Ok(None)
}

/// An entity as an argument: a reference to one that stands, or a new one where the action is
/// about new ones.
fn entity(
    items: &mut Items<'_>,
    call: &Call<'_>,
    ty: TypeId,
    template: &str,
    path: &str,
) -> anyhow::Result<Value> {
    let model = items.model;
    let sets = model.sets().iter().filter(|it| model.is_a(it.ty, ty) || model.is_a(ty, it.ty));
    let new = call.op.short.starts_with("submit");
    for set in sets.collect::<Vec<_>>() {
        let Some((template, path)) = items.beside(&set.kind, template, path)? else { continue };
        if new {
            return Ok(Value::Object(items.maker.create(model, ty, &set.facts)));
        }
        if let Some(item) = items.fresh(&template, &path)? {
            let name = model.ty(set.ty).key.first().map_or("id", String::as_str);
            let mut out = items.maker.demanded(model, set.ty, &set.facts);
            out.insert(name.to_owned(), json!(item.key));
            return Ok(Value::Object(out));
        }
    }
    Ok(items.maker.complex(model, ty, 1))
}

/// The same body with an argument of another kind.
pub fn wrong(call: &Call<'_>, body: &Map<String, Value>) -> Option<Map<String, Value>> {
    let typed = |it: &&Parameter| it.ty.ty != Ty::Untyped;
    let parameter = call.op.parameters.iter().find(typed)?;
    let mut out = body.clone();
    out.insert(parameter.name.clone(), values::wrong_value(parameter.ty));
    Some(out)
}

/// What has to be done before an action can do its work.
pub const BEFORE: &[(&str, &str)] =
    &[("reopen", "close"), ("activate", "release"), ("removeHold", "applyHold")];

/// Does it first what an action needs.
pub fn prepare(
    items: &mut Items<'_>,
    call: &Call<'_>,
    template: &str,
    path: &str,
    body: &Value,
) -> anyhow::Result<()> {
    let Some((_, first)) = BEFORE.iter().find(|(name, _)| *name == call.op.short) else {
        return Ok(());
    };
    let other = |text: &str| {
        let above = text.rsplit_once('/').map_or("", |it| it.0);
        format!("{above}/{first}")
    };
    let body = super::wire::Body::Json(body.clone());
    if let Some(Target::Operation(_)) = rows::target_of(items.model, &other(template)) {
        items.send("POST", &other(template), &other(path), body)?;
    }
    Ok(())
}

//! The rows of the run: what the permission table lists, per version, in an order in which what is
//! needed comes before what needs it.

use auth::policy::Policy;
use model::{
    Model, Version,
    edm::{Ty, TypeId},
    model::Verb,
    path::{Target, resolve},
};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// One documented call.
#[derive(Clone, Debug)]
pub struct Row {
    pub version: Version,
    pub method: &'static str,
    /// As the table has it; a closing `/*` stands for any property.
    pub listed: String,
    /// The same with a property in place of the `*`.
    pub template: String,
    pub area: String,
    /// Open to callers without a token?
    pub public: bool,
}

/// Every row of both versions.
pub fn rows(policy: &Policy) -> Vec<Row> {
    let mut out = Vec::new();
    for rule in policy.rules() {
        for version in rule.versions.iter().filter_map(|it| Version::parse(it)) {
            let Some(method) = METHODS.into_iter().find(|it| *it == rule.method) else { continue };
            out.push(Row {
                version,
                method,
                listed: rule.template.clone(),
                template: any_property(model::graph(version), &rule.template),
                area: rule.area.clone(),
                public: rule.is_public(),
            });
        }
    }
    // What deletes comes last; everything else stays in the order of the table.
    out.sort_by_key(|row| (row.version.as_str() == "beta", row.method == "DELETE"));
    out
}

/// The first plain property in place of a closing `*`.
fn any_property(model: &Model, template: &str) -> String {
    let Some(entity) = template.strip_suffix("/*") else { return template.to_owned() };
    let Some(ty) = target_of(model, entity).and_then(|it| entity_of(&it)) else {
        return template.to_owned();
    };
    let ty = model.ty(ty);
    let plain = ty.properties.iter().find(|it| {
        let plain = matches!(it.ty.ty, Ty::Primitive(_) | Ty::Enum(_)) && !it.is_stream();
        plain && !ty.key.contains(&it.name)
    });
    plain.map_or(template.to_owned(), |it| format!("{entity}/{}", it.name))
}

/// What a template names.
pub fn target_of<'m>(model: &'m Model, template: &str) -> Option<Target<'m>> {
    let path = template.replace("{id}", "1");
    if let Ok(target) = resolve(model, &path) {
        return Some(target);
    }
    // A function that needs arguments is none without them.
    let name = template.rsplit('/').next()?;
    let named = model.operations().iter().filter(|op| op.short == name);
    named.filter(|op| op.verb == Verb::Function).find_map(|op| {
        let list: Vec<String> =
            op.parameters.iter().map(|it| format!("{0}=@{0}", it.name)).collect();
        resolve(model, &format!("{path}({})", list.join(","))).ok()
    })
}

/// The type of the one entity that a target is.
pub fn entity_of(target: &Target<'_>) -> Option<TypeId> {
    match target {
        Target::Item(set, _) => Some(set.ty()),
        Target::Singleton(one) => Some(one.ty()),
        Target::Linked(link) => Some(link.nav.target),
        _ => None,
    }
}

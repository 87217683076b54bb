//! Entities that an operator adds: schema files of a folder, and who may do what with them.
//!
//! The folder is laid out as our own `schema/`: `v1.0/*.xml`, `beta/*.xml`, `permissions.tsv`. It
//! is read before anything else looks at the schema, and whatever in it would do nothing is an
//! error: a server that starts serves what the folder says.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use auth::policy::{self, Policy, Rule};
use model::{
    Version,
    path::{PathError, resolve},
};

/// The variable that `serve --schema` has, too.
const VARIABLE: &str = "YAGURA_SCHEMA";
/// The lines of permissions in the folder.
const TABLE: &str = "permissions.tsv";

/// Adds what the folder in the environment has, for commands that work beside the server.
pub fn add_from_environment() -> anyhow::Result<()> {
    match std::env::var_os(VARIABLE).filter(|it| !it.is_empty()) {
        Some(folder) => add(Path::new(&folder)),
        None => Ok(()),
    }
}

/// Adds what the folder has to the schema and the permissions of this process.
pub fn add(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let stray = xml_files(folder).with_context(|| format!("schema folder {shown}"))?;
    if let Some((name, _)) = stray.first() {
        bail!("{name}: schema files stand in {shown}/v1.0 or {shown}/beta, for that version");
    }
    let mut any = false;
    for version in Version::ALL {
        let place = folder.join(version.as_str());
        if !place.exists() {
            continue;
        }
        let files = xml_files(&place).with_context(|| format!("schema folder {shown}"))?;
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        if !files.is_empty() {
            any = true;
            model::extend(version, &files)?;
        }
    }
    if !any {
        bail!("schema folder {shown}: no .xml file in {shown}/v1.0 or {shown}/beta");
    }
    permissions(&folder.join(TABLE))
}

/// The `.xml` files of a folder, in the order of their names, each with its text.
fn xml_files(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("xml")) {
            let name = path.display().to_string();
            let text = fs::read_to_string(&path).with_context(|| name.clone())?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}

/// Adds the lines of permissions, each of which must be about something that the schema has.
fn permissions(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let table = fs::read_to_string(path)
        .with_context(|| format!("{shown}: what stands in no line of it is not served"))?;
    policy::extend(&table).with_context(|| shown.to_string())?;
    for (at, line) in table.lines().enumerate() {
        for rule in Policy::parse(line)?.rules() {
            names_something(rule).with_context(|| format!("{shown}:{}", at + 1))?;
        }
    }
    Ok(())
}

fn names_something(rule: &Rule) -> anyhow::Result<()> {
    let Rule { method, template, .. } = rule;
    for version in &rule.versions {
        let known = Version::parse(version).filter(|it| it.as_str() == version);
        let version = known.with_context(|| format!("the version '{version}' is v1.0 or beta"))?;
        let wide = template.strip_suffix("/*");
        let path = wide.unwrap_or(template).replace("{id}", "a");
        match resolve(model::graph(version), &path) {
            Ok(target) if wide.is_none() && !target.allows(method) => bail!(
                "{version} {method} {template}: the schema does not allow that; see the \
                 annotations of the set"
            ),
            Err(error @ PathError::NoSegment { .. }) => {
                bail!("{version} {method} {template}: {error}")
            }
            // What is malformed lacks the arguments of a function.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

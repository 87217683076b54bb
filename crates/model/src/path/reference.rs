//! References as bodies carry them: an address of an entity, absolute or not.

use super::{PathError, Set, Target, resolve};
use crate::{model::Model, text::short};

/// The set and key of the entity that an address names: `@odata.id` of a `$ref`, or a value of
/// `…@odata.bind`. Whatever host it names, the path behind the version counts.
pub fn reference<'m>(model: &'m Model, address: &str) -> Result<(Set<'m>, String), PathError> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    let path = path.trim_start_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let path = if crate::Version::parse(first).is_some() { rest } else { path };
    match resolve(model, path)? {
        Target::Item(set, key) => Ok((set, key)),
        _ => Err(PathError::Malformed {
            segment: short(address),
            reason: "it is not the address of an entity",
        }),
    }
}

//! `payload@odata.bind`: a navigation bound to entities that exist, by their addresses.

use serde_json::Value;

use super::{BodyError, value::kind_of};
use crate::{
    model::{Model, Navigation, StructType},
    path,
};

/// The most entities in one binding.
const MOST: usize = 1_000;

/// Checks that the navigation refers, and that the addresses are of the sets it leads to.
pub(super) fn check(
    model: &Model,
    ty: &StructType,
    name: &str,
    given: &Value,
) -> Result<Value, BodyError> {
    let Some(nav) = ty.nav(name).filter(|nav| nav.name == name && !nav.contained) else {
        let reason = format!("'{}' has no such navigation property that refers", ty.name);
        return Err(BodyError::new(reason));
    };
    match given {
        Value::Null if !nav.collection => Ok(Value::Null),
        Value::String(address) if !nav.collection => address_of(model, nav, address),
        Value::Array(list) if nav.collection => {
            if list.len() > MOST {
                return Err(BodyError::new(format!("has more than {MOST} items")));
            }
            let one = |(index, it): (usize, &Value)| match it {
                Value::String(address) => {
                    address_of(model, nav, address).map_err(|error| error.within_index(index))
                }
                other => {
                    let reason = format!("expected text, got {}", kind_of(other));
                    Err(BodyError::new(reason).within_index(index))
                }
            };
            list.iter().enumerate().map(one).collect()
        }
        other => {
            let wanted = if nav.collection { "an array of addresses" } else { "an address" };
            Err(BodyError::new(format!("expected {wanted}, got {}", kind_of(other))))
        }
    }
}

/// Addresses of what the schema has no set for are taken as they are.
fn address_of(model: &Model, nav: &Navigation, address: &str) -> Result<Value, BodyError> {
    if nav.refers() {
        let (set, _) =
            path::reference(model, address).map_err(|error| BodyError::new(error.to_string()))?;
        if !nav.links.iter().any(|kind| kind == set.kind()) {
            let reason = format!("'{}' is not a set that '{}' leads to", set.kind(), nav.name);
            return Err(BodyError::new(reason));
        }
    }
    Ok(Value::from(address))
}

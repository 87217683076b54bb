//! The older lists of states, as evidence of the stored alert.
//!
//! Most members have one stored path. Two kinds have not: a hash is one of several stored members,
//! and which side of a connection an address is on, the evidence says by its roles.

use model::{
    Model,
    edm::{Primitive, Ty},
    query::{CompareOp, Filter, Literal, Operand, PropertyPath},
};

use super::paths::{to_path, unsupported};
use crate::fault::Fault;

/// Older list, type of evidence (bare), and the members of an element with their stored paths. A list
/// that is fed by several types has a row for each; an element that fits any of them fits.
pub(super) type States = (&'static str, &'static str, &'static [(&'static str, &'static str)]);
pub(super) const STATES: &[States] = &[
    (
        "hostStates",
        "deviceEvidence",
        &[
            ("fqdn", "deviceDnsName"),
            ("netBiosName", "hostName"),
            ("os", "osPlatform"),
            ("privateIpAddress", "lastIpAddress"),
            ("publicIpAddress", "lastExternalIpAddress"),
        ],
    ),
    (
        "userStates",
        "userEvidence",
        &[
            ("aadUserId", "userAccount/azureAdUserId"),
            ("accountName", "userAccount/accountName"),
            ("domainName", "userAccount/domainName"),
            ("onPremisesSecurityIdentifier", "userAccount/userSid"),
            ("userPrincipalName", "userAccount/userPrincipalName"),
        ],
    ),
    (
        "fileStates",
        "fileEvidence",
        &[("name", "fileDetails/fileName"), ("path", "fileDetails/filePath")],
    ),
    (
        "processes",
        "processEvidence",
        &[
            ("name", "imageFile/fileName"),
            ("path", "imageFile/filePath"),
            ("commandLine", "processCommandLine"),
            ("processId", "processId"),
            ("accountName", "userAccount/accountName"),
        ],
    ),
    (
        "networkConnections",
        "networkConnectionEvidence",
        &[
            ("sourceAddress", "sourceAddress/ipAddress"),
            ("destinationAddress", "destinationAddress/ipAddress"),
        ],
    ),
    (
        "networkConnections",
        "ipEvidence",
        &[("sourceAddress", "ipAddress"), ("destinationAddress", "ipAddress")],
    ),
    ("networkConnections", "urlEvidence", &[("destinationUrl", "url")]),
    ("networkConnections", "dnsEvidence", &[("destinationDomain", "domainName")]),
];

/// The stored members that hold a hash, the strongest first.
pub(super) const HASHES: [&str; 3] = ["sha256", "sha1", "md5"];

/// The roles of an address that a connection comes from.
pub(super) const SOURCE_ROLES: [&str; 2] = ["source", "attacker"];

/// A test on `fileHash/…`: the value is that of some hash, the type is there when its hash is.
/// None when the filter is about something else.
pub(super) fn hashes(filter: &Filter, states: &States) -> Option<Result<Filter, Fault>> {
    let (path, values, negated) = match filter {
        Filter::Compare { op, left, right } => {
            let ((Operand::Path(path), Operand::Literal(value))
            | (Operand::Literal(value), Operand::Path(path))) = (left, right)
            else {
                return None;
            };
            match op {
                CompareOp::Eq => (path, vec![value.clone()], false),
                CompareOp::Ne => (path, vec![value.clone()], true),
                _ => return None,
            }
        }
        Filter::In { operand: Operand::Path(path), values } => (path, values.clone(), false),
        _ => return None,
    };
    let member = match path.segments.as_slice() {
        [hash, member] if path.var.is_some() && hash == "fileHash" => member,
        _ => return None,
    };
    let holder = match states.1 {
        "fileEvidence" => "fileDetails",
        "processEvidence" => "imageFile",
        _ => return None,
    };
    let stored = |name: &str| PropertyPath {
        var: path.var.clone(),
        ..PropertyPath::new(&[holder, name], Ty::Primitive(Primitive::String))
    };
    let refused = || unsupported(&path.segments.join("/"), "$filter");
    if values.contains(&Literal::Null) {
        return Some(Err(refused()));
    }
    let is_named = |name: &str| {
        values
            .iter()
            .any(|value| matches!(value, Literal::Enum(it) | Literal::Text(it) if it == name))
    };
    let tests: Vec<Filter> = match member.as_str() {
        "hashValue" => HASHES
            .iter()
            .map(|name| Filter::In { operand: Operand::Path(stored(name)), values: values.clone() })
            .collect(),
        "hashType" => HASHES
            .iter()
            .filter(|name| is_named(name))
            .map(|name| Filter::Compare {
                op: CompareOp::Ne,
                left: Operand::Path(stored(name)),
                right: Operand::Literal(Literal::Null),
            })
            .collect(),
        _ => return Some(Err(refused())),
    };
    let any = match tests.len() {
        // A kind of hash that is never stored.
        0 => Filter::In { operand: Operand::Path(stored(HASHES[0])), values: Vec::new() },
        1 => tests.into_iter().next()?,
        _ => Filter::Or(tests),
    };
    Some(Ok(if negated { Filter::Not(Box::new(any)) } else { any }))
}

/// The further condition on an address: that it is on the side of the connection which is asked
/// for. None where the stored path says so by itself.
pub(super) fn side(model: &Model, filter: &Filter, states: &States) -> Option<Filter> {
    let operands = match filter {
        Filter::Compare { left, right, .. } => vec![left, right],
        Filter::In { operand, .. } => vec![operand],
        Filter::Text { haystack, .. } => vec![haystack],
        _ => return None,
    };
    if states.1 != "ipEvidence" {
        return None;
    }
    let path = operands.into_iter().find_map(path_in)?;
    let is_source = match path.segments.as_slice() {
        [member] if member == "sourceAddress" => true,
        [member] if member == "destinationAddress" => false,
        _ => return None,
    };
    let evidence = model.type_named("microsoft.graph.security.ipEvidence");
    let roles = to_path(model, evidence, path.var.clone(), "roles");
    let var = "addressRole".to_owned();
    let role = PropertyPath { var: Some(var.clone()), ..PropertyPath::new(&[], roles.ty) };
    let values = SOURCE_ROLES.iter().map(|role| Literal::Enum((*role).to_owned())).collect();
    let body = Filter::In { operand: Operand::Path(role), values };
    let source = Filter::Any { path: roles, var, body: Some(Box::new(body)) };
    Some(if is_source { source } else { Filter::Not(Box::new(source)) })
}

fn path_in(operand: &Operand) -> Option<&PropertyPath> {
    match operand {
        Operand::Path(path) => Some(path),
        Operand::Lower(inner) | Operand::Upper(inner) => path_in(inner),
        Operand::Literal(_) | Operand::Count(_) => None,
    }
}

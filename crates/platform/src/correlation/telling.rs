//! How much an alert tells, and how far along an intrusion it stands.
//!
//! A logon or an update says next to nothing about the machine it happened on; a web shell says
//! much. Severity and tactic are what every product gives, so they grade the alert; and an alert
//! that is a later step on the same machine is more than one that is the same step again.

use serde_json::{Map, Value};

/// The tactics in the order an intrusion passes through them: wire name and words.
pub const TACTICS: &[(&str, &str)] = &[
    ("Reconnaissance", "Reconnaissance"),
    ("ResourceDevelopment", "Resource development"),
    ("InitialAccess", "Initial access"),
    ("Execution", "Execution"),
    ("Persistence", "Persistence"),
    ("PrivilegeEscalation", "Privilege escalation"),
    ("DefenseEvasion", "Defense evasion"),
    ("CredentialAccess", "Credential access"),
    ("Discovery", "Discovery"),
    ("LateralMovement", "Lateral movement"),
    ("Collection", "Collection"),
    ("CommandAndControl", "Command and control"),
    ("Exfiltration", "Exfiltration"),
    ("Impact", "Impact"),
];

/// An alert that tells less than this is routine: where and to whom it happened joins nothing.
pub const ROUTINE: u32 = 500;
/// An attempt from outside that tells less than this says nothing about what it aimed at.
pub const ATTEMPT: u32 = 700;
/// What an alert tells when nothing is known of it.
pub const UNKNOWN: u32 = 800;

/// The first and the last stage an alert names, as places in [`TACTICS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stages {
    /// The earliest.
    pub first: u8,
    /// The latest.
    pub last: u8,
}

/// The stages of an alert document; none when it names no tactic.
pub fn stages(doc: &Map<String, Value>) -> Option<Stages> {
    let listed = doc.get("categories").and_then(Value::as_array).into_iter().flatten();
    let named = listed.chain(doc.get("category")).filter_map(Value::as_str);
    let places = named.filter_map(|name| TACTICS.iter().position(|(wire, _)| *wire == name));
    let places: Vec<u8> = places.filter_map(|it| u8::try_from(it).ok()).collect();
    Some(Stages { first: *places.iter().min()?, last: *places.iter().max()? })
}

/// How much the alert tells, thousandths.
pub fn telling(doc: &Map<String, Value>, stages: Option<Stages>) -> u32 {
    let severity = doc.get("severity").and_then(Value::as_str).unwrap_or_default();
    let worth = match severity {
        "high" => 1_000,
        "medium" => 850,
        "low" => 650,
        "informational" => 400,
        _ => UNKNOWN,
    };
    // Being looked at is no step inside, and neither is what no tactic fits.
    let step = match stages {
        Some(it) if it.last >= 2 => 1_000,
        None if severity == "high" => 900,
        _ => 750,
    };
    worth * step / 1_000
}

/// What an alert tells about things outside and tools: less than all for routine alerts only,
/// because the attacker's address is his address however small the alert.
pub fn softened(telling: u32) -> u32 {
    match telling {
        ..=400 => 600,
        401..ROUTINE => 800,
        _ => 1_000,
    }
}

/// Whether the later alert is a further step than the earlier one.
pub fn moves_on(earlier: Option<Stages>, later: Option<Stages>) -> bool {
    matches!((earlier, later), (Some(earlier), Some(later)) if later.last > earlier.first)
}

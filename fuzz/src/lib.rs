//! What the fuzz targets share: how bytes choose what is tried, and what holds for every message.
//!
//! The first byte of an input chooses (a version, a set, a type); what follows is the text or JSON.

pub mod functions;

use model::{
    Model, Version, graph,
    model::SetDef,
    query::{Options, QueryError},
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a query string cannot carry as it is.
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%').add(b'&').add(b'+').add(b'#');
/// The longest message, in characters. What a caller sent is not repeated at length.
const LONGEST_MESSAGE: usize = 1_000;

/// One of a few things, chosen by the first byte, and the text behind it.
pub fn choose<'a, 'd, T>(data: &'d [u8], among: &'a [T]) -> Option<(&'a T, &'d str)> {
    let (first, rest) = data.split_first()?;
    let chosen = among.get(usize::from(*first) % among.len())?;
    Some((chosen, std::str::from_utf8(rest).ok()?))
}

/// Sets of many kinds: open types and closed, flags, numbers, derived types, references.
pub const SETS: [(Version, &str); 16] = [
    (Version::V1, "security/alerts_v2"),
    (Version::Beta, "security/alerts_v2"),
    (Version::V1, "security/incidents"),
    (Version::V1, "security/alerts"),
    (Version::Beta, "security/tiIndicators"),
    (Version::Beta, "security/rules/detectionRules"),
    (Version::V1, "security/cases/ediscoveryCases"),
    (Version::V1, "security/attackSimulation/simulations"),
    (Version::V1, "security/secureScores"),
    (Version::V1, "security/threatIntelligence/hosts"),
    (Version::V1, "security/triggers/retentionEvents"),
    (Version::Beta, "security/threatSubmission/emailThreats"),
    (Version::Beta, "security/auditLog/queries"),
    (Version::V1, "informationProtection/threatAssessmentRequests"),
    (Version::Beta, "users"),
    (Version::V1, "subscriptions"),
];

/// The model of a version, and what it says of a set.
pub fn set_of((version, kind): (Version, &str)) -> (&'static Model, &'static SetDef) {
    let model = graph(version);
    (model, model.set(kind).unwrap_or_else(|| panic!("no set {kind} in {version}")))
}

/// A value as it stands in a query string.
pub fn escaped(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// A message says what is wrong in a few words.
pub fn brief(message: &str) {
    let length = message.chars().count();
    assert!(length <= LONGEST_MESSAGE, "a message of {length} characters: {message:.200}");
}

/// An error of one option: brief, and its position is in the text.
pub fn about(error: &QueryError, value: &str) {
    brief(&error.to_string());
    if let QueryError::Syntax { at, .. }
    | QueryError::NoProperty { at, .. }
    | QueryError::Mismatch { at, .. } = error
    {
        assert!(*at <= value.chars().count(), "position {at} of {value:?}");
    }
}

/// The link to the next page asks for the same.
pub fn pages(model: &Model, set: &SetDef, options: &Options) {
    let next = options.next_query("to/ken");
    let again = match Options::parse_for(model, set.ty, &set.facts, &next) {
        // What was within the bounds as sent may be beyond them when it is escaped.
        Err(QueryError::TooMuch { .. }) => return,
        again => again.unwrap_or_else(|error| panic!("{error}: {next}")),
    };
    assert_eq!(again.skip_token.as_deref(), Some("to/ken"), "{next}");
    assert_eq!(again.filter, options.filter, "{next}");
    assert_eq!(again.order_by, options.order_by, "{next}");
    assert_eq!((again.top, again.count), (options.top, options.count), "{next}");
    assert_eq!(again.select, options.select, "{next}");
    assert_eq!(again.expand, options.expand, "{next}");
    assert_eq!(again.search, options.search, "{next}");
}

//! What a subscription may say: the rules over its body that need nothing but the body and the
//! time.

use model::time::Timestamp;
use store::Operation;

use crate::{
    doc::{Doc, set, text},
    fault::Fault,
};

const MINUTE: i64 = 60 * 10_000_000;
/// An earlier end than this from now is put off to it.
const SHORTEST: i64 = 45 * MINUTE;
/// No subscription lives longer from now.
const LONGEST: i64 = 43_200 * MINUTE;
/// The most characters of `clientState`.
const LONGEST_STATE: usize = 128;
/// The longest address of an endpoint, in bytes.
const LONGEST_URL: usize = 2_048;
/// What `latestSupportedTlsVersion` may say; the third is the default.
const TLS: [&str; 4] = ["v1_0", "v1_1", "v1_2", "v1_3"];
/// Members of other ways of delivery.
const ELSEWHERE: [&str; 5] = [
    "notificationContentType",
    "notificationQueryOptions",
    "vapidPublicKey",
    "webPushEncryptionP256dhPublicKey",
    "webPushEncryptionSecret",
];
/// The kinds of changes, as they are written, in order.
const CHANGES: [(&str, Operation); 3] = [
    ("created", Operation::Created),
    ("updated", Operation::Updated),
    ("deleted", Operation::Deleted),
];

/// Checks a new subscription and writes what it says in the one form.
pub(super) fn settle(doc: &mut Doc, now: Timestamp) -> Result<(), Fault> {
    let changes = changes(text(doc, "changeType"))?;
    let names: Vec<&str> = changes.iter().map(|it| name_of(*it)).collect();
    set(doc, "changeType", names.join(","));
    if text(doc, "clientState").chars().count() > LONGEST_STATE {
        let reason = format!("has more than {LONGEST_STATE} characters");
        return Err(Fault::invalid("clientState", reason));
    }
    for member in ["notificationUrl", "lifecycleNotificationUrl"] {
        if text(doc, member).len() > LONGEST_URL {
            return Err(Fault::invalid(member, format!("has more than {LONGEST_URL} bytes")));
        }
    }
    for member in ELSEWHERE {
        if !text(doc, member).is_empty() {
            return Err(Fault::invalid(member, "does not go with a webhook of this server"));
        }
    }
    match text(doc, "latestSupportedTlsVersion") {
        "" => set(doc, "latestSupportedTlsVersion", TLS[2]),
        said if TLS.contains(&said) => {}
        _ => {
            let reason = format!("must be one of {}", TLS.join(", "));
            return Err(Fault::invalid("latestSupportedTlsVersion", reason));
        }
    }
    let said = text(doc, "expirationDateTime");
    let asked = Timestamp::parse(said)
        .map_err(|error| Fault::invalid("expirationDateTime", error.to_string()))?;
    set(doc, "expirationDateTime", end(asked, now)?.to_string());
    Ok(())
}

/// When a subscription ends that is asked to end then.
pub(super) fn end(asked: Timestamp, now: Timestamp) -> Result<Timestamp, Fault> {
    let refused = |reason: &str| Err(Fault::invalid("expirationDateTime", reason));
    if asked <= now {
        return refused("does not lie in the future");
    }
    if asked.0 > now.0.saturating_add(LONGEST) {
        return refused("lies more than 43200 minutes in the future");
    }
    Ok(Timestamp(asked.0.max(now.0.saturating_add(SHORTEST))))
}

/// The kinds of changes that a list names, each once.
pub(super) fn changes(said: &str) -> Result<Vec<Operation>, Fault> {
    let mut named = Vec::new();
    for word in said.split(',').map(str::trim) {
        let known = CHANGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        let Some((_, change)) = known else {
            let reason = format!("'{word}' is not created, updated or deleted");
            return Err(Fault::invalid("changeType", reason));
        };
        named.push(*change);
    }
    Ok(CHANGES.iter().map(|(_, it)| *it).filter(|it| named.contains(it)).collect())
}

/// How a kind of change is written.
pub(super) fn name_of(change: Operation) -> &'static str {
    CHANGES.iter().find(|(_, it)| *it == change).map_or("updated", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T00:00:00Z").unwrap()
    }

    fn settled(change: (&str, &str)) -> Result<Doc, String> {
        let mut doc = json!({
            "changeType": "updated", "resource": "security/incidents",
            "notificationUrl": "https://soar.example/", "expirationDateTime": "2026-03-02T00:00:00Z"
        });
        doc[change.0] = json!(change.1);
        let mut doc = doc.as_object().unwrap().clone();
        settle(&mut doc, now()).map_err(|it| it.to_string())?;
        Ok(doc)
    }

    #[test]
    fn what_is_said_takes_one_form() {
        let doc = settled(("changeType", "Deleted , created,created")).unwrap();
        assert_eq!(text(&doc, "changeType"), "created,deleted");
        assert_eq!(text(&doc, "latestSupportedTlsVersion"), "v1_2");
        assert_eq!(text(&doc, "expirationDateTime"), "2026-03-02T00:00:00.0000000Z");
        for (at, end) in [
            ("2026-03-01T00:00:01Z", "2026-03-01T00:45:00.0000000Z"),
            ("2026-03-31T00:00:00Z", "2026-03-31T00:00:00.0000000Z"),
        ] {
            let doc = settled(("expirationDateTime", at)).unwrap();
            assert_eq!(text(&doc, "expirationDateTime"), end);
        }
    }

    #[test]
    fn what_goes_too_far_is_named() {
        let long = "x".repeat(129);
        for (member, value) in [
            ("changeType", "moved"),
            ("changeType", ""),
            ("changeType", "created;updated"),
            ("clientState", long.as_str()),
            ("latestSupportedTlsVersion", "v9"),
            ("expirationDateTime", "2026-03-01T00:00:00Z"),
            ("expirationDateTime", "2026-03-31T00:00:01Z"),
            ("vapidPublicKey", "x"),
        ] {
            let refused = settled((member, value)).unwrap_err();
            assert!(refused.starts_with(member), "{refused}");
        }
        assert!(settled(("clientState", &"é".repeat(128))).is_ok());
    }
}

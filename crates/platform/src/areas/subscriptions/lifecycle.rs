//! What a subscriber is told of the subscription itself, at its other endpoint.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Sub;

/// One hour and the share of a life below it, in ticks.
const HOUR: i64 = 3_600 * 10_000_000;

/// Something that happened to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Event {
    /// Changes were not told, since the endpoint was away for too long.
    Missed,
    /// It has ended, and would have to be made anew.
    SubscriptionRemoved,
    /// It ends soon, or its application may not read what it watches.
    ReauthorizationRequired,
}

/// The body that tells of events.
pub(super) fn body(sub: &Sub, events: impl IntoIterator<Item = Event>) -> Value {
    let items: Vec<Value> = events
        .into_iter()
        .map(|event| {
            json!({
                "subscriptionId": sub.key.id,
                "subscriptionExpirationDateTime": sub.expires.to_string(),
                "tenantId": sub.key.tenant,
                "clientState": sub.state,
                "lifecycleEvent": event,
            })
        })
        .collect();
    json!({ "value": items })
}

/// When a subscriber is warned of the end: an hour before, or at half of a shorter life.
pub(super) fn warning(renewed: i64, end: i64) -> i64 {
    end - HOUR.min((end - renewed).max(0) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_comes_while_there_is_time() {
        assert_eq!(warning(0, 10 * HOUR), 9 * HOUR);
        assert_eq!(warning(0, HOUR), HOUR / 2);
        assert_eq!(warning(5, 5), 5);
    }
}

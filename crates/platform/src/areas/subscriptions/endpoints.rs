//! The way out: whoever carries a message to an endpoint of a subscriber.
//!
//! The platform says what is sent and how long it waits; which addresses may be called at all, and
//! how, is decided by whoever implements this.

use std::time::Duration;

use kql::hunt::BoxFuture;

/// One message, to be posted.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where to.
    pub url: String,
    /// The media type of the body.
    pub media: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// How long the answer may take, the connection included.
    pub patience: Duration,
}

/// What an endpoint answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type, as sent.
    pub media: String,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// The seconds of `Retry-After`.
    pub retry_after: Option<u64>,
}

/// Carries messages.
pub trait Endpoints: Send + Sync {
    /// Whether this can be an endpoint, as far as its address alone tells; else why not.
    fn may_call(&self, url: &str) -> Result<(), String>;

    /// Posts a message. Redirects are not followed. The error says what happened instead of an
    /// answer, in words for the subscriber: `did not answer in time`.
    fn post(&self, message: Message) -> BoxFuture<'_, Result<Answer, String>>;
}

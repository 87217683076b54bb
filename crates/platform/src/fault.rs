//! Every way a call can fail. The variant decides the code, the code alone decides the status.
//!
//! `Display` is what the caller reads; the cause behind it (`source`) is for the log.

use model::code::Code;

/// Why a call was not done.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The path names nothing, or nothing this caller may see.
    #[error("{what} does not exist")]
    NotFound {
        /// `alert 'x'`, `resource '/a/b'`.
        what: String,
    },
    /// The verb means nothing here.
    #[error("{method} is not allowed on '{template}'")]
    MethodNotAllowed {
        /// The verb.
        method: &'static str,
        /// The target in normal form.
        template: String,
    },
    /// The caller's roles do not allow it.
    #[error("the caller may not do this{}", permission(.needed))]
    Forbidden {
        /// The roles any of which would do.
        needed: Vec<String>,
    },
    /// A member, parameter or option is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Its path or name.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller has as many of something as it may have.
    #[error("{0}")]
    Quota(String),
    /// An endpoint did not confirm that it wants to be called.
    #[error("subscription validation request failed: {url} {reason}")]
    Unconfirmed {
        /// Which, by the member that names it.
        url: &'static str,
        /// What it did instead.
        reason: String,
    },
    /// The request does not hold together as sent: an option, a body, a filter.
    #[error("{0}")]
    Wrong(String),
    /// The hunting query is wrong.
    #[error("{0}")]
    Query(String),
    /// The answer would pass a limit.
    #[error("{0}")]
    TooLarge(String),
    /// The work took too long.
    #[error("{0}")]
    TimedOut(String),
    /// What this needs is used up for now.
    #[error("{0}")]
    Unavailable(String),
    /// The entity exists already.
    #[error("{what} already exists")]
    Conflict {
        /// Which.
        what: String,
    },
    /// What a token stands for is no longer there to go on from.
    #[error("{0}")]
    Gone(String),
    /// `If-Match` names another version.
    #[error("the entity has changed since it was read")]
    Changed,
    /// Known to the model, not built yet.
    #[error("'{what}' is not implemented by this server")]
    NotImplemented {
        /// The operation.
        what: String,
    },
    /// The store failed.
    #[error("could not {doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: store::StoreError,
    },
    /// Something else of ours failed.
    #[error("could not {doing}")]
    Internal {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Fault {
    /// A member or parameter that is wrong.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// Something that is not there.
    pub fn absent(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// The code that stands for this fault towards callers.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::NotFound,
            Self::MethodNotAllowed { .. } => Code::MethodNotAllowed,
            Self::Forbidden { .. } | Self::Quota(_) => Code::Forbidden,
            Self::Unconfirmed { .. } => Code::Unconfirmed,
            Self::Invalid { .. } | Self::Wrong(_) | Self::Query(_) => Code::BadRequest,
            Self::TooLarge(_) => Code::BadRequest,
            Self::TimedOut(_) => Code::GatewayTimeout,
            Self::Unavailable(_) => Code::Unavailable,
            Self::Conflict { .. } => Code::Conflict,
            Self::Gone(_) => Code::Gone,
            Self::Changed => Code::PreconditionFailed,
            Self::NotImplemented { .. } => Code::NotImplemented,
            Self::Store { .. } | Self::Internal { .. } => Code::Internal,
        }
    }
}

impl From<store::StoreError> for Fault {
    fn from(source: store::StoreError) -> Self {
        use store::StoreError as E;
        match source {
            E::NotFound(key) => Self::absent(named(&key)),
            E::Conflict(key) => Self::Conflict { what: named(&key) },
            E::PreconditionFailed(_) => Self::Changed,
            E::BadCursor { .. } => Self::invalid("$skiptoken", "it does not belong to this list"),
            E::TooComplex { .. } | E::BadName { .. } => Self::Wrong(source.to_string()),
            E::TooSlow { .. } => Self::TimedOut(format!(
                "{source}; narrow the filter, or filter by createdDateTime, status or severity"
            )),
            E::Busy { .. } | E::Full { .. } | E::Away { .. } | E::RolledBack | E::Closed => {
                Self::Unavailable("the store cannot take this call now".to_owned())
            }
            E::Corrupt { .. }
            | E::Unusable { .. }
            | E::Panicked { .. }
            | E::Thread { .. }
            | E::Sql { .. } => Self::Store { doing: "use the store", source },
        }
    }
}

impl From<model::body::BodyError> for Fault {
    fn from(error: model::body::BodyError) -> Self {
        Self::Wrong(error.to_string())
    }
}

fn permission(needed: &[String]) -> String {
    match needed {
        [] => String::new(),
        [one] => format!(": it needs the permission {one}"),
        several => format!(": it needs one of the permissions {}", several.join(", ")),
    }
}

fn named(key: &store::Key) -> String {
    format!("{} '{}'", key.kind, key.id)
}

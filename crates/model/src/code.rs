//! The closed list of things that go wrong, as callers see them.
//!
//! A fault anywhere decides a code; the code alone decides the OData error code here and the HTTP
//! status in `server`.

/// What kind of refusal or failure an answer reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The request does not make sense as it is written.
    BadRequest,
    /// An endpoint that was named did not confirm that it wants to be called.
    Unconfirmed,
    /// No token, or one that does not hold.
    Unauthenticated,
    /// The token holds, the right is missing.
    Forbidden,
    /// No such thing, or none the caller may see.
    NotFound,
    /// The thing exists, the verb does not apply to it.
    MethodNotAllowed,
    /// No representation that the caller accepts.
    NotAcceptable,
    /// The state of the thing forbids it.
    Conflict,
    /// It was there and is no more.
    Gone,
    /// `If-Match` did not hold.
    PreconditionFailed,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// Well-formed, yet without meaning.
    Unprocessable,
    /// Too many requests; try later.
    TooManyRequests,
    /// Something broke inside.
    Internal,
    /// Declared, but not served.
    NotImplemented,
    /// Overloaded or starting.
    Unavailable,
    /// It took too long.
    GatewayTimeout,
}

impl Code {
    /// Every code, mildest first.
    pub const ALL: [Code; 18] = [
        Code::BadRequest,
        Code::Unconfirmed,
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::NotAcceptable,
        Code::Conflict,
        Code::Gone,
        Code::PreconditionFailed,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::Unprocessable,
        Code::TooManyRequests,
        Code::Internal,
        Code::NotImplemented,
        Code::Unavailable,
        Code::GatewayTimeout,
    ];

    /// The `code` member of the error body.
    pub const fn odata(self) -> &'static str {
        match self {
            Code::BadRequest => "BadRequest",
            Code::Unconfirmed => "ValidationError",
            Code::Unauthenticated => "InvalidAuthenticationToken",
            Code::Forbidden => "Forbidden",
            Code::NotFound => "ResourceNotFound",
            Code::MethodNotAllowed => "MethodNotAllowed",
            Code::NotAcceptable => "NotAcceptable",
            Code::Conflict => "Conflict",
            Code::Gone => "ResourceGone",
            Code::PreconditionFailed => "PreconditionFailed",
            Code::PayloadTooLarge => "RequestEntityTooLarge",
            Code::UnsupportedMediaType => "UnsupportedMediaType",
            Code::Unprocessable => "UnprocessableEntity",
            Code::TooManyRequests => "TooManyRequests",
            Code::Internal | Code::GatewayTimeout => "UnknownError",
            Code::NotImplemented => "NotImplemented",
            Code::Unavailable => "ServiceUnavailable",
        }
    }
}

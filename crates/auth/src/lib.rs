//! OAuth2 flows, tokens, scopes, access decisions, the operation context

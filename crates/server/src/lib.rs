//! routes, OData wire shapes, status codes, TLS

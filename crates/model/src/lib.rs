//! typed metadata, entities, ids, OData query options, error codes

//! REST API of a worker: routes, JSON types, error-to-status table.
#![forbid(unsafe_code)]

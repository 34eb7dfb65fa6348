//! All that a plugin author imports: records, schemas, settings, traits, errors.
#![forbid(unsafe_code)]

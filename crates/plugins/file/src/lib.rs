//! File source and sink connectors under upstream's class names.
#![forbid(unsafe_code)]

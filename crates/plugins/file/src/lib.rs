//! File source and sink connectors under upstream's class names: each line of a file is a record, each record a line.
//!
//! [`source`] follows one file: `tail.rs` looks at the file (grown, truncated, rotated, missing), `blocks.rs` holds the
//! memory that is read into, `lines.rs` cuts blocks into lines, `stdin.rs` is the standard input. [`sink`] appends to
//! one file; `appender.rs` owns what lies on disk after a failure.
//!
//! Not obvious:
//! - Positions count bytes. Upstream counts UTF-16 characters while reading and skips bytes when it resumes.
//! - A position always lies behind a terminator, so resuming at any stored position gives the same suffix of lines.
//! - Every blocking call runs in tokio's blocking pool, one call for a block of some thousand lines.
#![forbid(unsafe_code)]

pub mod sink;
pub mod source;

use std::sync::Arc;

use kconnect_api::Plugin;

/// The plugins of this crate.
#[must_use]
pub fn plugins() -> Vec<Arc<dyn Plugin>> {
    vec![
        kconnect_api::source::<source::FileStreamSourceConnector>(),
        kconnect_api::sink::<sink::FileStreamSinkConnector>(),
    ]
}

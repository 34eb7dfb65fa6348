//! Logs in the layout that Connect's users know, with levels that can be changed while running.
//!
//! Every module logs under the logger name of the upstream class that it replaces (its tracing *target*), so that
//! `PUT /admin/loggers/org.apache.kafka.connect` means what people expect. A span with a field `context` puts
//! `[connector|task-0]` in front of each line inside it, as upstream's MDC does (KIP-449).
//!
//! `levels` decides, `layout` writes; both are installed by [`init`]. Secrets that a worker knows are not written
//! ([`Levels::hide`]), and a panic is a line of the log like any other.

mod layout;
mod levels;
mod panics;

use std::io::IsTerminal;
use std::sync::Arc;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use layout::{Format, Layout};
pub use levels::Levels;

/// Installs the subscriber for the whole process and returns the handle to its levels.
///
/// `initial` is a list like `INFO` or `WARN,org.apache.kafka.connect=DEBUG`; see [`Levels::parse`].
pub fn init(format: Format, initial: &str) -> Result<Arc<Levels>, String> {
    let levels = Arc::new(Levels::parse(initial)?);
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let layout = Layout::new(format, colour, std::io::stderr).hiding(levels.hidden());
    let registry = tracing_subscriber::registry().with(layout).with(levels::Gate(Arc::clone(&levels)));
    registry.try_init().map_err(|error| error.to_string())?;
    panics::log();
    Ok(levels)
}

//! Panics in the log, in its layout and without secrets, and not beside it.

use std::any::Any;
use std::panic;

const TARGET: &str = "org.apache.kafka.connect.runtime.Worker";

/// From now on a panic is logged.
pub(super) fn log() {
    panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!(target: TARGET, location, thread, "panic: {}", text(info.payload()));
    }));
}

fn text(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

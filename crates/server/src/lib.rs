//! The worker binary: arguments, plugin list, signals.
#![forbid(unsafe_code)]

//! The broker as its clients see it: requests by hand through kafka-protocol, and foreign programs.
#![allow(clippy::print_stderr, reason = "a skipped test must be seen")]

mod client;
mod data_dir;
mod faults;
mod fetch;
mod foreign;
mod groups;
mod hostile;
mod null_mode;
mod produce;
mod topics;

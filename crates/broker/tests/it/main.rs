//! The broker as its clients see it: requests by hand through kafka-protocol, and foreign programs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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

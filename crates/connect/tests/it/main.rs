//! The standalone worker against the embedded broker: the main job, and everything that may go wrong with it.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails its test")]

mod control;
mod errors;
mod faults;
mod groups;
mod hostile;
mod isolation;
mod odd;
mod preview;
mod providers;
mod rig;
mod sinks;
mod sources;

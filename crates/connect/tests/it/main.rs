//! The standalone worker against the embedded broker: the main job, and everything that may go wrong with it.

mod control;
mod faults;
mod groups;
mod hostile;
mod isolation;
mod rig;
mod sinks;
mod sources;

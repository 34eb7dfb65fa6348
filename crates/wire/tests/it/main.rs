//! Every message of every version: round trips, an independent codec, hostile bytes, bytes of a real broker.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod blobs;
mod counting;
mod hostile;
mod judge;
mod oracle;
mod record;
mod recorded;
mod round_trip;
mod samples;
mod seed;
mod seeds;

//! Tests of the whole: the program as a process, with the embedded broker and with real Apache Kafka.
//!
//! Each file is a theme. What is compared is the truth (the source file) with the destination (the sink file), line by
//! line; nothing is judged by time.

#![allow(clippy::unwrap_used)] // A test says by panicking that it failed.

mod cli;
mod dlq;
mod docs;
mod drop_in;
mod endings;
mod failure;
mod preview;
mod quickstart;
mod real;
mod registry;
mod rest;
mod rig;
mod secrets;

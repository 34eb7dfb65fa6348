//! What the static binary runs on: an allocator, and the memory functions that compiled code calls.
//!
//! musl's `malloc` is one lock and a walk for every caller, its `memcpy` and `memset` pay the start-up of a string
//! instruction even for ten bytes, and its `memcmp` looks at one byte at a time. A worker lives on small buffers and short
//! copies, so the static build needed a fifth to a third more CPU time than the build on glibc. This crate replaces both:
//!
//! * feature `fast-alloc`: `Allocator`, for the `#[global_allocator]` of a binary;
//! * feature `fast-mem`: `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp` under their C names, which the linker takes
//!   before it looks into the C library. Linking the crate is enough: `use kconnect_rt as _`.
//!
//! Both exist on `x86_64-unknown-linux-musl` only; elsewhere the crate is empty but for [`mem`], which tests compare with
//! the standard library on every machine.
//!
//! This is the home of `unsafe` in the workspace: every block says why it is sound, and all of [`mem`] runs under Miri
//! (`cargo +nightly miri test -p kconnect-rt`).
#![no_std]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

#[cfg(target_arch = "x86_64")]
pub mod mem;

#[cfg(all(feature = "fast-mem", target_env = "musl", target_arch = "x86_64"))]
mod exports;

/// The allocator of the static binary: size classes in pages that belong to a thread, so that most calls take no lock.
///
/// Freed pages go back to the system after 10 ms without use.
#[cfg(all(feature = "fast-alloc", target_env = "musl", target_arch = "x86_64"))]
pub use rusty_alloc_api::RustyAlloc as Allocator;

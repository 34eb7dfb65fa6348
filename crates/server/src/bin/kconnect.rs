//! The `kconnect` program.
#![forbid(unsafe_code)]

/// musl's allocator is one lock for all threads.
#[cfg(all(feature = "fast-alloc", target_env = "musl", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: kconnect_rt::Allocator = kconnect_rt::Allocator;

/// Being linked is all that the memory functions need.
#[cfg(feature = "fast-mem")]
use kconnect_rt as _;

fn main() -> std::process::ExitCode {
    kconnect_server::main(kconnect_server::Registry::standard())
}

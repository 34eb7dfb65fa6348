//! The `kconnect` program.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    kconnect_server::main(kconnect_server::Registry::standard())
}

//! The `kconnect` program.
fn main() {}

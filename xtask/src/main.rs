//! Developer commands: test, ci, gen, musl, bench helpers.
fn main() {}

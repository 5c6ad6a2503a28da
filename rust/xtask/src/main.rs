//! The one script for desk and CI: `cargo xtask demo`, `cargo xtask test`.
fn main() {}

//! The `gasket` command.
fn main() {}

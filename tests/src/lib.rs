//! What the tests of this workspace share.

#[path = "../fuzz/targets.rs"]
pub mod fuzz;

//! What the tests of this workspace share.

#[path = "../fuzz/targets/mod.rs"]
pub mod fuzz;

pub mod chance;
pub mod dns;
pub mod hello;
pub mod link;
pub mod namespace;
pub mod phone;
pub mod quic;
pub mod registration;
pub mod score;
pub mod sum;

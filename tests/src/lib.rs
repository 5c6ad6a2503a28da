//! What the tests of this workspace share.

#[path = "../fuzz/targets/mod.rs"]
pub mod fuzz;

pub mod chance;
pub mod namespace;
<<<<<<< HEAD
pub mod quic;
=======
pub mod score;
>>>>>>> a052753 (Simulate phones with beacons in them, by somebody who had not read the detector)

//! Facts from public registries: networks and countries of addresses, public suffixes, mobile
//! operators, makers of network hardware. Made by `cargo xtask tables`; where from, and under which
//! licences: docs/DATA.md.

pub mod operators;
pub mod places;
pub mod vendors;

mod bytes;

pub use places::{Country, Network, Place, Places, PlacesError};

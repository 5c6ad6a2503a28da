//! How `gasket scan` reads captures: a library, so that tests and fuzzers can reach it.

#![forbid(unsafe_code)]

pub mod assembly;
pub mod capture;
pub mod flows;
pub mod packet;

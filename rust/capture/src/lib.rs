//! Reads captures and judges what is in them as the live path would: for `gasket scan` and for the app.

#![forbid(unsafe_code)]

pub mod assembly;
pub mod file;
pub mod flows;
pub mod packet;
pub mod scan;
